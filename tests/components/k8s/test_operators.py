from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s import places
from components.k8s.charts import LockError, read_lock
from components.k8s.monitoring import chart
from components.k8s.monitoring.alertmanager import Receivers
from components.k8s.operator_table import HOMES, NGINX, OPERATORS, choose, in_order
from components.k8s.operators import Operators, OperatorsArgs
from plan.resource import Plan, Resource
from tests.components.k8s.chart_values import strangers
from tests.components.k8s.support import LABELS, deploy, the
from tests.components.kit import before

EVERYTHING = dict.fromkeys(
    ("machines", "target_group", "metrics_server", "gitops", "mesh", "chaos", "logs"),
    True,
)
NOTHING = dict.fromkeys(EVERYTHING, False)
TOKENS = (("169.254.170.23/32", 80),)


def args(**changed: Any) -> OperatorsArgs:
    given: dict[str, Any] = {
        "labels": LABELS,
        "token_endpoints": TOKENS,
        "chosen": choose(gateway="envoy", **EVERYTHING),
        "cluster_name": "trading-dev",
        "domain": "trade.example.com",
        "highly_available": True,
        "velero_plugin": "example/plugin:v1",
        "service_account_annotations": {},
        "cloud_values": {},
        "values": {},
        "root": Path("/nowhere"),
    }
    return OperatorsArgs(**{**given, **changed})


