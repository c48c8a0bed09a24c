"""What the budget promises: it counts this project only, and speaks before the amount is reached."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pulumi
import pytest
from pulumi_gcp import billing, monitoring, pubsub

from components.gcp.alerts import Alerts, AlertsArgs
from components.gcp.budget import Budget, BudgetArgs
from components.naming import Naming
from plan.resource import Plan, Resource
from tests.components.gcp.kit import ELSEWHERE, NUMBER, REGION, deploy, key
from tests.components.kit import before, every, said, sources, the, token

ACCOUNT = "012345-6789AB-CDEF01"
LONG = "a-very-long-name-that-somebody-gave-to-an-environment-one-day"


@cache
def budgeted(monthly: str = "500", environment: str = "dev") -> Plan:
    def program(opts: pulumi.ResourceOptions) -> None:
        naming = Naming(environment)
        told = Alerts(
            "alerts",
            AlertsArgs(
                naming=naming, number=NUMBER, key=key("logs"), email="a@example.com", regions=[REGION]
            ),
            opts,
        )
        args = BudgetArgs(
            naming=naming,
            billing_account=ACCOUNT,
            number=NUMBER,
            monthly=Decimal(monthly),
            channels=[told.email_channel_id],
            key=key("logs", "us"),
            regions=[REGION, ELSEWHERE],
        )
        Budget("budget", args, opts)

    return deploy(program)


def budget(monthly: str = "500") -> Resource:
    return the(budgeted(monthly), billing.Budget)


def test_alarms_come_at_half_four_fifths_all_and_when_the_forecast_passes_the_amount() -> None:
    rules: Any = said(budget(), "thresholdRules")
    assert {(rule["spendBasis"], rule["thresholdPercent"]) for rule in rules} == {
        ("CURRENT_SPEND", 0.5),
        ("CURRENT_SPEND", 0.8),
        ("CURRENT_SPEND", 1.0),
        ("FORECASTED_SPEND", 1.0),
    }


@pytest.mark.parametrize(
    ("monthly", "amount"),
    [
        ("500", {"currencyCode": "USD", "units": "500"}),
        ("24000.00", {"currencyCode": "USD", "units": "24000"}),
        ("0.50", {"currencyCode": "USD", "units": "0", "nanos": 500_000_000}),
        ("1234.56", {"currencyCode": "USD", "units": "1234", "nanos": 560_000_000}),
    ],
)
def test_the_amount_is_the_settings_to_the_cent_in_dollars(monthly: str, amount: dict[str, object]) -> None:
    assert said(budget(monthly), "amount") == {"specifiedAmount": amount}


def test_a_month_of_this_project_is_counted_and_nothing_else_of_who_pays() -> None:
    assert said(budget(), "billingAccount") == ACCOUNT
    assert said(budget(), "budgetFilter") == {"projects": [f"projects/{NUMBER}"], "calendarPeriod": "MONTH"}


def test_mails_go_to_the_channel_and_not_to_everybody_with_a_role_in_the_account() -> None:
    plan = budgeted()
    rule: Any = said(budget(), "allUpdatesRule")
    assert rule["disableDefaultIamRecipients"] is True
    assert "enableProjectLevelRecipients" not in rule
    assert rule["monitoringNotificationChannels"] == [
        the(plan, monitoring.NotificationChannel, "alerts-email").outputs["name"]
    ]


def test_a_machine_hears_of_every_update_in_the_form_that_google_documents() -> None:
    plan = budgeted()
    topic = the(plan, pubsub.Topic, "budget-topic")
    assert said(budget(), "allUpdatesRule", "pubsubTopic") == topic.id
    assert said(budget(), "allUpdatesRule", "schemaVersion") == "1.0"
    assert "budget-topic" in sources(plan, the(plan, billing.Budget), "allUpdatesRule")


def test_what_was_spent_is_not_said_where_alarms_are_said() -> None:
    names = [said(topic, "name") for topic in every(budgeted(), pubsub.Topic)]
    assert sorted(names, key=str) == ["trading-dev-alerts", "trading-dev-budget"]


def test_cloud_billing_publishes_to_the_topic_and_may_before_the_budget_is_made() -> None:
    plan = budgeted()
    publisher = the(plan, pubsub.TopicIAMMember, "budget-topic")
    assert said(publisher, "member") == "serviceAccount:billing-budget-alert@system.gserviceaccount.com"
    assert said(publisher, "role") == "roles/pubsub.publisher"
    assert sources(plan, publisher, "topic") == {"budget-topic"}
    assert (token(pubsub.TopicIAMMember), "budget-topic") in before(plan, the(plan, billing.Budget))


def test_its_messages_lie_under_the_key_and_in_the_regions_of_the_platform() -> None:
    topic = the(budgeted(), pubsub.Topic, "budget-topic")
    assert said(topic, "kmsKeyName") == key("logs", "us")
    assert said(topic, "messageStoragePolicy", "allowedPersistenceRegions") == [REGION, ELSEWHERE]


def test_the_name_is_one_that_cloud_billing_takes() -> None:
    assert said(budget(), "displayName") == "trading-dev-monthly"
    long = said(the(budgeted(environment=LONG), billing.Budget), "displayName")
    assert len(str(long)) <= 60


def test_the_outside_learns_the_budget_and_the_topic_of_whoever_acts_on_it() -> None:
    plan = budgeted()
    (part,) = plan.of_type("trading-platform:gcp:Budget")
    assert part.outputs == {
        "budget_name": the(plan, billing.Budget).outputs["name"],
        "topic_id": the(plan, pubsub.Topic, "budget-topic").id,
    }
