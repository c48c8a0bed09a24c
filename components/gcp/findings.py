"""Which findings of Security Command Center wake somebody, and how.

Only what is serious goes out at once: new, not muted, and of severity high or critical. The rest waits in
Security Command Center's list for the next working day. Google publishes each finding to a topic of its
own, and an alarm counts what is published there: so the mail says that there is one, and the list says
what it is. A pager that wants the whole finding subscribes to the topic.

Made where ``audit.manage_account_baseline`` says that the project is the stack's own. It needs Security
Command Center to be activated for the project or its organisation (Standard costs nothing; threats are
seen from Premium on), and who deploys needs ``roles/securitycenter.notificationConfigEditor`` on the
project. Google gives its own publisher the role on the topic when it makes the notification; it stands
here all the same, as a topic whose publisher lost it says nothing, and nobody notices.

Sources: Security Command Center, *Enable finding notifications for Pub/Sub*, *Filtering notifications*,
*IAM roles*; Pub/Sub, *Monitoring* (``send_message_operation_count``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import pubsub, securitycenter

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["SERIOUS", "tell"]

SERIOUS: Final = 'state="ACTIVE" AND NOT mute="MUTED" AND (severity="HIGH" OR severity="CRITICAL")'
"""Which findings go out, in Security Command Center's filter language."""
KEPT_SECONDS: Final = 7 * 24 * 60 * 60
"""A subscription that is made later can be set back to what was said so long ago."""


def tell(
    part: Part,
    *,
    naming: Naming,
    key: pulumi.Input[str],
    regions: Sequence[str],
    channels: Sequence[pulumi.Input[str]],
) -> pulumi.Output[str]:
    """A topic of the part, what publishes to it, and an alarm on it. Returns the topic's id.

    ``key`` encrypts the messages, which name holes in the platform; they are kept in ``regions``.
    """
    topic = pubsub.Topic(
        part.named("findings"),
        name=naming.of("pubsub-topic", "findings"),
        kms_key_name=key,
        message_retention_duration=f"{KEPT_SECONDS}s",
        message_storage_policy=pubsub.TopicMessageStoragePolicyArgs(
            allowed_persistence_regions=list(regions)
        ),
        opts=ResourceOptions(parent=part),
    )
    notices = securitycenter.V2ProjectNotificationConfig(
        part.named("findings"),
        config_id=naming.of("scc-notification", "findings"),
        description="Findings that somebody must hear of at once",
        location="global",
        pubsub_topic=topic.id,
        streaming_config=securitycenter.V2ProjectNotificationConfigStreamingConfigArgs(filter=SERIOUS),
        opts=ResourceOptions(parent=part),
    )
    pubsub.TopicIAMMember(
        part.named("findings"),
        topic=topic.id,
        role="roles/pubsub.publisher",
        member=pulumi.Output.concat("serviceAccount:", notices.service_account),
        opts=ResourceOptions(parent=part),
    )
    alarm(
        part,
        "findings",
        Metric(
            type="pubsub.googleapis.com/topic/send_message_operation_count",
            resource="pubsub_topic",
            labels={"resource.labels.topic_id": topic.name},
            above=0,
            aligner="ALIGN_SUM",
            reducer="REDUCE_SUM",
            seconds=300,
        ),
        naming=naming,
        channels=channels,
        severity="CRITICAL",
        description=(
            "Security Command Center has found something serious: open Findings, newest first. A threat: "
            "contain first, understand later; close off the identity or the machine that it names. A hole: "
            "mend it, or mute the finding and write there why."
        ),
    )
    return topic.id
