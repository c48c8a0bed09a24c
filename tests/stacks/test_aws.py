"""AWS whole: two regions that stand in for each other, and a move between them that loses nothing."""

from __future__ import annotations

from typing import Any

import pytest

from components.aws.web_acl import WINDOW_SECONDS
from plan.record import record
from plan.resource import Plan, Resource
from stacks.recovery import RecoveryBudgetError
from tests.stacks.moves import config, moved, the_move
from tests.support import AWS_STACKS, planned, said

DR = "us-west-2"
RULE = "aws:lb/listenerRule:ListenerRule"


def place(plan: Plan, resource: Resource) -> object:
    """The region that the resource's provider works in."""
    return plan[resource.provider].inputs["region"]


def test_moving_changes_nothing_in_aws_but_the_names_and_who_is_asked_for_credentials() -> None:
    """And the one answer that holds home back, which the region that lives gives."""
    inside = [change for change in the_move().changes if not change.resource.type.startswith("kubernetes:")]
    providers = [change for change in inside if change.resource.is_provider]
    rest = [change for change in inside if change not in providers]
    assert {change.resource.type for change in rest} == {"aws:route53/record:Record", RULE}
    (held,) = [change for change in rest if change.resource.type == RULE]
    assert held.action == "update"
    assert held.resource.name.startswith("aws-dr-"), "or the runbook's --target would leave it out"
    assert place(moved(), held.resource) == DR
    assert {found.path for change in providers for found in change.properties} == {"stsRegion"}


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_moving_asks_the_home_region_for_nothing(stack: str) -> None:
    """What a lost region would have to be asked for is not part of the way out of it."""
    plan = moved(stack)
    touched = [
        change.address
        for change in the_move(stack).changes
        if change.resource.type.startswith("aws:")
        and change.resource.type != "aws:route53/record:Record"  # in no region, and may wait: home is held
        and place(plan, change.resource) != DR
    ]
    assert touched == []


def test_home_is_held_while_the_platform_works_in_the_other_region_and_only_then() -> None:
    def answer(plan: Plan) -> str:
        (rule,) = plan.of_type(RULE)
        return said(rule)["actions"][0]["fixedResponse"]["statusCode"]

    assert (answer(planned("prod")), answer(moved())) == ("404", "200")


def test_an_environment_that_no_checker_reaches_has_no_hold() -> None:
    assert [stack for stack in AWS_STACKS if planned(stack).of_type(RULE)] == ["prod"]


def test_the_firewalls_limit_is_far_above_what_a_health_checker_asks_in_its_window() -> None:
    """Two checks look at the second region's entry, and a checker asks for both from one address."""
    asked = [
        WINDOW_SECONDS // said(check)["requestInterval"]
        for check in planned("prod").of_type("aws:route53/healthCheck:HealthCheck")
        if said(check).get("fqdn", "").startswith(f"{DR}.")
    ]
    assert len(asked) == 2
    limits = [
        rule["statement"]["rateBasedStatement"]["limit"]
        for acl in planned("prod").of_type("aws:wafv2/webAcl:WebAcl")
        for rule in said(acl)["rules"]
        if "rateBasedStatement" in rule["statement"]
    ]
    assert min(limits) > 10 * sum(asked)


def test_after_the_move_the_name_leads_to_the_other_region_first() -> None:
    def leads(plan: Plan) -> dict[str, str]:
        return {
            said(record)["failoverRoutingPolicies"][0]["type"]: said(record)["aliases"][0]["name"]
            for record in plan.of_type("aws:route53/record:Record")
            if said(record).get("failoverRoutingPolicies") and not said(record)["name"].startswith("*")
        }

    before, after = leads(planned("prod")), leads(moved())
    assert before["PRIMARY"] != before["SECONDARY"]
    assert (after["PRIMARY"], after["SECONDARY"]) == (before["SECONDARY"], before["PRIMARY"])


def test_dev_is_one_region_and_has_nothing_that_belongs_to_two() -> None:
    plan = planned("dev")
    assert not plan.of_type(
        "aws:rds/globalCluster:GlobalCluster",
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration",
    )
    assert not [name for name in plan.outputs if name.startswith("standby_")]


@pytest.mark.parametrize(("stack", "managed"), [("dev", False), ("staging", True), ("prod", True)])
def test_the_accounts_own_services_are_run_only_where_the_settings_say_so(
    stack: str, *, managed: bool
) -> None:
    singletons = planned(stack).of_type(
        "aws:guardduty/detector:Detector",
        "aws:securityhub/account:Account",
        "aws:cfg/recorder:Recorder",
        "aws:inspector2/enabler:Enabler",
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        "aws:ebs/encryptionByDefault:EncryptionByDefault",
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration",
    )
    assert len(singletons) == (14 if managed else 0)


def test_the_paid_protection_is_built_only_for_who_wrote_its_price() -> None:
    assert not planned("prod").of_type("aws:shield/protection:Protection")
    paid = record(config("prod", edge={"ddos_advanced": "3000 USD"}), stack="prod", mode="up")
    assert len(paid.of_type("aws:shield/protection:Protection")) == 2
    assert not paid.of_type("aws:shield/subscription:Subscription"), (
        "a year's commitment is a person's to make"
    )


def test_the_internet_is_let_in_by_the_edge_of_prod_alone() -> None:
    for stack in AWS_STACKS:
        open_to_all = {
            found.name
            for found in planned(stack).of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            if said(found).get("cidrIpv4") == "0.0.0.0/0"
        }
        assert all("-edge-" in name for name in open_to_all), open_to_all
        assert bool(open_to_all) == (stack == "prod")


def test_prod_is_back_within_a_quarter_of_an_hour_and_object_storage_is_named_as_the_exception() -> None:
    told = planned("prod").outputs["recovery"]
    assert isinstance(told, dict)
    assert (told["rto"], told["rpo"]) == (810, 180)
    assert told["not_promised"] == ["object storage"]


@pytest.mark.parametrize(
    ("recovery", "slowest"),
    [
        ({"database_instances": 0}, "database, 20 min"),
        ({"nodes": 0}, "database, 5 min"),
        ({"decision_minutes": 10}, "decision, 10 min"),
    ],
)
def test_a_prod_that_would_be_away_for_too_long_is_refused_by_the_slowest_parts_name(
    recovery: dict[str, Any], slowest: str
) -> None:
    with pytest.raises(RecoveryBudgetError, match=f"slowest: {slowest}"):
        record(config("prod", recovery=recovery), stack="prod")


def test_one_machine_stands_in_the_second_region_whatever_the_settings_say() -> None:
    """Karpenter runs on it, and without Karpenter nothing makes the rest."""
    plan = record(config("staging", recovery={"nodes": 0}), stack="staging", mode="up")
    (group,) = [one for one in plan.of_type("aws:eks/nodeGroup:NodeGroup") if "-dr-" in one.name]
    assert said(group)["scalingConfig"]["desiredSize"] == 1


def test_a_staging_that_would_be_away_for_long_is_told_so_and_not_refused() -> None:
    plan = record(config("staging", recovery={"database_instances": 0}), stack="staging")
    told = plan.outputs["recovery"]
    assert isinstance(told, dict)
    assert isinstance(told["rto"], (int, float))
    assert told["rto"] > 900
    assert told["slowest"] == "database"
