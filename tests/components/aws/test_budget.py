"""What the budget promises: it counts this environment only, and speaks before the limit is reached."""

from __future__ import annotations

from pulumi_aws import budgets, ec2

from tests.components.aws.kit import DEV, region, said, the


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
