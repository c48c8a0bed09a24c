from __future__ import annotations

import math
from typing import Any

import pytest

from components.k8s.places import CANARY_SUFFIX, GATEWAY, MONITORING
from components.k8s.pod import DRAIN_SECONDS
from components.k8s.services import GRACE_SECONDS, Kind
from plan.resource import Plan
from tests.components.k8s.support import the
from tests.components.k8s.workload import KINDS, RUNS, planned, pod, workload

PLANS = {kind: planned(kind) for kind in KINDS}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
def plan(kind: Kind) -> Plan:
    return PLANS[kind]


def services(plan: Plan) -> list[dict[str, Any]]:
    return [dict(found.inputs) for found in plan.of_type("kubernetes:core/v1:Service")]


def test_the_services_the_budget_and_the_policy_select_just_the_pods_of_the_workload(
    plan: Plan, kind: Kind
) -> None:
    labels = workload(plan, kind)["template"]["metadata"]["labels"]
    for selector in (
        workload(plan, kind)["selector"]["matchLabels"],
        *(found["spec"]["selector"] for found in services(plan)),
        the(plan, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        the(plan, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ):
        assert selector.items() <= labels.items()
        assert "environment" not in selector, "a selector cannot be changed: it holds nothing that may be"


def test_each_kind_is_run_by_what_fits_what_it_does(plan: Plan, kind: Kind) -> None:
    running = {resource.type for resource in plan} & set(RUNS.values())
    assert running == {RUNS[kind]}


def test_who_acts_alone_is_never_there_twice_under_one_name(kind: Kind, plan: Plan) -> None:
    """A StatefulSet starts a pod only when the old one of its name is surely gone; a Deployment does not."""
    if kind == "singleton":
        assert "rollingUpdate" not in workload(plan, kind)
    assert (RUNS[kind] == "kubernetes:apps/v1:StatefulSet") is (kind == "singleton")


def test_only_what_has_traffic_to_judge_by_has_a_second_service_for_the_new_pods(
    plan: Plan, kind: Kind
) -> None:
    names = {found["metadata"]["name"] for found in services(plan)}
    assert names == ({"api", f"api{CANARY_SUFFIX}"} if kind == "web" else {"api"})


def test_both_services_stand_before_the_rollout_which_refuses_to_begin_without_them() -> None:
    plan = PLANS["web"]
    (rollout,) = plan.of_type(RUNS["web"])
    before = {plan[urn].type.rpartition(":")[2] for urn in rollout.dependencies}
    assert {"Service", "AnalysisTemplate", "ServiceAccount"} <= before


def test_what_rollouts_writes_into_the_services_is_left_alone_and_nothing_else() -> None:
    ignored = {
        kind: {found.options.ignore_changes for found in PLANS[kind].of_type("kubernetes:core/v1:Service")}
        for kind in KINDS
    }
    assert ignored["web"] == {("spec.selector",)}
    assert all(ignored[kind] == {()} for kind in KINDS if kind != "web")


def test_where_an_autoscaler_decides_the_number_of_pods_is_never_said(kind: Kind) -> None:
    assert workload(PLANS[kind], kind)["replicas"] == 2
    assert "replicas" not in workload(planned(kind, replicas=None), kind)


def test_a_drain_may_always_take_one_pod_and_never_more_than_a_tenth(plan: Plan) -> None:
    spec = the(plan, "PodDisruptionBudget")["spec"]
    assert "minAvailable" not in spec, "with as many as there are, no machine could ever be drained"
    share = int(spec["maxUnavailable"].removesuffix("%")) / 100
    assert [math.ceil(share * replicas) for replicas in (1, 3, 100)] == [1, 1, 10]
    assert spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_pod_that_ends_is_drained_first_and_has_time_left_to_finish(plan: Plan, kind: Kind) -> None:
    (container,) = pod(plan, kind)["containers"]
    drain = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    left = pod(plan, kind)["terminationGracePeriodSeconds"] - drain
    assert drain == DRAIN_SECONDS
    assert left == GRACE_SECONDS[kind] - DRAIN_SECONDS
    assert left >= {"web": 30, "singleton": 30, "worker": 100, "observer": 10}[kind]


def test_traffic_the_probes_and_the_policy_meet_at_the_containers_port(plan: Plan, kind: Kind) -> None:
    (container,) = pod(plan, kind)["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == 9000
    (ingress,) = the(plan, "NetworkPolicy")["spec"]["ingress"]
    probes = [
        container[name]["httpGet"]["port"] for name in ("startupProbe", "readinessProbe", "livenessProbe")
    ]
    targets = [found["spec"]["ports"][0]["targetPort"] for found in services(plan)]
    assert {port["name"]} == {ingress["ports"][0]["port"], *targets, *probes}


def test_new_pods_come_before_old_ones_go(plan: Plan, kind: Kind) -> None:
    spec = workload(plan, kind)
    pace = {
        "web": lambda: spec["strategy"]["canary"],
        "worker": lambda: spec["strategy"]["rollingUpdate"],
        "observer": lambda: spec["strategy"]["rollingUpdate"],
        "singleton": lambda: {"maxUnavailable": 0},  # the one goes first, for who acts alone
    }[kind]()
    assert pace["maxUnavailable"] == 0


def test_in_come_the_named_callers_who_measures_and_for_customers_the_gateway(kind: Kind) -> None:
    plan = planned(kind, callers=["dashboard", "worker"])
    (rule,) = the(plan, "NetworkPolicy")["spec"]["ingress"]
    pods = [peer["podSelector"]["matchLabels"] for peer in rule["from"] if "podSelector" in peer]
    assert [labels["app.kubernetes.io/name"] for labels in pods] == ["dashboard", "worker"]
    spaces = [
        peer["namespaceSelector"]["matchLabels"] for peer in rule["from"] if "namespaceSelector" in peer
    ]
    named = {labels["kubernetes.io/metadata.name"] for labels in spaces}
    assert named == ({MONITORING, GATEWAY} if kind == "web" else {MONITORING})


def test_a_service_that_names_no_callers_is_called_by_no_other_service(plan: Plan) -> None:
    (rule,) = the(plan, "NetworkPolicy")["spec"]["ingress"]
    assert rule["from"], "an empty list would let everybody in"
    assert not any("podSelector" in peer for peer in rule["from"])


def test_only_the_listed_ways_out_are_open(plan: Plan) -> None:
    within, *openings = the(plan, "NetworkPolicy")["spec"]["egress"]
    assert within["to"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/part-of": "trading-platform"}
    seen = [(rule["to"][0]["ipBlock"], rule["ports"][0]["port"]) for rule in openings]
    assert seen == [
        ({"cidr": "10.16.0.0/16"}, 5432),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}, 443),
    ]


def test_the_pod_runs_under_its_own_identity(plan: Plan, kind: Kind) -> None:
    account = the(plan, "ServiceAccount")
    assert pod(plan, kind)["serviceAccountName"] == account["metadata"]["name"] == "api"
    assert account["metadata"]["annotations"] == {"cloud/role": "api"}
    assert account["automountServiceAccountToken"] is False
