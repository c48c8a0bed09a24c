"""What findings promise: the serious ones are published at once, and what is published rings."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_gcp import monitoring, pubsub, securitycenter

from tests.components.gcp.kit import CHANNELS, ELSEWHERE, REGION, key
from tests.components.gcp.support_audit import takes, watched
from tests.components.kit import said, sources, the

FINDING = {"state": "ACTIVE", "mute": "UNMUTED", "severity": "CRITICAL"}


def told(**more: str) -> bool:
    """Whether a finding goes out."""
    query = said(the(watched(), securitycenter.V2ProjectNotificationConfig), "streamingConfig", "filter")
    return takes(str(query), {**FINDING, **more})


@pytest.mark.parametrize("severity", ["HIGH", "CRITICAL"])
def test_a_serious_finding_is_told(severity: str) -> None:
    assert told(severity=severity)
    assert told(severity=severity, mute="UNDEFINED")


@pytest.mark.parametrize("other", [{"severity": "MEDIUM"}, {"state": "INACTIVE"}, {"mute": "MUTED"}], ids=str)
def test_what_is_less_or_over_or_muted_wakes_nobody(other: dict[str, str]) -> None:
    assert not told(**other)


def test_findings_have_a_topic_of_their_own_to_which_their_publisher_may_publish() -> None:
    plan = watched()
    notices = the(plan, securitycenter.V2ProjectNotificationConfig)
    grant = the(plan, pubsub.TopicIAMMember, "baseline-findings")
    assert sources(plan, notices, "pubsubTopic") == {"baseline-findings"}
    assert said(notices, "pubsubTopic") == the(plan, pubsub.Topic).id
    assert said(grant, "topic") == the(plan, pubsub.Topic).id
    assert said(grant, "role") == "roles/pubsub.publisher"
    assert said(grant, "member") == f"serviceAccount:{notices.outputs['serviceAccount']}"


def test_messages_that_name_holes_are_encrypted_and_stay_in_our_regions() -> None:
    topic = the(watched(), pubsub.Topic)
    assert said(topic, "kmsKeyName") == key("logs")
    assert said(topic, "messageStoragePolicy", "allowedPersistenceRegions") == [REGION, ELSEWHERE]


def test_whatever_is_published_rings_and_says_where_to_look() -> None:
    plan = watched()
    alarm = the(plan, monitoring.AlertPolicy, "baseline-findings")
    condition: Any = said(alarm, "conditions", 0, "conditionThreshold")
    assert "topic/send_message_operation_count" in condition["filter"]
    assert f'resource.labels.topic_id = "{said(the(plan, pubsub.Topic), "name")}"' in condition["filter"]
    assert (condition["comparison"], condition["thresholdValue"]) == ("COMPARISON_GT", 0)
    assert said(alarm, "notificationChannels") == list(CHANNELS)
    assert "Security Command Center" in str(said(alarm, "documentation", "content"))
