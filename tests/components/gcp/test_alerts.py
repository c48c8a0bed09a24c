"""What alerts promise: people hear of it by mail, machines by a topic that nobody else writes to."""

from __future__ import annotations

from functools import cache

import pulumi
from pulumi_gcp import monitoring, pubsub

from components.gcp.agents import agent
from components.gcp.alarm import Metric, alarm
from components.gcp.alerts import Alerts, AlertsArgs
from plan.resource import Plan
from tests.components.gcp.kit import ELSEWHERE, NAMING, NUMBER, PROJECT, REGION, deploy, key
from tests.components.kit import before, every, said, sources, the, token

EMAIL = "sre@example.com"
WEEK = 7 * 86_400


@cache
def alerts() -> Plan:
    def program(opts: pulumi.ResourceOptions) -> None:
        part = Alerts(
            "alerts",
            AlertsArgs(
                naming=NAMING,
                number=NUMBER,
                key=key("logs", "us"),
                email=EMAIL,
                regions=[REGION, ELSEWHERE],
            ),
            opts,
        )
        alarm(
            part,
            "late",
            Metric(type="x/lag", resource="x", labels={}, above=1),
            naming=NAMING,
            channels=part.channels,
            description="Something is late.",
        )

    return deploy(program)


def test_people_hear_by_mail() -> None:
    channel = the(alerts(), monitoring.NotificationChannel, "alerts-email")
    assert (said(channel, "type"), said(channel, "labels")) == ("email", {"email_address": EMAIL})


def test_machines_hear_through_the_topic() -> None:
    plan = alerts()
    channel = the(plan, monitoring.NotificationChannel, "alerts-topic")
    assert said(channel, "type") == "pubsub"
    assert said(channel, "labels") == {"topic": f"projects/{PROJECT}/topics/trading-dev-alerts"}
    assert sources(plan, channel, "labels") == {"alerts-topic"}


def test_whose_they_are_does_not_get_among_the_words_that_make_a_channel() -> None:
    for channel in every(alerts(), monitoring.NotificationChannel):
        assert set(channel.inputs["userLabels"]) >= {"environment", "owner"}  # type: ignore[arg-type]
        assert len(channel.inputs["labels"]) == 1  # type: ignore[arg-type]


def test_an_alarm_tells_both_and_comes_after_the_right_to_publish() -> None:
    plan = alerts()
    policy = the(plan, monitoring.AlertPolicy)
    assert sources(plan, policy, "notificationChannels") == {"alerts-email", "alerts-topic"}
    assert (token(pubsub.TopicIAMMember), "alerts-topic") in before(plan, policy)


def test_cloud_monitoring_publishes_and_nobody_else() -> None:
    plan = alerts()
    publisher = the(plan, pubsub.TopicIAMMember)
    assert said(publisher, "role") == "roles/pubsub.publisher"
    assert said(publisher, "member") == agent("monitoring.googleapis.com", NUMBER)
    assert sources(plan, publisher, "topic") == {"alerts-topic"}


def test_messages_lie_under_the_key_and_in_the_regions_of_the_platform() -> None:
    topic = the(alerts(), pubsub.Topic)
    assert said(topic, "kmsKeyName") == key("logs", "us")
    assert said(topic, "messageStoragePolicy", "allowedPersistenceRegions") == [REGION, ELSEWHERE]


def test_an_alarm_from_elsewhere_is_not_refused() -> None:
    assert not said(the(alerts(), pubsub.Topic), "messageStoragePolicy", "enforceInTransit")


def test_who_connects_a_pager_later_can_ask_what_was_said_in_the_week_before() -> None:
    assert said(the(alerts(), pubsub.Topic), "messageRetentionDuration") == f"{WEEK}s"


def test_the_outside_learns_the_topic_both_channels_and_which_one_is_the_mail() -> None:
    plan = alerts()
    email, machines = (
        the(plan, monitoring.NotificationChannel, f"alerts-{name}").outputs["name"]
        for name in ("email", "topic")
    )
    (part,) = plan.of_type("trading-platform:gcp:Alerts")
    assert part.outputs == {
        "topic_id": the(plan, pubsub.Topic).id,
        "email_channel_id": email,
        "channels": [email, machines],
    }
