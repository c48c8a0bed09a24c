"""What alerts promise: whoever may ring is let in, nobody else is, and people hear of it."""

from __future__ import annotations

from typing import Any

from pulumi_aws import cloudwatch, sns

from components.aws.alerts import PUBLISHERS
from tests.components.aws.kit import ACCOUNT, REGION, key
from tests.components.aws.support_audit import DEV, EMAIL, PROD, watched
from tests.components.aws.support_data import address, document
from tests.components.kit import before, every, said, sources, the

EVENTBRIDGE = "events.amazonaws.com"


def policy() -> list[dict[str, Any]]:
    return document(watched(), sns.TopicPolicy, "alerts-topic")


def allowed() -> list[dict[str, Any]]:
    return [one for one in policy() if one["Effect"] == "Allow"]


def test_messages_lie_under_the_key_of_the_logs() -> None:
    topic = the(watched(), sns.Topic)
    assert said(topic, "kmsMasterKeyId") == key("logs")
    assert said(topic, "signatureVersion") == 2


def test_people_hear_by_email() -> None:
    plan = watched()
    subscription = the(plan, sns.TopicSubscription)
    assert sources(plan, subscription, "topic") == {"alerts-topic"}
    assert (said(subscription, "protocol"), said(subscription, "endpoint")) == ("email", EMAIL)


def test_the_sender_says_which_environment_and_which_region() -> None:
    assert said(the(watched(PROD), sns.Topic), "displayName") == f"trading-prod {REGION}"
    assert said(the(watched(DEV), sns.Topic), "displayName") == f"trading-dev {REGION}"


def test_who_is_told_of_the_topic_comes_after_the_policy_that_lets_it_in() -> None:
    plan = watched()
    users = [*every(plan, cloudwatch.MetricAlarm), *every(plan, cloudwatch.EventTarget)]
    assert len(users) > 10
    for user in users:
        assert address(sns.TopicPolicy, "alerts-topic") in before(plan, user), user.name


def test_the_policy_is_about_this_topic_and_publishing_and_nothing_else() -> None:
    plan = watched()
    topic = the(plan, sns.Topic).outputs["arn"]
    assert sources(plan, the(plan, sns.TopicPolicy), "arn") == {"alerts-topic"}
    assert {(one["Action"], one["Resource"]) for one in policy()} == {("sns:Publish", topic)}


def test_nobody_publishes_without_tls() -> None:
    (denied,) = (one for one in policy() if one["Effect"] == "Deny")
    assert denied["Principal"] == "*"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_services_publish_on_behalf_of_this_account_alone() -> None:
    (found,) = (one for one in allowed() if one["Principal"] != {"Service": EVENTBRIDGE})
    assert found["Principal"] == {"Service": list(PUBLISHERS)}
    assert found["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert EVENTBRIDGE not in PUBLISHERS


def test_eventbridge_is_let_in_without_a_condition_that_it_can_never_fulfil() -> None:
    (found,) = (one for one in allowed() if one["Principal"] == {"Service": EVENTBRIDGE})
    assert "Condition" not in found


def test_no_person_and_no_other_account_is_let_in() -> None:
    assert all(set(one["Principal"]) == {"Service"} for one in allowed())
