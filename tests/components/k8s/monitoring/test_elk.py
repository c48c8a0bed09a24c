from __future__ import annotations

import json
from typing import Any

import pytest
from pulumi import ResourceOptions
from pulumi_kubernetes import Provider
from pulumi_kubernetes.core.v1 import Namespace

from components.k8s.monitoring.elk import Elk
from plan.resource import Plan
from tests.components.k8s.monitoring.elastic import applications, elk_args, logs, one, template_of
from tests.components.k8s.support import deploy


@pytest.fixture(scope="module")
def plan() -> Plan:
    return logs()


def kept(plan: Plan, name: str) -> str:
    phases = json.loads(one(plan, f"elk-{name}-setup")["data"]["policy.json"])["policy"]["phases"]
    return phases["delete"]["min_age"]


def test_who_did_what_is_kept_longer_than_what_was_said(plan: Plan) -> None:
    assert kept(plan, "filebeat") == "30d"
    assert kept(plan, "filebeat-audit") == "365d"


def test_every_pod_is_under_a_policy_for_both_directions(plan: Plan) -> None:
    """Beside the namespace's own, which denies the rest."""
    policies = [
        one(plan, resource.name)["spec"]
        for resource in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    ]
    pods = [
        template["metadata"]["labels"]
        for name in ("elasticsearch-cluster", "kibana-server", "filebeat-beat", "filebeat-audit-beat")
        for template in template_of(one(plan, f"elk-{name}"))
    ]
    for labels in pods:
        (over,) = [spec for spec in policies if spec["podSelector"]["matchLabels"].items() <= labels.items()]
        assert over["policyTypes"] == ["Ingress", "Egress"]


def test_whoever_may_go_to_elasticsearch_is_let_in_there(plan: Plan) -> None:
    asked, _ = one(plan, "elk-elasticsearch-network-policy")["spec"]["ingress"]
    for client in ("kibana", "filebeat", "filebeat-audit"):
        labels = one(plan, f"elk-{client}-network-policy")["spec"]["podSelector"]["matchLabels"]
        assert labels["app.kubernetes.io/name"] in applications(asked["from"])


def test_the_copies_that_an_index_wants_are_as_many_as_there_are_servers_for() -> None:
    def wanted(nodes: int) -> Any:
        template = json.loads(one(logs(nodes=nodes), "elk-filebeat-setup")["data"]["template.json"])
        return template["template"]["settings"]["index"]["number_of_replicas"]

    assert (wanted(1), wanted(3), wanted(6)) == (0, 1, 1)


def test_all_objects_of_eck_wait_for_what_brings_their_kinds() -> None:
    def room(provider: Provider) -> None:
        options = ResourceOptions(provider=provider)
        operator = Namespace("operator", opts=options)
        Elk("elk", elk_args(after=[operator]), options)

    made = deploy(room)
    (operator,) = made.of_type("kubernetes:core/v1:Namespace")
    ours = [found for found in made if ".k8s.elastic.co/" in found.type]
    assert len(ours) == 4
    assert all(operator.urn in found.dependencies for found in ours)


def test_everything_is_of_one_version(plan: Plan) -> None:
    versions = {
        one(plan, f"elk-{name}")["spec"]["version"]
        for name in ("elasticsearch-cluster", "kibana-server", "filebeat-beat", "filebeat-audit-beat")
    }
    assert len(versions) == 1
