"""Money: somebody is told while it is spent, and a stack that will cost too much is not deployed."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from plan.resource import STACK_TYPE
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["BUDGETS"]

AWS_BUDGET: Final = "aws:budgets/budget:Budget"
GOOGLE_BUDGET: Final = "gcp:billing/budget:Budget"
AZURE_BUDGET: Final = "azure-native:consumption:Budget"
AZURE_COST: Final = "azure-native:costmanagement:Budget"
FREE: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": ("aws:iam/", "aws:budgets/", "aws:costexplorer/", "aws:organizations/"),
    "gcp": (
        *(f"gcp:{area}/" for area in ("billing", "projects", "serviceaccount", "organizations", "folder")),
        *(f"gcp:{area}/" for area in ("iam", "orgpolicy", "tags")),
    ),
    "azure-native": tuple(
        f"azure-native:{area}:"
        for area in ("consumption", "costmanagement", "authorization", "resources", "managedidentity")
    ),
}
"""For each cloud the areas that never cost anything."""
AWS_SUBSCRIBERS: Final = ("subscriberEmailAddresses", "subscriberSnsTopicArns")
AZURE_CONTACTS: Final = ("contactEmails", "contactGroups", "contactRoles")
GOOGLE_CONTACTS: Final = ("monitoringNotificationChannels", "pubsubTopic", "enableProjectLevelRecipients")


@policy(
    id="cost-budget-alert",
    title="A budget with an alert at 80% exists",
    violation="a stack that spends at a cloud, and no budget of that cloud tells anybody when 80 % (or less) "
    "is really spent",
    severity="high",
    category="cost",
    scope="stack",
    reads={STACK_TYPE: ()},
    related={
        AWS_BUDGET: (
            "budgetType",
            "limitAmount",
            *(f"notifications[*].{path}" for path in ("notificationType", "threshold", "thresholdType")),
            *(f"notifications[*].{path}" for path in ("comparisonOperator", *AWS_SUBSCRIBERS)),
        ),
        GOOGLE_BUDGET: (
            "thresholdRules[*].thresholdPercent",
            "thresholdRules[*].spendBasis",
            "allUpdatesRule.disableDefaultIamRecipients",
            *(f"allUpdatesRule.{path}" for path in GOOGLE_CONTACTS),
        ),
        AZURE_BUDGET: ("category", "notifications[*]"),
        AZURE_COST: ("category", "notifications[*]"),
    },
    defaults={"threshold": 80, "exemptStacks": list[str]()},
    fix=Fix(
        "suggest", "Say how much it may cost, and who is told.", "budget: {monthly_usd: 300, warn_at: 80}"
    ),
    enforcement="AMM",
    soc2=("A1.1", "CC3.2"),
    cis=(),
)
def budget_alert(subject: Subject) -> Iterator[Judgement]:
    """Without a budget the first to hear of a loop that buys machines is whoever opens the month's bill.

    Who is told of a budget of Google's: the billing account's administrators, unless it says otherwise.
    """
    name = subject.body.urn.partition("::")[0].rpartition(":")[2]
    if any(fnmatchcase(name, glob) for glob in subject.config.texts("exemptStacks")):
        yield not_applicable("exemptStacks names the stack")
        return
    limit = subject.config.number("threshold")
    paid = [cloud for cloud, free in FREE.items() if _spends(subject, cloud, free)]
    for cloud in paid:
        types, warns = BUDGETS[cloud]
        told = some(warns(body.root, limit) for body in subject.stack.of(*types))
        yield fail_if(
            ~told, subject.root, f"it spends at {cloud}, and no budget there warns at {limit} % or less"
        )
    if not paid:
        yield not_applicable("the stack has nothing that costs money")


def _spends(subject: Subject, cloud: str, free: tuple[str, ...]) -> bool:
    return any(not body.type.startswith(free) for body in subject.stack.of(f"{cloud}:*"))


def _amount(node: Node) -> float | None:
    try:
        return float(node.value)
    except (TypeError, ValueError):
        return None


def _at_most(node: Node, limit: float) -> Truth:
    amount = _amount(node)
    if node.is_known and amount is None:
        return Truth.UNKNOWN
    return node.test(lambda _: amount is not None and 0 < amount <= limit)


def _somebody(rule: Node, keys: tuple[str, ...]) -> Truth:
    return some(~rule.key(key).is_empty & ~rule.key(key).is_false for key in keys)


def _aws(budget: Node, limit: float) -> Truth:
    total = _amount(budget.key("limitAmount"))
    told: list[Truth] = []
    for rule in budget.key("notifications").items():
        threshold = rule.key("threshold")
        absolute = rule.key("thresholdType").equals("ABSOLUTE_VALUE")
        share = Truth.UNKNOWN if total is None else _at_most(threshold, limit * total / 100)
        early = (absolute & share) | (~absolute & _at_most(threshold, limit))
        above = rule.key("comparisonOperator").equals("GREATER_THAN")
        actual = rule.key("notificationType").equals("ACTUAL")
        told.append(every([early, above, actual, _somebody(rule, AWS_SUBSCRIBERS)]))
    return some(told) & budget.key("budgetType").equals("COST")


def _google(budget: Node, limit: float) -> Truth:
    updates = budget.key("allUpdatesRule")
    somebody = ~updates.key("disableDefaultIamRecipients").is_true | _somebody(updates, GOOGLE_CONTACTS)
    early = some(
        _at_most(rule.key("thresholdPercent"), limit / 100)
        & ~rule.key("spendBasis").equals("FORECASTED_SPEND")
        for rule in budget.key("thresholdRules").items()
    )
    return early & somebody


def _azure(budget: Node, limit: float) -> Truth:
    told = [
        every(
            [
                ~rule.key("enabled").is_false,
                _at_most(rule.key("threshold"), limit),
                ~rule.key("thresholdType").equals("Forecasted"),
                rule.key("operator").one_of(("GreaterThan", "GreaterThanOrEqualTo")),
                _somebody(rule, AZURE_CONTACTS),
            ]
        )
        for _, rule in budget.key("notifications").entries()
    ]
    return some(told) & ~budget.key("category").equals("Usage")


BUDGETS: Final[Mapping[str, tuple[tuple[str, ...], Callable[[Node, float], Truth]]]] = {
    "aws": ((AWS_BUDGET,), _aws),
    "gcp": ((GOOGLE_BUDGET,), _google),
    "azure-native": ((AZURE_BUDGET, AZURE_COST), _azure),
}
"""For each cloud its budgets, and whether one of them tells somebody in time."""
