"""What the environment may cost in a month, and who hears of it before it does.

Only what carries the environment's own tags is counted, so that two environments in one account do
not raise each other's alarms. AWS counts by a tag from the day on which the account that pays has
made it a *cost allocation tag* (Billing console): before that, the budget sees nothing.

A budget says that the month is spent; the anomaly monitor says that yesterday was not like other days,
which after a stolen key is three weeks earlier. It is of our own making (``CUSTOM``): of the ready-made
kind an account has one, which may be there already. It takes one tag, so it watches ``environment``.

Sources: AWS, *Managing your costs with AWS Budgets*, *Getting started with AWS Cost Anomaly Detection*;
Cost Explorer API reference, *Impact*.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import budgets, costexplorer

from components.base import Part
from components.naming import Naming
from components.tagging import Tags

__all__ = ["ALARMS", "COUNTED_TAGS", "Budget", "BudgetArgs"]

ALARMS: Final = (("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""What is compared with the limit, and from which percentage of it on."""
COUNTED_TAGS: Final = ("project", "environment")
WATCHED_TAG: Final = "environment"
SMALLEST_ANOMALY: Final = 10
"""US dollars; less than that is not worth a mail, however small the budget."""
NOTABLE_SHARE: Final = Decimal("0.1")
"""Of a day's part of the budget."""
DAYS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetArgs:
    """How much, of what, and who is told."""

    naming: Naming
    tags: Tags
    monthly: Decimal
    """US dollars."""
    email: str
    anomalies: bool = True
    """Whether unusual days are looked for. Not in a member of an organisation: there AWS lets only the
    account that pays watch a tag, and refuses the monitor."""


class Budget(Part):
    """A monthly cost budget with its alarms, and a watch on days that are unlike the others."""

    budget_name: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        tags = args.tags.as_map()
        budget = budgets.Budget(
            self.named("monthly"),
            name=args.naming.of("budget", "monthly"),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=str(args.monthly),
            limit_unit="USD",
            metrics="UnblendedCost",
            # Not cost_filters: the values of one filter are alternatives, and both tags must match.
            filter_expression=budgets.BudgetFilterExpressionArgs(
                ands=[
                    budgets.BudgetFilterExpressionAndArgs(
                        tags=budgets.BudgetFilterExpressionAndTagsArgs(key=key, values=[tags[key]])
                    )
                    for key in COUNTED_TAGS
                ]
            ),
            notifications=[
                budgets.BudgetNotificationArgs(
                    notification_type=kind,
                    comparison_operator="GREATER_THAN",
                    threshold=percentage,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=[args.email],
                )
                for kind, percentage in ALARMS
            ],
            opts=ResourceOptions(parent=self),
        )
        if args.anomalies:
            self._anomalies()
        self.budget_name = budget.name
        self.finish()

    def _anomalies(self) -> None:
        args = self._args
        monitor = costexplorer.AnomalyMonitor(
            self.named("anomalies"),
            name=args.naming.of("anomaly-monitor", "costs"),
            monitor_type="CUSTOM",
            monitor_specification=_specification(f"user:{WATCHED_TAG}", args.tags.as_map()[WATCHED_TAG]),
            opts=ResourceOptions(parent=self),
        )
        costexplorer.AnomalySubscription(
            self.named("anomalies"),
            name=args.naming.of("anomaly-subscription", "costs"),
            frequency="DAILY",  # by email AWS sends daily or weekly
            monitor_arn_lists=[monitor.arn],
            subscribers=[
                costexplorer.AnomalySubscriptionSubscriberArgs(type="EMAIL", address=args.email),
            ],
            # Dollars alone, and no percentage: AWS has none where nothing was expected, so the first
            # day of a service that nobody here uses would not be told.
            threshold_expression=costexplorer.AnomalySubscriptionThresholdExpressionArgs(
                dimension=costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
                    key="ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                    match_options=["GREATER_THAN_OR_EQUAL"],
                    values=[str(_notable(args.monthly))],
                )
            ),
            opts=ResourceOptions(parent=self),
        )


def _notable(monthly: Decimal) -> int:
    """From how many dollars on an unusual day is worth a mail: a tenth of a day's budget."""
    return max(SMALLEST_ANOMALY, math.ceil(monthly / DAYS * NOTABLE_SHARE))


def _specification(key: str, value: str) -> str:
    """One tag, as Cost Explorer spells it.

    Whole, with every null: AWS answers so, and a shorter text would be another one to the provider,
    which then makes a new monitor at each deployment and forgets what was usual.
    """
    return json.dumps(
        {
            "And": None,
            "CostCategories": None,
            "Dimensions": None,
            "Not": None,
            "Or": None,
            "Tags": {"Key": key, "MatchOptions": None, "Values": [value]},
        }
    )
