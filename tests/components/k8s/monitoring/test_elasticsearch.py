from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from components.k8s.monitoring.elasticsearch import copies, tiers
from tests.components.k8s.monitoring.elastic import applications, logs, one, template_of

CLUSTER = "elk-elasticsearch-cluster"


@pytest.fixture(scope="module")
def large() -> dict[str, Any]:
    return one(logs(), CLUSTER)


@given(nodes=some.integers(1, 30))
def test_every_server_is_of_one_tier_and_two_tiers_can_each_lose_one(nodes: int) -> None:
    hot, warm = tiers(nodes)
    assert hot + warm == nodes
    assert warm == 0 or (warm >= 2 and hot >= 3), "two copies of a slow shard, three votes of fast servers"


@given(nodes=some.integers(1, 30))
def test_a_copy_of_a_shard_is_wanted_only_where_another_server_can_hold_it(nodes: int) -> None:
    hot, warm = tiers(nodes)
    assert copies(nodes) < min(hot, warm or hot)
    assert copies(nodes) == (nodes > 1)


def test_fast_servers_vote_and_slow_ones_only_hold_data(large: dict[str, Any]) -> None:
    roles = {
        node_set["name"]: set(node_set["config"]["node.roles"]) for node_set in large["spec"]["nodeSets"]
    }
    assert {"master", "data_hot", "data_content", "ingest"} <= roles["hot"]
    assert roles["warm"] == {"data_warm"}


def test_few_servers_do_everything() -> None:
    (node_set,) = one(logs(nodes=3), CLUSTER)["spec"]["nodeSets"]
    assert node_set["count"] == 3
    assert {"master", "data", "ingest"} <= set(node_set["config"]["node.roles"])


@pytest.mark.parametrize(("nodes", "apart"), [(1, False), (3, True), (6, True)])
def test_copies_are_kept_in_another_zone_where_there_are_copies(nodes: int, apart: bool) -> None:  # noqa: FBT001 - a case
    for node_set in one(logs(nodes=nodes), CLUSTER)["spec"]["nodeSets"]:
        assert ("zoneAwareness" in node_set) is apart


def test_no_pod_asks_for_more_than_the_restricted_standard_allows(large: dict[str, Any]) -> None:
    """Memory maps would need a setting of the machine, and that a privileged container."""
    for template, node_set in zip(template_of(large), large["spec"]["nodeSets"], strict=True):
        pod = template["spec"]
        (container,) = pod["containers"]
        assert node_set["config"]["node.store.allow_mmap"] is False
        assert "initContainers" not in pod
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert pod["automountServiceAccountToken"] is False


def test_each_server_keeps_its_data_on_a_disk_of_its_own_that_outlives_a_mistake(
    large: dict[str, Any],
) -> None:
    for node_set in large["spec"]["nodeSets"]:
        (claim,) = node_set["volumeClaimTemplates"]
        assert claim["metadata"]["name"] == "elasticsearch-data", "ECK mounts no other"
        assert claim["spec"]["storageClassName"] == "fast"
        assert claim["spec"]["resources"]["requests"]["storage"] == "200Gi"
    assert large["spec"]["volumeClaimDeletePolicy"] == "DeleteOnScaledownOnly"


def test_memory_is_bounded_by_what_is_asked_for(large: dict[str, Any]) -> None:
    for template in template_of(large):
        resources = template["spec"]["containers"][0]["resources"]
        assert resources["limits"] == {"memory": resources["requests"]["memory"]}


def test_certificates_users_and_the_disruption_budget_are_left_to_eck(large: dict[str, Any]) -> None:
    assert not {"auth", "http", "transport", "podDisruptionBudget", "secureSettings"} & large["spec"].keys()


def test_only_those_who_write_search_and_run_it_reach_it() -> None:
    spec = one(logs(), "elk-elasticsearch-network-policy")["spec"]
    asked, among_themselves = spec["ingress"]
    assert [port["port"] for port in asked["ports"]] == [9200]
    assert applications(asked["from"]) == {
        "kibana",
        "filebeat",
        "filebeat-audit",
        "elastic-system",
        "elasticsearch",
    }
    assert [port["port"] for port in among_themselves["ports"]] == [9300]
    assert applications(among_themselves["from"]) == {"elasticsearch"}
    (out,) = spec["egress"]
    assert applications(out["to"]) == {"elasticsearch"}
    assert spec["policyTypes"] == ["Ingress", "Egress"]
