from __future__ import annotations

import json

import pytest
from pulumi import ResourceOptions

from components.k8s.monitoring.grafana import FOLDER_ANNOTATION, LABEL, Grafana, GrafanaArgs
from plan.resource import Plan
from tests.components.k8s.monitoring.boards import dashboards
from tests.components.k8s.support import LABELS, deploy

MIB = 2**20


@pytest.fixture(scope="module")
def plan() -> Plan:
    args = GrafanaArgs(namespace="monitoring", labels=LABELS, dashboards=dashboards())
    return deploy(lambda provider: Grafana("grafana", args, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def config_maps(plan: Plan) -> list[dict[str, dict[str, dict[str, str]]]]:
    return [dict(one.inputs) for one in plan.of_type("kubernetes:core/v1:ConfigMap")]  # pyright: ignore[reportReturnType]


def test_the_sidecar_finds_each_of_the_three_by_its_label_and_puts_them_in_one_folder(
    config_maps: list[dict[str, dict[str, dict[str, str]]]],
) -> None:
    assert len(config_maps) == 3
    for one in config_maps:
        assert one["metadata"]["namespace"] == "monitoring"
        assert one["metadata"]["labels"][LABEL] == "1"
    assert len({one["metadata"]["annotations"][FOLDER_ANNOTATION] for one in config_maps}) == 1


def test_a_config_map_holds_one_dashboard_and_is_not_larger_than_kubernetes_takes(
    config_maps: list[dict[str, dict[str, str]]],
) -> None:
    addresses: set[str] = set()
    for one in config_maps:
        ((file, content),) = one["data"].items()
        assert file.endswith(".json"), "the sidecar takes no other file for a dashboard"
        addresses.add(json.loads(content)["uid"])
        assert len(json.dumps(one).encode()) < MIB
    assert len(addresses) == len(config_maps)


def test_the_same_settings_give_the_same_text_so_that_nothing_is_deployed_for_nothing() -> None:
    args = GrafanaArgs(namespace="monitoring", labels=LABELS, dashboards=dashboards())

    def texts() -> list[object]:
        plan = deploy(lambda provider: Grafana("grafana", args, ResourceOptions(provider=provider)))
        return [one.inputs["data"] for one in plan.of_type("kubernetes:core/v1:ConfigMap")]

    assert texts() == texts()
