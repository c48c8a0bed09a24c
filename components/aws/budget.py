"""What the environment may cost in a month, and who hears of it before it does.

Only what carries the environment's own tags is counted, so that two environments in one account do
not raise each other's alarms. AWS counts by a tag from the day on which the account that pays has
made it a *cost allocation tag* (Billing console): before that, the budget sees nothing.

Source: AWS, *Managing your costs with AWS Budgets*.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import budgets

from components.base import Part
from components.naming import Naming
from components.tagging import Tags

__all__ = ["ALARMS", "COUNTED_TAGS", "Budget", "BudgetArgs"]

ALARMS: Final = (("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
"""What is compared with the limit, and from which percentage of it on."""
COUNTED_TAGS: Final = ("project", "environment")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetArgs:
    """How much, of what, and who is told."""

    naming: Naming
    tags: Tags
    monthly: Decimal
    """US dollars."""
    email: str


class Budget(Part):
    """A monthly cost budget with its alarms."""

    budget_name: pulumi.Output[str]

    def __init__(self, name: str, args: BudgetArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
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
        self.budget_name = budget.name
        self.finish()
