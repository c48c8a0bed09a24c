from __future__ import annotations

from typing import Any, Literal

import pytest
from pulumi import ResourceOptions
from pulumi_kubernetes import Provider
from pulumi_kubernetes.core.v1 import Namespace

from components.k8s.autoscaling import Autoscaling, AutoscalingArgs, Pace, scaled_object
from components.k8s.triggers import Trigger, autoscaler_of, floor, latency, requests
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the
from tests.components.kit import before

TRIGGERS = (requests("api"), latency("api"), *floor(["XNYS"], pods=10))


def args(**changes: Any) -> AutoscalingArgs:
    told: dict[str, Any] = {
        "service": "api",
        "namespace": "trading",
        "labels": LABELS,
        "kind": "Rollout",
        "minimum": 3,
        "maximum": 100,
        "fallback": 10,
        "triggers": TRIGGERS,
    }
    return AutoscalingArgs(**{**told, **changes})


@pytest.fixture(scope="module")
def plan() -> Plan:
    def room(provider: Provider) -> None:
        first = Namespace("keda", opts=ResourceOptions(provider=provider))
        Autoscaling("api", args(after=[first]), ResourceOptions(provider=provider))

    return deploy(room)


def test_the_scaled_object_waits_for_what_brings_its_kind(plan: Plan) -> None:
    (found,) = (resource for resource in plan if resource.type.endswith(":ScaledObject"))
    assert ("kubernetes:core/v1:Namespace", "keda") in before(plan, found)


@pytest.mark.parametrize(
    ("kind", "version"), [("Deployment", "apps/v1"), ("Rollout", "argoproj.io/v1alpha1")]
)
def test_the_target_is_named_with_its_group_or_keda_takes_it_for_a_deployment(
    kind: Literal["Deployment", "Rollout"], version: str
) -> None:
    assert scaled_object(args(kind=kind))["scaleTargetRef"] == {
        "apiVersion": version,
        "kind": kind,
        "name": "api",
    }


def test_it_has_its_services_name_and_the_autoscaler_gets_the_one_that_triggers_ask_for(plan: Plan) -> None:
    assert the(plan, "ScaledObject")["metadata"]["name"] == "api"
    part = next(resource for resource in plan if resource.type.endswith(":Autoscaling"))
    assert part.outputs["autoscaler_name"] == autoscaler_of("api")
    assert f'"{autoscaler_of("api")}"' in TRIGGERS[1].metadata["query"]


def test_while_a_trigger_is_blind_there_are_as_many_pods_as_there_were_and_not_too_few(plan: Plan) -> None:
    told = the(plan, "ScaledObject")["spec"]["fallback"]
    assert (told["behavior"], told["replicas"]) == ("currentReplicasIfHigher", 10)
    assert told["failureThreshold"] > 0


def test_nothing_is_said_that_kedas_admission_warns_of_or_that_the_autoscaler_does_not_heed(
    plan: Plan,
) -> None:
    spec = the(plan, "ScaledObject")["spec"]
    assert not spec.keys() & {
        "pollingInterval",
        "cooldownPeriod",
        "initialCooldownPeriod",
        "idleReplicaCount",
    }
    assert spec["minReplicaCount"] >= 1


def test_it_rises_at_once_and_falls_late_and_slowly() -> None:
    spec = scaled_object(args(pace=Pace(up_pods=7, down_after_seconds=900)))
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    up, down = behavior["scaleUp"], behavior["scaleDown"]
    assert up["stabilizationWindowSeconds"] == 0
    assert up["selectPolicy"] == "Max"
    assert {(one["type"], one["value"]) for one in up["policies"]} == {("Percent", 100), ("Pods", 7)}
    assert down["stabilizationWindowSeconds"] == 900
    assert [(one["type"], one["value"], one["periodSeconds"]) for one in down["policies"]] == [
        ("Percent", 10, 60)
    ]


def test_the_triggers_come_in_the_order_given(plan: Plan) -> None:
    """Their places are part of the metrics' names: a trigger that moved would begin anew."""
    told = the(plan, "ScaledObject")["spec"]["triggers"]
    assert [one["name"] for one in told] == ["requests", "latency", "session-xnys", "cron-xnys"]


@pytest.mark.parametrize(
    "changes",
    [{"minimum": 0}, {"minimum": 101}, {"fallback": 2}, {"fallback": 101}, {"maximum": 5}],
    ids=str,
)
def test_bounds_that_contradict_each_other_are_refused(changes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"autoscaling of api: .*wanted 1 <= minimum <= fallback <= maximum"):
        args(**changes)


@pytest.mark.parametrize("triggers", [(), (TRIGGERS[0], TRIGGERS[0])], ids=["none", "twice"])
def test_triggers_have_names_of_their_own(triggers: tuple[Trigger, ...]) -> None:
    with pytest.raises(ValueError, match="wanted at least one, each name once"):
        args(triggers=triggers)
