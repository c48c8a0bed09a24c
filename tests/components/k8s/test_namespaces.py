from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.namespaces import Namespace, NamespaceArgs, Quota
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the


def planned(**changes: Any) -> Plan:
    wishes: dict[str, Any] = {
        "namespace": "trading",
        "labels": LABELS,
        "quota": Quota(cpu=1.5, memory_bytes=2**30, pods=12),
    }
    args = NamespaceArgs(**(wishes | changes))
    return deploy(lambda provider: Namespace("namespaces", args, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def test_pods_that_are_not_restricted_are_refused_not_only_warned_about(plan: Plan) -> None:
    labels = the(plan, "Namespace", "namespaces-namespace")["metadata"]["labels"]
    modes = {key.rpartition("/")[2]: value for key, value in labels.items() if key.startswith("pod-security")}
    assert modes == dict.fromkeys(("enforce", "audit", "warn"), "restricted")


def test_nothing_may_come_in_or_go_out_until_it_is_opened(plan: Plan) -> None:
    spec = the(plan, "NetworkPolicy", "default-deny")["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_names_can_be_looked_up_in_spite_of_the_closed_door(plan: Plan) -> None:
    (rule,) = the(plan, "NetworkPolicy", "allow-dns")["spec"]["egress"]
    assert {(port["protocol"], port["port"]) for port in rule["ports"]} == {("UDP", 53), ("TCP", 53)}
    (peer,) = rule["to"]
    assert peer["namespaceSelector"], "without it the rule would open every namespace's pods of that label"


def test_the_quota_bounds_requests_pods_and_what_opens_a_way_in(plan: Plan) -> None:
    hard = the(plan, "ResourceQuota")["spec"]["hard"]
    assert hard["requests.cpu"] == "1500m"
    assert hard["requests.memory"] == str(2**30)
    assert hard["pods"] == "12"
    assert hard["services.loadbalancers"] == "0"
    assert hard["services.nodeports"] == "0"


def test_everything_in_the_namespace_waits_for_the_namespace(plan: Plan) -> None:
    namespace = next(resource.urn for resource in plan if resource.type == "kubernetes:core/v1:Namespace")
    inside = [
        resource for resource in plan if resource.type.startswith("kubernetes:") and resource.urn != namespace
    ]
    assert len(inside) == 4
    for resource in inside:
        assert namespace in resource.property_dependencies["metadata"], resource.name


def test_only_a_namespace_that_asks_for_one_may_have_a_port_of_the_machines() -> None:
    one = planned(quota=Quota(cpu=1, memory_bytes=2**30, pods=4, node_ports=1))
    hard = the(one, "ResourceQuota")["spec"]["hard"]
    assert hard["services.nodeports"] == "1"
    assert hard["services.loadbalancers"] == "0", "a balancer of the cluster's own is another way in"


def test_where_a_machines_files_are_read_all_modes_say_so_and_nothing_warns() -> None:
    labels = the(planned(pod_security="privileged"), "Namespace", "namespaces-namespace")["metadata"][
        "labels"
    ]
    modes = {value for key, value in labels.items() if key.startswith("pod-security")}
    assert modes == {"privileged"}


def test_an_operators_room_has_no_bounds() -> None:
    plan = planned(quota=None)
    assert not plan.of_type("kubernetes:core/v1:ResourceQuota")
    assert not plan.of_type("kubernetes:core/v1:LimitRange")


def test_a_mark_never_replaces_what_closes_the_namespace() -> None:
    marks = {"istio.io/dataplane-mode": "ambient", "pod-security.kubernetes.io/enforce": "privileged"}
    labels = the(planned(marks=marks), "Namespace", "namespaces-namespace")["metadata"]["labels"]
    assert labels["istio.io/dataplane-mode"] == "ambient"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
