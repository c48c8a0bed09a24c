from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.services import DRAIN_SECONDS, GRACE_SECONDS, Opening, Service, ServiceArgs
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the

IMAGE = "registry.example.com/trading/api@sha256:" + "0" * 64


@pytest.fixture(scope="module")
def plan() -> Plan:
    args = ServiceArgs(
        service="api",
        namespace="trading",
        labels=LABELS,
        image=IMAGE,
        port=9000,
        replicas=2,
        cpu="250m",
        memory="256Mi",
        config_map_name="platform",
        variables={"DATABASE_USER": "api"},
        service_account_annotations={"cloud/role": "api"},
        openings=[Opening("10.16.0.0/16", 5432), Opening("0.0.0.0/0", 443, but=["10.0.0.0/8"])],
    )
    return deploy(lambda provider: Service("api", args, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def deployment(plan: Plan) -> dict[str, Any]:
    return the(plan, "Deployment")["spec"]


@pytest.fixture(scope="module")
def pod(deployment: dict[str, Any]) -> dict[str, Any]:
    return deployment["template"]["spec"]


def test_the_service_the_budget_and_the_spread_select_just_the_pods_of_the_deployment(
    plan: Plan, deployment: dict[str, Any], pod: dict[str, Any]
) -> None:
    labels = deployment["template"]["metadata"]["labels"]
    spread = [constraint["labelSelector"]["matchLabels"] for constraint in pod["topologySpreadConstraints"]]
    for selector in (
        deployment["selector"]["matchLabels"],
        the(plan, "Service")["spec"]["selector"],
        the(plan, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        the(plan, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
        *spread,
    ):
        assert selector.items() <= labels.items()
        assert "environment" not in selector, "a selector cannot be changed: it holds nothing that may be"


def test_the_pod_keeps_the_restricted_standard(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    security = container["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["readOnlyRootFilesystem"] is True
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()


def test_the_pod_runs_under_its_own_identity_and_holds_no_token_of_the_cluster(
    plan: Plan, pod: dict[str, Any]
) -> None:
    account = the(plan, "ServiceAccount")
    assert pod["serviceAccountName"] == account["metadata"]["name"] == "api"
    assert account["metadata"]["annotations"] == {"cloud/role": "api"}
    assert pod["automountServiceAccountToken"] is account["automountServiceAccountToken"] is False


def test_a_pod_that_ends_is_drained_first_and_has_time_left_to_finish(pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] == DRAIN_SECONDS
    assert pod["terminationGracePeriodSeconds"] == GRACE_SECONDS
    assert GRACE_SECONDS - DRAIN_SECONDS >= 30


def test_traffic_the_probes_and_the_policy_meet_at_the_containers_port(
    plan: Plan, pod: dict[str, Any]
) -> None:
    (container,) = pod["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == 9000
    (service_port,) = the(plan, "Service")["spec"]["ports"]
    (ingress,) = the(plan, "NetworkPolicy")["spec"]["ingress"]
    probes = [
        container[kind]["httpGet"]["port"] for kind in ("startupProbe", "readinessProbe", "livenessProbe")
    ]
    assert {port["name"]} == {service_port["targetPort"], ingress["ports"][0]["port"], *probes}


def test_a_rollout_never_runs_with_fewer_pods_than_at_rest(deployment: dict[str, Any]) -> None:
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_memory_is_bounded_by_what_is_asked_for_and_cpu_is_not_throttled(pod: dict[str, Any]) -> None:
    resources = pod["containers"][0]["resources"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}


def test_only_the_listed_ways_out_are_open(plan: Plan) -> None:
    within, *openings = the(plan, "NetworkPolicy")["spec"]["egress"]
    assert within["to"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/part-of": "trading-platform"}
    seen = [(rule["to"][0]["ipBlock"], rule["ports"][0]["port"]) for rule in openings]
    assert seen == [
        ({"cidr": "10.16.0.0/16"}, 5432),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}, 443),
    ]
