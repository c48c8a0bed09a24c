"""Where a region's own alarms go: one topic, whose messages reach people by email.

Every region has its own, so that the loss of one takes no alarm of the other with it. AWS asks each
address to confirm, once in each region; until somebody has, that region's alarms reach nobody, and
the subscription can be taken away by nobody but AWS.

A publisher needs two doors open: this topic's policy, and the policy of the key that its messages are
encrypted with (`components.aws.keys`).

Sources: Amazon SNS developer guide, *Access control example cases* and *Managing encryption keys*;
Amazon EventBridge user guide, *Using resource-based policies* (no condition in a topic's policy).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import sns

from components.aws.document import document
from components.base import Part
from components.naming import Naming

__all__ = ["PUBLISHERS", "Alerts", "AlertsArgs"]

PUBLISHERS: Final = (
    "backup.amazonaws.com",
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "costalerts.amazonaws.com",
)
"""Services that say on whose behalf they publish. EventBridge publishes too, and does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsArgs:
    """Whose alarms, and who is told."""

    naming: Naming
    account: str
    region: str
    log_key_arn: pulumi.Input[str]
    """The key of the messages, which name findings and addresses."""
    email: str

    @property
    def topic_arn(self) -> str:
        """The ARN follows from the name, so the policy is known, and judged, before anything is made."""
        return f"arn:aws:sns:{self.region}:{self.account}:{self.naming.of('topic', 'alerts')}"


class Alerts(Part):
    """The topic, who may write to it, and who reads it."""

    topic_id: pulumi.Output[str]

    def __init__(self, name: str, args: AlertsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        topic = sns.Topic(
            self.named("topic"),
            name=args.naming.of("topic", "alerts"),
            display_name=f"{args.naming.prefix} {args.region}",  # the sender that a woken person sees
            kms_master_key_id=args.log_key_arn,
            signature_version=2,
            opts=ResourceOptions(parent=self),
        )
        policy = sns.TopicPolicy(
            self.named("topic"), arn=topic.arn, policy=_policy(args), opts=ResourceOptions(parent=self)
        )
        sns.TopicSubscription(
            self.named("email"),
            topic=topic.arn,
            protocol="email",
            endpoint=args.email,
            opts=ResourceOptions(parent=self),
        )
        # by way of the policy: who knows the topic comes after it, and is let in
        self.topic_id = policy.arn
        self.finish()


def _policy(args: AlertsArgs) -> str:
    return document(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": args.topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {
            "Sid": "AlarmsOfThisAccount",
            "Effect": "Allow",
            "Principal": {"Service": list(PUBLISHERS)},
            "Action": "sns:Publish",
            "Resource": args.topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": args.account}},
        },
        {
            # EventBridge names no source here: under a condition nothing would ever arrive, and
            # only a counter of failed invocations would tell.
            "Sid": "RulesOfEventBridge",
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": args.topic_arn,
        },
    )
