from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.k8s.operator_pods import CRITICAL, Situation
from components.k8s.operator_table import HOMES, OPERATORS
from components.k8s.operator_values import VALUES, merged
from components.k8s.operator_values_cluster import PUBLISHED
from components.k8s.places import LOGGING, PROMETHEUS_URL, TRADING


def situation(*, highly_available: bool) -> Situation:
    return Situation(
        cluster_name="trading-dev",
        domain="trade.example.com",
        highly_available=highly_available,
        velero_plugin="example/plugin:v1",
    )


HIGH = {name: make(situation(highly_available=True)) for name, make in VALUES.items()}
LOW = {name: make(situation(highly_available=False)) for name, make in VALUES.items()}


def maps(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for below in value.values():
            yield from maps(below)
    elif isinstance(value, list):
        for below in value:
            yield from maps(below)


def test_every_operator_has_values_and_every_value_an_operator() -> None:
    assert VALUES.keys() == OPERATORS.keys()


@pytest.mark.parametrize("name", [name for name in HIGH if "requests" in str(HIGH[name])])
def test_memory_is_bounded_by_what_is_asked_for_and_cpu_is_not_bounded(name: str) -> None:
    asked = [found for found in maps(HIGH[name]) if "requests" in found]
    assert asked
    for found in asked:
        assert found["limits"] == {"memory": found["requests"]["memory"]}
        assert found["requests"]["cpu"]


def test_who_works_says_what_it_needs() -> None:
    kinds_only = {"istio-base", "karpenter-crd", "kube-prometheus-stack", "prometheus-operator-crds"}
    assert {name for name in HIGH if "requests" not in str(HIGH[name])} == kinds_only


@pytest.mark.parametrize("name", HIGH)
def test_a_single_copy_has_no_budget_that_would_hold_up_a_machines_end(name: str) -> None:
    for found in maps(LOW[name]):
        for key, value in found.items():
            if key.lower().endswith(("disruptionbudget", "pdb")) and isinstance(value, Mapping):
                assert value.get("enabled") is not True, value
                assert not value.get("maxUnavailable"), value
                assert not value.get("minAvailable"), value


def test_what_the_cluster_cannot_do_without_has_two_copies_in_different_zones() -> None:
    critical = {name for name, values in HIGH.items() if CRITICAL in str(values)}
    assert critical >= {"cert-manager", "keda", "argo-rollouts", "envoy-gateway", "external-secrets"}
    for name in critical:
        assert "topology.kubernetes.io/zone" in str(HIGH[name]), name
        counts = [
            found[key]
            for found in maps(HIGH[name])
            for key in ("replicas", "replicaCount")
            if isinstance(found.get(key), int)
        ]
        assert counts, name
        assert min(counts) >= 2, name


def test_no_operator_goes_where_machines_are_taken_back() -> None:
    for name, values in HIGH.items():
        assert not [found for found in maps(values) if "tolerations" in found], name


def test_nobody_tells_a_vendor_anything() -> None:
    assert HIGH["eck-operator"]["telemetry"] == {"disabled": True}
    assert HIGH["nginx-gateway-fabric"]["nginxGateway"]["productTelemetry"] == {"enable": False}


def test_the_api_server_reaches_every_webhook_whose_port_can_be_said() -> None:
    """From the control plane of a private GKE cluster only 443 and 10250 reach a pod."""
    assert HIGH["keda"]["webhooks"]["port"] == 10250
    assert HIGH["keda"]["service"]["portHttpsTarget"] == 10250
    assert HIGH["eck-operator"]["webhook"]["port"] == 10250
    assert HIGH["aws-load-balancer-controller"]["webhookBindPort"] == 10250
    assert HIGH["envoy-gateway"]["topologyInjector"] == {"enabled": False}
    assert {port for home in HOMES.values() for port in home.called} <= {10250, 15017}


def test_keda_scales_rollouts_and_reads_no_secrets() -> None:
    keda = HIGH["keda"]
    assert keda["rbac"]["scaledRefKinds"] == [{"apiGroup": "argoproj.io", "kind": "rollouts"}]
    for part in ("operator", "metricServer"):
        assert keda["permissions"][part]["restrict"]["secret"] is True
    assert keda["http"]["timeout"] < 15_000, "it asks every 15 s"


def test_kinds_stay_when_their_release_goes() -> None:
    """With a kind go all objects of it: every autoscaler, every backup schedule."""
    keep = {"helm.sh/resource-policy": "keep"}
    assert HIGH["keda"]["crds"]["additionalAnnotations"] == keep
    assert HIGH["prometheus-operator-crds"]["crds"]["annotations"] == keep
    assert HIGH["external-secrets"]["crds"]["annotations"] == keep
    assert HIGH["karpenter-crd"]["additionalAnnotations"] == keep
    assert HIGH["cert-manager"]["crds"]["keep"] is True


def test_rollouts_find_their_plugin_where_the_init_container_puts_it() -> None:
    controller = HIGH["argo-rollouts"]["controller"]
    (plugin,) = controller["trafficRouterPlugins"]
    (init,) = controller["initContainers"]
    _, source, target = init["command"]
    assert plugin["name"] == "argoproj-labs/gatewayAPI"
    assert plugin["location"] == f"file://{target}/{source.rpartition('/')[2]}"
    (mounted,) = controller["volumeMounts"]
    (written,) = init["volumeMounts"]
    assert mounted["mountPath"] == written["mountPath"] == target
    assert mounted["readOnly"] is True
    assert {mounted["name"], written["name"]} == {volume["name"] for volume in controller["volumes"]}
    assert init["image"].rpartition(":")[2].startswith("v")


def test_rollouts_may_change_routes_and_no_other_mesh_or_balancer() -> None:
    providers = HIGH["argo-rollouts"]["providerRBAC"]["providers"]
    assert [name for name, on in providers.items() if on] == ["gatewayAPI"]


def test_names_are_written_for_published_routes_alone_and_never_taken_away() -> None:
    dns = HIGH["external-dns"]
    assert dns["labelFilter"] == "=".join(PUBLISHED)
    assert dns["policy"] == "upsert-only"
    assert dns["sources"] == ["gateway-httproute"]
    assert dns["txtOwnerId"] == "trading-dev", "two clusters share a zone"


def test_secrets_come_in_and_none_goes_out() -> None:
    secrets = HIGH["external-secrets"]
    assert secrets["processPushSecret"] is secrets["crds"]["createPushSecret"] is False
    assert secrets["rbac"]["serviceAccountTokenCreate"] is False


def test_velero_has_no_key_and_sees_nothing_of_the_machine() -> None:
    velero = HIGH["velero"]
    assert velero["credentials"] == {"useSecret": False}
    assert velero["nodeAgent"]["disableHostPath"] is True
    assert velero["configuration"]["defaultSnapshotMoveData"] is True
    assert HOMES["velero"].pod_security == "baseline"


def test_faults_and_logs_have_one_namespace_each() -> None:
    chaos = HIGH["chaos-mesh"]
    assert chaos["clusterScoped"] is False
    assert chaos["controllerManager"]["targetNamespace"] == TRADING
    assert HIGH["eck-operator"]["managedNamespaces"] == [LOGGING]


def test_argo_cd_reads_everything_and_acts_only_as_one_account() -> None:
    argo = HIGH["argo-cd"]
    assert argo["configs"]["cm"]["application.sync.impersonation.enabled"] is True
    assert argo["configs"]["cm"]["admin.enabled"] is False
    assert argo["server"]["replicas"] == 0
    reads, acts = argo["controller"]["clusterRoleRules"]["rules"]
    assert set(reads["verbs"]) == {"get", "list", "watch"}
    assert acts["verbs"] == ["impersonate"]
    assert acts["resourceNames"] == ["gitops"]


def test_costs_and_scaling_ask_the_one_prometheus() -> None:
    asked = HIGH["opencost"]["opencost"]["prometheus"]
    assert asked["external"] == {"enabled": True, "url": PROMETHEUS_URL}
    assert asked["internal"]["enabled"] is False
    assert HIGH["opencost"]["opencost"]["mcp"]["enabled"] is False


def test_nothing_that_changes_sizes_is_installed() -> None:
    vpa = HIGH["vpa"]
    assert vpa["updater"]["enabled"] is vpa["admissionController"]["enabled"] is False


def test_merging_goes_key_by_key_and_replaces_lists() -> None:
    below = {"a": {"b": 1, "c": [1, 2]}, "d": 1}
    assert merged(below, {"a": {"c": [3]}, "e": 2}) == {"a": {"b": 1, "c": [3]}, "d": 1, "e": 2}
    assert below == {"a": {"b": 1, "c": [1, 2]}, "d": 1}, "what was given is not changed"
