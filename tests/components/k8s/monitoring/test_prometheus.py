from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.k8s.labels import Labels
from components.k8s.monitoring.prometheus import Measured, Probe, Prometheus, PrometheusArgs
from plan.record import record_program
from plan.resource import Plan, Resource
from tests.components.k8s.monitoring.cases import LIMITS, RULES
from tests.components.k8s.support import LABELS, deploy

GATEWAY = Measured(
    name="gateway", namespace="gateway", pods={"app": "proxy"}, port=19001, path="/stats/prometheus"
)
API = Probe(name="api", url="https://api.example.com/healthz")
DOOR = Probe(name="door", url="https://api.example.com/orders", module="https_401")


@pytest.fixture(scope="module")
def plan() -> Plan:
    args = PrometheusArgs(labels=LABELS, limits=LIMITS, measured=[GATEWAY], probes=[API, DOOR])
    return deploy(lambda provider: Prometheus("prometheus", args, ResourceOptions(provider=provider)))


def objects(plan: Plan, kind: str) -> dict[str, dict[str, Any]]:
    found: list[dict[str, Any]] = [dict(one.inputs) for one in plan if one.inputs.get("kind") == kind]
    return {one["metadata"]["name"]: one for one in found}


def test_every_rule_file_is_an_object_that_prometheus_reads_as_it_is(plan: Plan) -> None:
    rules = {
        name.removeprefix("platform-"): one["spec"] for name, one in objects(plan, "PrometheusRule").items()
    }
    assert rules == RULES


def test_a_pod_is_measured_once_whichever_services_lead_to_it(plan: Plan) -> None:
    """A stable service and its canary's select the same pods: through them each would count twice."""
    assert not [one for one in plan if one.inputs.get("kind") == "ServiceMonitor"]
    monitor = objects(plan, "PodMonitor")["services"]
    assert monitor["metadata"]["namespace"] == "trading"
    assert monitor["spec"]["selector"] == {"matchLabels": {"app.kubernetes.io/part-of": LABELS.tags.project}}


def test_series_carry_the_services_name_and_the_version_of_its_rollout(plan: Plan) -> None:
    spec = objects(plan, "PodMonitor")["services"]["spec"]
    assert spec["jobLabel"] == "app.kubernetes.io/name"
    assert spec["podTargetLabels"] == ["rollouts-pod-template-hash"]


def test_scaling_metrics_have_enough_points_for_a_rate_of_one_minute(plan: Plan) -> None:
    (endpoint,) = objects(plan, "PodMonitor")["services"]["spec"]["podMetricsEndpoints"]
    assert endpoint["interval"] == "15s"
    (group,) = [group for group in RULES["recordings"]["groups"] if group["name"] == "scaling"]
    assert group["interval"] == "15s"


def test_one_service_cannot_take_the_memory_of_all_by_a_label(plan: Plan) -> None:
    assert objects(plan, "PodMonitor")["services"]["spec"]["sampleLimit"] > 0


def test_pods_in_other_namespaces_are_found_there_alone(plan: Plan) -> None:
    spec = objects(plan, "PodMonitor")["gateway"]["spec"]
    assert spec["namespaceSelector"] == {"matchNames": ["gateway"]}
    (endpoint,) = spec["podMetricsEndpoints"]
    assert (endpoint["portNumber"], endpoint["path"]) == (19001, "/stats/prometheus")


def test_addresses_are_called_through_the_blackbox_exporter_as_customers_call_them(plan: Plan) -> None:
    probes = {name: one["spec"] for name, one in objects(plan, "Probe").items()}
    assert probes["api"]["targets"]["staticConfig"]["static"] == [API.url]
    assert probes["api"]["module"] == "https_2xx"
    assert probes["door"]["module"] == "https_401"
    assert probes["api"]["prober"]["url"] == "blackbox-exporter.monitoring.svc:9115"


def test_objects_wait_for_what_brings_their_kinds() -> None:
    plan = record_program(_after, mode="up")
    brought: Resource = next(one for one in plan if one.name == "crds")
    made = [one for one in plan if one.inputs.get("apiVersion") == "monitoring.coreos.com/v1"]
    assert made
    for one in made:
        assert brought.urn in one.dependencies, one.name


def _after() -> None:
    crds = ConfigMap("crds", metadata=ObjectMetaArgs(name="crds"))
    args = PrometheusArgs(labels=Labels(LABELS.tags), limits=LIMITS, probes=[API], after=[crds])
    Prometheus("prometheus", args)
