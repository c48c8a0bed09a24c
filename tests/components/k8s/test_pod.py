from __future__ import annotations

import pytest

from components.k8s.pod import SECRETS_PATH
from components.k8s.services import Kind
from tests.components.k8s.workload import KINDS, planned, pod, workload

PLANS = {kind: planned(kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pod_keeps_the_restricted_standard(kind: Kind) -> None:
    spec = pod(PLANS[kind], kind)
    (container,) = spec["containers"]
    security = container["securityContext"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["readOnlyRootFilesystem"] is True
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_only_who_holds_a_lease_gets_a_token_of_the_cluster_and_that_ends_within_the_hour(kind: Kind) -> None:
    spec = pod(PLANS[kind], kind)
    assert spec["automountServiceAccountToken"] is False
    tokens = [
        source["serviceAccountToken"]
        for volume in spec["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
        if "serviceAccountToken" in source
    ]
    assert len(tokens) == (1 if kind == "singleton" else 0)
    assert all(token["expirationSeconds"] <= 3600 for token in tokens)


@pytest.mark.parametrize("kind", KINDS)
def test_every_volume_is_mounted_and_every_mount_has_its_volume(kind: Kind) -> None:
    spec = pod(planned(kind, secret_name="api", files={"/etc/a": "a", "/etc/b": "b"}), kind)
    (container,) = spec["containers"]
    assert {volume["name"] for volume in spec["volumes"]} == {
        mount["name"] for mount in container["volumeMounts"]
    }


def test_secrets_are_files_that_follow_a_rotation_and_never_variables() -> None:
    spec = pod(planned("web", secret_name="api"), "web")
    (container,) = spec["containers"]
    (mount,) = [one for one in container["volumeMounts"] if one["mountPath"] == SECRETS_PATH]
    (volume,) = [one for one in spec["volumes"] if one["name"] == mount["name"]]
    assert "subPath" not in mount, "a file that is mounted alone is never renewed"
    assert "optional" not in volume["secret"], "a service must not start without what it needs"
    assert not any("secretKeyRef" in str(variable) for variable in container["env"])
    assert not any("secretRef" in source for source in container["envFrom"])


def test_a_service_without_secrets_waits_for_none() -> None:
    assert not any("secret" in volume for volume in pod(PLANS["web"], "web")["volumes"])


def test_the_secrets_can_be_read_by_the_images_own_user_and_by_nobody_else() -> None:
    spec = pod(planned("web", secret_name="api"), "web")
    (volume,) = [one for one in spec["volumes"] if "secret" in one]
    assert volume["secret"]["defaultMode"] == 0o440
    assert spec["securityContext"]["fsGroup"]


def test_only_what_may_be_interrupted_runs_where_machines_are_taken_back() -> None:
    assert "tolerations" not in pod(PLANS["worker"], "worker")
    (toleration,) = pod(planned("worker", interruptible=True), "worker")["tolerations"]
    assert toleration["effect"] == "NoSchedule"


@pytest.mark.parametrize("kind", KINDS)
def test_memory_is_bounded_by_what_is_asked_for_and_cpu_is_not_throttled(kind: Kind) -> None:
    resources = pod(PLANS[kind], kind)["containers"][0]["resources"]
    assert resources["limits"] == {"memory": resources["requests"]["memory"]}


@pytest.mark.parametrize("kind", KINDS)
def test_pods_of_one_service_keep_apart_from_each_other_over_zones_and_machines(kind: Kind) -> None:
    labels = workload(PLANS[kind], kind)["template"]["metadata"]["labels"]
    spread = pod(PLANS[kind], kind)["topologySpreadConstraints"]
    assert {one["topologyKey"] for one in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for one in spread:
        assert one["labelSelector"]["matchLabels"].items() <= labels.items()
