"""What the budget promises: it counts this environment only, and speaks before the limit is reached."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from pulumi_aws import budgets, costexplorer, ec2

from components.aws.budget import Budget, BudgetArgs
from components.naming import Naming
from plan.resource import Plan
from tests.components.aws.kit import DEV, TAGS, deploy, region
from tests.components.kit import every, said, sources, the

EMAIL = "sre@example.com"


def test_alarms_come_at_half_four_fifths_all_and_when_the_forecast_passes_the_limit() -> None:
    budget = the(region(DEV), budgets.Budget)
    alarms = budget.inputs["notifications"]
    assert isinstance(alarms, list)
    told = {(one["notificationType"], one["threshold"]) for one in alarms if isinstance(one, dict)}
    assert told == {("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)}
    for one in alarms:
        assert isinstance(one, dict)
        assert one["subscriberEmailAddresses"] == ["sre@example.com"]
        assert (one["thresholdType"], one["comparisonOperator"]) == ("PERCENTAGE", "GREATER_THAN")


def test_the_limit_is_the_settings_amount_in_dollars_a_month() -> None:
    budget = the(region(DEV), budgets.Budget)
    limit = [said(budget, name) for name in ("budgetType", "limitAmount", "limitUnit", "timeUnit")]
    assert limit == ["COST", "500", "USD", "MONTHLY"]


def test_only_what_carries_both_of_the_environments_tags_is_counted() -> None:
    plan = region(DEV)
    budget = the(plan, budgets.Budget)
    both = said(budget, "filterExpression", "ands")
    assert isinstance(both, list)
    counted = {str(said(budget, "filterExpression", "ands", n, "tags", "key")): n for n in range(len(both))}
    assert set(counted) == {"project", "environment"}
    tags = said(the(plan, ec2.Vpc), "tags")
    assert isinstance(tags, dict)
    for tag, n in counted.items():
        assert said(budget, "filterExpression", "ands", n, "tags", "values") == [tags[tag]]


def test_the_filter_is_one_that_the_cloud_takes() -> None:
    """An expression needs metrics and excludes the older filters."""
    budget = the(region(DEV), budgets.Budget)
    assert said(budget, "metrics") == "UnblendedCost"
    assert said(budget, "costFilters") is None
    assert said(budget, "costTypes") is None


def deployed(monthly: int = 500, *, anomalies: bool = True) -> Plan:
    args = BudgetArgs(
        naming=Naming("dev"), tags=TAGS, monthly=Decimal(monthly), email=EMAIL, anomalies=anomalies
    )
    return deploy(lambda opts: Budget("budget", args, opts))


def test_a_day_that_is_unlike_the_others_is_told_by_email() -> None:
    plan = deployed()
    subscription = the(plan, costexplorer.AnomalySubscription)
    assert sources(plan, subscription, "monitorArnLists") == {"budget-anomalies"}
    assert said(subscription, "subscribers") == [{"type": "EMAIL", "address": EMAIL}]
    assert said(subscription, "frequency") == "DAILY"


def test_the_monitor_is_of_our_own_making_because_of_the_ready_made_ones_an_account_has_one() -> None:
    monitor = the(deployed(), costexplorer.AnomalyMonitor)
    assert said(monitor, "monitorType") == "CUSTOM"
    assert said(monitor, "monitorDimension") is None


def test_the_monitor_watches_this_environment_by_the_one_tag_that_it_takes() -> None:
    watched = json.loads(str(said(the(deployed(), costexplorer.AnomalyMonitor), "monitorSpecification")))
    assert watched["Tags"] == {"Key": "user:environment", "MatchOptions": None, "Values": ["dev"]}


def test_the_monitor_is_spelt_as_aws_answers_or_it_would_be_a_new_one_each_time() -> None:
    watched = json.loads(str(said(the(deployed(), costexplorer.AnomalyMonitor), "monitorSpecification")))
    assert {name for name, value in watched.items() if value is None} == {
        "And",
        "CostCategories",
        "Dimensions",
        "Not",
        "Or",
    }


@pytest.mark.parametrize(("monthly", "dollars"), [(500, "10"), (20_000, "67"), (90_000, "300")])
def test_a_tenth_of_a_days_budget_is_worth_a_mail_but_not_a_few_dollars(monthly: int, dollars: str) -> None:
    subscription = the(deployed(monthly), costexplorer.AnomalySubscription)
    threshold = said(subscription, "thresholdExpression")
    assert threshold == {
        "dimension": {
            "key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
            "matchOptions": ["GREATER_THAN_OR_EQUAL"],
            "values": [dollars],
        }
    }


def test_a_member_of_an_organisation_has_its_budget_and_no_monitor() -> None:
    plan = deployed(anomalies=False)
    assert every(plan, costexplorer.AnomalyMonitor) == every(plan, costexplorer.AnomalySubscription) == []
    assert the(plan, budgets.Budget)