def planned(**changed: Any) -> Plan:
    told = args(**changed)
    return deploy(lambda provider: Operators("operators", told, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


@pytest.fixture(scope="module")
def nginx() -> Plan:
    return planned(chosen=choose(gateway="nginx", **NOTHING))


def releases(plan: Plan) -> dict[str, Resource]:
    return {str(one.inputs["name"]): one for one in plan.of_type("kubernetes:helm.sh/v3:Release")}


def inputs(resource: Resource) -> dict[str, Any]:
    return dict(resource.inputs)


def values(plan: Plan, operator: str) -> dict[str, Any]:
    return inputs(releases(plan)[operator])["values"]


def test_every_release_is_taken_back_as_a_whole_when_it_fails(plan: Plan) -> None:
    for name, release in releases(plan).items():
        said = inputs(release)
        assert said["atomic"] is said["cleanupOnFail"] is True, name
        assert said["skipAwait"] is False, name
        assert 300 <= said["timeout"] <= 900, name
        assert said["maxHistory"] > 1, name


def test_every_release_is_the_pinned_version_from_the_pinned_place(plan: Plan, nginx: Plan) -> None:
    lock = read_lock()
    for name, release in {**releases(nginx), **releases(plan)}.items():
        pinned = lock[OPERATORS[name].chart]
        assert release.inputs["version"] == pinned.version
        if pinned.is_oci:
            assert release.inputs["chart"] == pinned.reference
            assert "repositoryOpts" not in release.inputs
        else:
            assert release.inputs["chart"] == pinned.name
            assert release.inputs["repositoryOpts"] == {"repo": pinned.repository}


def test_a_release_waits_for_its_namespace_the_closed_door_and_whom_it_needs(plan: Plan) -> None:
    for name, release in releases(plan).items():
        waits = before(plan, release)
        namespace = OPERATORS[name].namespace
        if namespace in HOMES:
            assert ("kubernetes:core/v1:Namespace", f"operators-{namespace}-namespace") in waits
            door = ("kubernetes:networking.k8s.io/v1:NetworkPolicy", f"operators-{namespace}-default-deny")
            assert door in waits, name
        for other in OPERATORS[name].after:
            if other in releases(plan):
                assert ("kubernetes:helm.sh/v3:Release", f"operators-{other}") in waits, name


def test_what_finds_metrics_comes_before_everything_that_has_some(plan: Plan) -> None:
    kinds = ("kubernetes:helm.sh/v3:Release", "operators-prometheus-operator-crds")
    for name, release in releases(plan).items():
        if '"serviceMonitor"' in str(release.inputs["values"]).replace("'", '"'):
            assert kinds in before(plan, release), name


def test_no_operator_waits_for_one_that_comes_later() -> None:
    seen: set[str] = set()
    for name, operator in OPERATORS.items():
        assert seen >= set(operator.after), name
        seen.add(name)


def test_objects_wait_for_the_release_that_brings_their_kind() -> None:
    found: dict[str, list[str]] = {}

    def ask(provider: Any) -> None:
        made = Operators("operators", args(), ResourceOptions(provider=provider))
        for kind in ("keda.sh/ScaledObject", "argoproj.io/Rollout", "gateway.networking.k8s.io/HTTPRoute"):
            found[kind] = [name for name, one in made.releases.items() if one in made.bringing(kind)]
        assert len(made.bringing("keda.sh/ScaledObject", "keda.sh/TriggerAuthentication")) == 1
        with pytest.raises(ValueError, match=r"no chosen operator brings k6\.io/TestRun"):
            made.bringing("k6.io/TestRun")

    deploy(ask)
    assert found == {
        "keda.sh/ScaledObject": ["keda"],
        "argoproj.io/Rollout": ["argo-rollouts"],
        "gateway.networking.k8s.io/HTTPRoute": ["envoy-gateway"],
    }


def test_where_nginx_serves_the_gateways_kinds_come_by_themselves(plan: Plan, nginx: Plan) -> None:
    assert not plan.of_type("kubernetes:yaml/v2:ConfigFile")
    (kinds,) = nginx.of_type("kubernetes:yaml/v2:ConfigFile")
    assert str(kinds.inputs["file"]).endswith("/v1.6.1/standard-install.yaml")
    assert "envoy-gateway" not in releases(nginx)


def test_an_operator_has_a_namespace_that_lets_in_only_who_has_business_there(plan: Plan) -> None:
    for namespace in HOMES.keys() - {NGINX}:
        assert the(plan, "NetworkPolicy", f"operators-{namespace}-default-deny")["spec"] == {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
        }
        opened = [
            inputs(one)["spec"]
            for one in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
            if one.name.startswith(f"operators-{namespace}-openings-")
        ]
        for spec in opened:
            if spec["policyTypes"] == ["Egress"]:
                continue
            (rule,) = spec["ingress"]
            ports = {port["port"] for port in rule["ports"]}
            if not rule.get("from"):
                assert ports <= set(HOMES[namespace].called), (
                    "anybody may call what the API server calls alone"
                )


def test_an_operator_calls_the_api_server_and_clouds_and_only_whom_it_has_business_with(plan: Plan) -> None:
    for namespace in HOMES.keys() - {NGINX}:
        home = HOMES[namespace]
        rules = [
            rule
            for one in plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
            if one.name.startswith(f"operators-{namespace}-openings-")
            for rule in inputs(one)["spec"].get("egress", ())
        ]
        anywhere = {port["port"] for rule in rules if not rule.get("to") for port in rule["ports"]}
        assert anywhere == {443, *home.calls_out, *((9100, 10250) if home.sees_all else ())}
        named = [rule for rule in rules if rule.get("to")]
        assert len(named) == len(home.calls) + len(TOKENS), namespace
        inside = the(plan, "NetworkPolicy", f"operators-{namespace}-inside")["spec"]["egress"]
        everybody = [rule for rule in inside if "namespaceSelector" in rule["to"][0]]
        assert bool(everybody) is (namespace == places.MONITORING), "only who measures calls every pod"


def test_who_is_not_restricted_says_why(plan: Plan) -> None:
    for namespace, home in HOMES.items():
        assert (home.pod_security == "restricted") == (not home.why), namespace
    for namespace in HOMES.keys() - {NGINX}:
        labels = the(plan, "Namespace", f"operators-{namespace}-namespace")["metadata"]["labels"]
        assert labels["pod-security.kubernetes.io/enforce"] == HOMES[namespace].pod_security


def test_pods_of_the_clusters_own_class_may_run_where_they_are_put(plan: Plan) -> None:
    """On GKE a Deployment without this has no pods, and says so to nobody."""
    for name, release in releases(plan).items():
        namespace = OPERATORS[name].namespace
        if "system-cluster-critical" in str(release.inputs["values"]) and namespace in HOMES:
            spec = the(plan, "ResourceQuota", f"operators-{namespace}-critical")["spec"]
            (scope,) = spec["scopeSelector"]["matchExpressions"]
            assert scope["scopeName"] == "PriorityClass"
            assert "system-cluster-critical" in scope["values"]


def test_an_account_carries_what_its_cloud_says() -> None:
    told = {"velero": {"cloud/role": "keeper"}, "external-secrets": {"cloud/role": "reader"}}
    found = planned(service_account_annotations=told)
    assert values(found, "velero")["serviceAccount"]["server"] == {
        "name": "velero",
        "annotations": {"cloud/role": "keeper"},
    }
    account = values(found, "external-secrets")["serviceAccount"]
    assert account == {"name": "external-secrets", "annotations": {"cloud/role": "reader"}}


@pytest.mark.parametrize(
    "operator", ["external-secrets", "external-dns", "velero", "cert-manager", "karpenter"]
)
def test_an_account_is_called_as_its_operator_because_the_cloud_knows_it_by_that(
    plan: Plan, operator: str
) -> None:
    account = values(plan, operator)["serviceAccount"]
    assert account.get("server", account)["name"] == operator


def test_annotations_that_would_be_lost_are_refused() -> None:
    with pytest.raises(ValueError, match="vpa shall carry cloud/role"):
        planned(service_account_annotations={"vpa": {"cloud/role": "x"}})


def test_the_cloud_and_then_the_platform_have_the_last_word() -> None:
    found = planned(
        cloud_values={"keda": {"http": {"timeout": 1}, "clusterName": "of the cloud"}},
        values={"keda": {"clusterName": "of the platform"}},
    )
    said = values(found, "keda")
    assert said["http"]["timeout"] == 1
    assert said["clusterName"] == "of the platform"
    assert said["webhooks"]["failurePolicy"] == "Fail", "what is not said stays"


def test_values_for_nobody_are_refused() -> None:
    with pytest.raises(ValueError, match="values for kedda"):
        planned(values={"kedda": {}})


def test_an_operator_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'keda'"):
        in_order(["kedda"])


def test_a_switch_that_is_off_leaves_no_release_and_no_namespace(nginx: Plan) -> None:
    assert (
        not {"argo-cd", "chaos-mesh", "eck-operator", "istiod", "karpenter", "metrics-server"}
        & releases(nginx).keys()
    )
    namespaces = {inputs(one)["metadata"]["name"] for one in nginx.of_type("kubernetes:core/v1:Namespace")}
    assert not {places.ARGOCD, places.CHAOS, places.ISTIO, places.ENVOY} & namespaces
    assert NGINX in namespaces


def test_an_exchanged_archive_stops_the_program(tmp_path: Path) -> None:
    archive = tmp_path / "charts" / read_lock()["keda"].archive
    archive.parent.mkdir()
    archive.write_bytes(b"something else")
    with pytest.raises(LockError, match=r"keda-.*\.tgz has sha256"):
        planned(root=tmp_path)


def test_every_value_is_one_that_its_chart_knows() -> None:
    """Helm ignores a misspelt key in silence."""
    lock = read_lock()
    for highly_available in (True, False):
        for gateway in ("envoy", "nginx"):
            found = planned(
                highly_available=highly_available,
                chosen=choose(gateway=gateway, **EVERYTHING),
                service_account_annotations={
                    name: {"cloud/role": "x"} for name, one in OPERATORS.items() if one.account
                },
            )
            for name in releases(found):
                pinned = lock[OPERATORS[name].chart]
                assert strangers(pinned.name, pinned.version, values(found, name)) == [], name


@pytest.mark.parametrize("told", [True, False])
def test_what_monitoring_adds_is_known_to_the_charts_too(*, told: bool) -> None:
    lock = read_lock()
    added = chart.values(
        chart.ChartArgs(
            environment="prod",
            region="us-east-1",
            cluster_name="trading-prod",
            retention_days=30,
            disk_gib=100,
            replicas=2,
            storage_class="fast",
            receivers=Receivers(pager=told, chat=told, heartbeat=told),
            grafana_login={"client_id": "x"} if told else {},
            grafana_url="https://grafana.example.com" if told else "",
        )
    )
    for name, said in added.items():
        pinned = lock[OPERATORS[name].chart]
        assert strangers(pinned.name, pinned.version, said) == [], name


def test_a_misspelt_value_is_seen() -> None:
    keda = read_lock()["keda"]
    assert strangers("keda", keda.version, {"webhooks": {"replicaCont": 2}}) == ["webhooks.replicaCont"]
    assert strangers("keda", "0.0.1", {"webhooks": {"replicaCount": 2}}), "another version is looked at anew"
