"""Where the platform's own alarms go: people by e-mail, and machines by a topic.

Once for the whole project: alert policies are the project's and no region's (`components.gcp.alarm`), and
so is who hears of them. Google asks nobody to confirm an address: a mail channel works from the start, and
a typing error in the address is silent.

The topic is for a pager or a chat that somebody connects. Cloud Monitoring publishes to it through its
agent, and nobody else does. What it said is kept for a week, also while nobody listens: a subscription
that is made later can be set back to it (``gcloud pubsub subscriptions seek``).

Sources: Cloud Monitoring, *Create and manage notification channels* (Pub/Sub: the agent, its role);
Pub/Sub, *Message storage policies*, *Configure message encryption*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import monitoring, pubsub

from components.base import Part
from components.gcp.agents import agent
from components.naming import Naming

__all__ = ["Alerts", "AlertsArgs"]

KEPT_SECONDS: Final = 7 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsArgs:
    """Who is told, and where messages may lie."""

    naming: Naming
    number: str
    """The project's number, which the agent's address is made of."""
    key: pulumi.Input[str]
    """Encrypts the messages, which name resources and people. Not one that is lost with a region."""
    email: str
    regions: Sequence[str]
    """Messages are kept in these."""


class Alerts(Part):
    """A mail channel, a topic with its channel, and who may publish."""

    topic_id: pulumi.Output[str]
    email_channel_id: pulumi.Output[str]
    """The one kind of channel that Cloud Billing takes."""
    channels: Sequence[pulumi.Output[str]]
    """What an alert policy tells (`components.gcp.alarm`)."""

    def __init__(self, name: str, args: AlertsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        here = ResourceOptions(parent=self)
        email = monitoring.NotificationChannel(
            self.named("email"),
            display_name=args.naming.of("display-name", "alerts", "email"),
            type="email",
            labels={"email_address": args.email},
            opts=here,
        )
        topic = pubsub.Topic(
            self.named("topic"),
            name=args.naming.of("pubsub-topic", "alerts"),
            kms_key_name=args.key,
            message_retention_duration=f"{KEPT_SECONDS}s",
            # Not in transit too: an alarm that is raised elsewhere would be refused.
            message_storage_policy=pubsub.TopicMessageStoragePolicyArgs(
                allowed_persistence_regions=list(args.regions)
            ),
            opts=here,
        )
        publisher = pubsub.TopicIAMMember(
            self.named("topic"),
            topic=topic.id,
            role="roles/pubsub.publisher",
            member=agent("monitoring.googleapis.com", args.number),
            opts=here,
        )
        machines = monitoring.NotificationChannel(
            self.named("topic"),
            display_name=args.naming.of("display-name", "alerts", "topic"),
            type="pubsub",
            labels={"topic": topic.id},
            opts=ResourceOptions(parent=self, depends_on=[publisher]),
        )
        self.topic_id = topic.id
        self.email_channel_id = email.name
        self.channels = [email.name, machines.name]
        self.finish()
