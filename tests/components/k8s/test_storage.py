from __future__ import annotations

import pytest
from pulumi import ResourceOptions

from components.contracts import Volumes
from components.k8s.storage import Storage, StorageArgs
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the

VOLUMES = Volumes(provisioner="csi.example.com", parameters={"type": "quick", "key": "ours"})


@pytest.fixture(scope="module")
def plan() -> Plan:
    args = StorageArgs(labels=LABELS, volumes=VOLUMES)
    return deploy(lambda provider: Storage("storage", args, ResourceOptions(provider=provider)))


def test_a_pod_that_does_not_say_gets_an_encrypted_disk_that_goes_with_its_claim(plan: Plan) -> None:
    fast = the(plan, "StorageClass", "storage-fast")
    assert fast["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert fast["reclaimPolicy"] == "Delete"
    assert fast["parameters"] == {"type": "quick", "key": "ours"}


def test_what_cannot_be_had_again_has_a_disk_that_stays(plan: Plan) -> None:
    kept = the(plan, "StorageClass", "storage-fast-retained")
    assert kept["reclaimPolicy"] == "Retain"
    assert "annotations" not in kept["metadata"], "of two defaults nobody knows which one counts"


def test_a_disk_is_made_where_its_pod_runs_and_can_grow(plan: Plan) -> None:
    for name in ("storage-fast", "storage-fast-retained"):
        made = the(plan, "StorageClass", name)
        assert made["volumeBindingMode"] == "WaitForFirstConsumer"
        assert made["allowVolumeExpansion"] is True


def test_snapshots_are_taken_by_the_driver_of_the_disks_and_found_by_velero(plan: Plan) -> None:
    made = the(plan, "VolumeSnapshotClass")
    assert made["driver"] == the(plan, "StorageClass", "storage-fast")["provisioner"]
    assert made["metadata"]["labels"]["velero.io/csi-volumesnapshot-class"] == "true"
    assert made["deletionPolicy"] == "Delete", "its copy is in the bucket; each one left would cost for ever"


def test_the_names_that_others_use_are_those_of_the_classes(plan: Plan) -> None:
    part = next(one for one in plan if one.type.endswith(":Storage"))
    assert part.outputs["default_class"] == the(plan, "StorageClass", "storage-fast")["metadata"]["name"]
