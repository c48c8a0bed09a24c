from __future__ import annotations

from typing import Any

import pytest

from plan.resource import Plan
from tests.components.k8s.monitoring.elastic import applications, logs, one, template_of


@pytest.fixture(scope="module")
def plan() -> Plan:
    return logs()


@pytest.fixture(scope="module")
def kibana(plan: Plan) -> dict[str, Any]:
    return one(plan, "elk-kibana-server")


def test_it_shows_the_logs_of_this_cluster_and_is_of_the_same_version(
    plan: Plan, kibana: dict[str, Any]
) -> None:
    elasticsearch = one(plan, "elk-elasticsearch-cluster")
    assert kibana["spec"]["elasticsearchRef"]["name"] == elasticsearch["metadata"]["name"]
    assert kibana["spec"]["version"] == elasticsearch["spec"]["version"]


def test_nothing_comes_in_by_the_network_and_it_asks_elasticsearch_alone(plan: Plan) -> None:
    spec = one(plan, "elk-kibana-network-policy")["spec"]
    assert "ingress" not in spec
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    (out,) = spec["egress"]
    assert applications(out["to"]) == {"elasticsearch"}
    assert [port["port"] for port in out["ports"]] == [9200]


def test_it_tells_nobody_about_us_and_fetches_nothing(kibana: dict[str, Any]) -> None:
    config = kibana["spec"]["config"]
    assert config["telemetry.optIn"] is False
    assert config["newsfeed.enabled"] is False
    assert config["xpack.fleet.isAirGapped"] is True


def test_who_goes_away_is_logged_out(kibana: dict[str, Any]) -> None:
    assert kibana["spec"]["config"]["xpack.security.session.idleTimeout"] == "1h"


def test_the_pod_keeps_the_restricted_standard(kibana: dict[str, Any]) -> None:
    (template,) = template_of(kibana)
    pod = template["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod["automountServiceAccountToken"] is False


def test_policy_and_budget_select_just_its_pods(plan: Plan, kibana: dict[str, Any]) -> None:
    (template,) = template_of(kibana)
    labels = template["metadata"]["labels"]
    policy = one(plan, "elk-kibana-network-policy")["spec"]["podSelector"]["matchLabels"]
    budget = one(plan, "elk-kibana-disruption-budget")["spec"]
    assert policy.items() <= labels.items()
    assert budget["selector"]["matchLabels"] == policy
    assert budget["maxUnavailable"] == 1
