"""What the environment may cost in a month, and who hears of it before it does.

The budget sees its whole project: Google counts by a label only what carries labels, which traffic, disks
that pods made and support do not. Two environments in one project would raise each other's alarms; each
has a project of its own. The month begins at midnight in California, and what is spent is known hours
later, some of it after a day: a budget tells, it stops nothing.

Mails go to the channel alone, not to everybody who has a role in the billing account. Its topic is for a
machine that acts: several times a day it is told what was spent, whether or not a threshold was passed,
so it is not the topic of the alarms.

There is no anomaly monitor to make: Google looks at each billing account for days that are unlike the
others without being asked, and tells those who have a role in the account (*Anomalies*, in its console).

Whoever deploys needs ``roles/billing.costsManager`` on the billing account. Where the organisation lets
only its own members into policies (domain restricted sharing), it has to let Google's sender in as well.

Sources: Cloud Billing, *Create, edit, or delete budgets*, *Set up programmatic notifications*, *Customize
budget alert email recipients* (mail channels only), *View and manage cost anomalies*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import billing, pubsub

from components.base import Part
from components.naming import Naming

__all__ = ["ALARMS", "Budget", "BudgetArgs"]

ALARMS: Final = (
    ("CURRENT_SPEND", 0.5),
    ("CURRENT_SPEND", 0.8),
    ("CURRENT_SPEND", 1.0),
    ("FORECASTED_SPEND", 1.0),
)
"""What is compared with the amount, and from which share of it on."""
SENDER: Final = "serviceAccount:billing-budget-alert@system.gserviceaccount.com"
"""Who Cloud Billing is when it publishes, in every project of the world."""
NANOS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetArgs:
    """How much, of which project, and who is told."""

    naming: Naming
    billing_account: str
    """For example ``012345-6789AB-CDEF01``: who pays."""
    number: str
    """The number of the project that is counted."""
    monthly: Decimal
    """US dollars. An account that pays in another currency refuses them, rather than count wrongly."""
    channels: Sequence[pulumi.Input[str]]
    """Mail channels, five at most: Cloud Billing takes no other kind."""
    key: pulumi.Input[str]
    """Encrypts the topic's messages."""
    regions: Sequence[str]
    """Messages are kept in these."""


class Budget(Part):
    """A monthly budget with its alarms, and a topic for a machine that acts on it."""

    budget_name: pulumi.Output[str]
    topic_id: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        topic, publisher = self._topic(args)
        budget = billing.Budget(
            self.named("monthly"),
            billing_account=args.billing_account,
            display_name=args.naming.of("billing-budget", "monthly"),
            amount=billing.BudgetAmountArgs(specified_amount=_amount(args.monthly)),
            budget_filter=billing.BudgetBudgetFilterArgs(
                projects=[f"projects/{args.number}"], calendar_period="MONTH"
            ),
            threshold_rules=[
                billing.BudgetThresholdRuleArgs(spend_basis=basis, threshold_percent=share)
                for basis, share in ALARMS
            ],
            all_updates_rule=billing.BudgetAllUpdatesRuleArgs(
                monitoring_notification_channels=list(args.channels),
                disable_default_iam_recipients=True,
                pubsub_topic=topic.id,
                schema_version="1.0",
            ),
            opts=ResourceOptions(parent=self, depends_on=[publisher]),
        )
        self.budget_name = budget.name
        self.topic_id = topic.id
        self.finish()

    def _topic(self, args: BudgetArgs) -> tuple[pubsub.Topic, pubsub.TopicIAMMember]:
        topic = pubsub.Topic(
            self.named("topic"),
            name=args.naming.of("pubsub-topic", "budget"),
            kms_key_name=args.key,
            message_storage_policy=pubsub.TopicMessageStoragePolicyArgs(
                allowed_persistence_regions=list(args.regions)
            ),
            opts=ResourceOptions(parent=self),
        )
        # Cloud Billing grants it as well, once, when the topic is connected. Said here it is seen here,
        # and comes back if somebody takes it away.
        publisher = pubsub.TopicIAMMember(
            self.named("topic"),
            topic=topic.id,
            role="roles/pubsub.publisher",
            member=SENDER,
            opts=ResourceOptions(parent=self),
        )
        return topic, publisher


def _amount(monthly: Decimal) -> billing.BudgetAmountSpecifiedAmountArgs:
    """Whole units and billionths of one, as Google counts money."""
    units, rest = divmod(monthly, 1)
    return billing.BudgetAmountSpecifiedAmountArgs(
        currency_code="USD", units=str(units), nanos=int(rest * NANOS) or None
    )
