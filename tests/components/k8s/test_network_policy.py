from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.network_policy import (
    MESH_PORT,
    Block,
    NetworkPolicies,
    NetworkPoliciesArgs,
    Peer,
    Way,
    kubernetes_api,
    mesh,
    webhook,
)
from plan.resource import Plan
from tests.components.k8s.manifests import of, refused
from tests.components.k8s.support import LABELS, deploy


def planned(*ways: Way) -> Plan:
    args = NetworkPoliciesArgs(namespace="trading", labels=LABELS, ways=ways)
    return deploy(lambda provider: NetworkPolicies("openings", args, ResourceOptions(provider=provider)))


def spec(*ways: Way, name: str = "") -> dict[str, Any]:
    plan = planned(*ways)
    assert refused(plan) == []
    return of(plan, "NetworkPolicy", name)["spec"]


def test_an_opening_in_says_nothing_of_what_goes_out_and_the_other_way_round() -> None:
    into = spec(Way(name="in", direction="in", peers=[Peer("monitoring")], ports=[8080]))
    assert into["policyTypes"] == ["Ingress"]
    assert "egress" not in into
    out = spec(Way(name="out", direction="out", peers=[Peer("monitoring")], ports=[8080]))
    assert out["policyTypes"] == ["Egress"]
    assert "ingress" not in out


def test_pods_of_another_namespace_are_named_by_both_in_one_peer() -> None:
    """As two peers they would be all pods there, or those of that label here."""
    into = spec(Way(name="in", direction="in", peers=[Peer("monitoring", {"a": "b"})], ports=[8080]))
    (peer,) = into["ingress"][0]["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "monitoring"}
    assert peer["podSelector"]["matchLabels"] == {"a": "b"}


def test_no_selector_of_namespaces_is_empty() -> None:
    """Amazon's agent drops what an empty one together with a pod selector should let in."""
    into = spec(Way(name="in", direction="in", peers=[Peer("gateway")], ports=[8080]))
    assert into["ingress"][0]["from"][0]["namespaceSelector"]["matchLabels"]


def test_an_address_block_can_have_holes() -> None:
    out = spec(Way(name="out", direction="out", peers=[Block("0.0.0.0/0", ["10.0.0.0/8"])], ports=[443]))
    assert out["egress"][0]["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}]


def test_a_way_without_a_port_is_refused() -> None:
    with pytest.raises(ValueError, match="names no port, which would open all"):
        Way(name="all", direction="in", peers=[], ports=[])


def test_the_api_server_is_named_as_each_cloud_sees_it() -> None:
    """Before its address is translated, and after."""
    out = spec(
        kubernetes_api(
            {"app.kubernetes.io/name": "orchestrator"},
            service_cidr="172.20.0.0/16",
            control_plane=["10.16.0.0/16"],
        )
    )
    assert [peer["ipBlock"]["cidr"] for peer in out["egress"][0]["to"]] == ["172.20.0.1/32", "10.16.0.0/16"]
    assert out["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "orchestrator"}


def test_in_the_mesh_pods_meet_on_one_port_and_machines_can_still_probe() -> None:
    ways = mesh(["trading", "gateway"], probed=["http"])
    for name, key, side in (("mesh-in", "ingress", "from"), ("mesh-out", "egress", "to")):
        (rule,) = spec(*ways, name=name)[key]
        assert [port["port"] for port in rule["ports"]] == [MESH_PORT]
        assert len(rule[side]) == 2
    (rule,) = spec(*ways, name="mesh-probes")["ingress"]
    assert rule["from"] == [{"ipBlock": {"cidr": "169.254.7.127/32"}}]
    assert [port["port"] for port in rule["ports"]] == ["http"]


def test_a_webhook_can_be_called_from_anywhere_on_its_port_alone() -> None:
    into = spec(webhook({"app.kubernetes.io/name": "webhook"}, 10250))
    (rule,) = into["ingress"]
    assert "from" not in rule
    assert [port["port"] for port in rule["ports"]] == [10250]
    assert into["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "webhook"}
