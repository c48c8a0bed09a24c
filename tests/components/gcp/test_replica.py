"""What is promised of a bucket in two regions: somebody hears before its copy is late, and when it is."""

from __future__ import annotations

from functools import cache
from typing import Final

import pulumi
import pytest
from pulumi_gcp import monitoring, storage

from components.gcp.replica import Replica, ReplicaArgs
from components.gcp.storage import Storage, StorageArgs
from components.naming import Naming
from config.dual_region import place
from plan.resource import Plan, Resource
from tests.components.gcp.kit import CHANNELS, PROJECT, REGION, deploy, key
from tests.components.kit import every, said, sources, the

PURPOSES: Final = ("data", "audit")
THRESHOLD: Final = ("conditions", 0, "conditionThreshold")


@cache
def watched() -> Plan:
    """Two buckets in two regions, and what watches them."""

    def program(opts: pulumi.ResourceOptions) -> None:
        args = StorageArgs(
            naming=Naming("prod"),
            project=PROJECT,
            place=place(REGION, "us-west1"),
            data_key=key("data", "us"),
            log_key=key("logs", "us"),
            noncurrent_days=30,
            audit_days=365,
            protect=True,
        )
        made = Storage("storage", args, opts)
        Replica(
            "replica",
            ReplicaArgs(naming=Naming("prod"), channels=CHANNELS, data=made.data, audit=made.audit),
            opts,
        )

    return deploy(program)


def ring(purpose: str, kind: str) -> Resource:
    """One alarm."""
    return the(watched(), monitoring.AlertPolicy, f"replica-{purpose}-{kind}")


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(("kind", "metric"), [("late", "turbo_max_delay"), ("missed", "meeting_rpo")])
def test_each_bucket_is_watched_by_its_own_name(purpose: str, kind: str, metric: str) -> None:
    plan, found = watched(), ring(purpose, kind)
    name = said(the(plan, storage.Bucket, f"storage-{purpose}"), "name")
    assert said(found, *THRESHOLD, "filter") == (
        f'metric.type = "storage.googleapis.com/replication/{metric}" AND resource.type = "gcs_bucket"'
        f' AND resource.labels.bucket_name = "{name}"'
    )
    assert sources(plan, found, "conditions") == {f"storage-{purpose}"}


def test_nothing_else_is_made_as_google_copies_by_itself() -> None:
    own = [one for one in watched() if one.name.startswith("replica-")]
    assert {one.name for one in own} == {
        f"replica-{purpose}-{kind}" for purpose in PURPOSES for kind in ("late", "missed")
    }
    assert len(every(watched(), monitoring.AlertPolicy)) == len(own)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_the_first_word_comes_while_there_is_time_and_the_second_when_there_is_none(purpose: str) -> None:
    late, missed = ring(purpose, "late"), ring(purpose, "missed")
    assert said(late, *THRESHOLD, "comparison") == "COMPARISON_GT"
    assert 0 < int(str(said(late, *THRESHOLD, "thresholdValue"))) < 15 * 60
    assert said(missed, *THRESHOLD, "comparison") == "COMPARISON_LT"
    assert said(missed, *THRESHOLD, "thresholdValue") == 1
    assert said(missed, *THRESHOLD, "aggregations", 0, "perSeriesAligner") == "ALIGN_FRACTION_TRUE"
    assert [said(one, "severity") for one in (late, missed)] == ["WARNING", "ERROR"]


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("kind", ["late", "missed"])
def test_a_sample_that_comes_late_wakes_nobody_and_a_real_delay_wakes_all(purpose: str, kind: str) -> None:
    found = ring(purpose, kind)
    assert said(found, *THRESHOLD, "evaluationMissingData") == "EVALUATION_MISSING_DATA_NO_OP"
    assert int(str(said(found, *THRESHOLD, "duration")).removesuffix("s")) >= 210, "as late as Google may be"
    assert said(found, "notificationChannels") == list(CHANNELS)
    assert purpose in str(said(found, "documentation", "content"))
