"""What is nowhere in a shipped environment, whichever room one looks at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from plan.resource import Resource
from tests.support import AWS_STACKS, planned, policy_documents, statements, values

pytestmark = pytest.mark.parametrize("stack", AWS_STACKS)

ANYWHERE = {"0.0.0.0/0", "::/0"}
LOOKING = re.compile(
    r"(ec2|elasticloadbalancing):Describe\w+|arc-zonal-shift:GetManagedResource|iam:ListInstanceProfiles"
    r"|pricing:GetProducts|route53:ListHostedZones"
)
"""For these IAM knows no resource, and they change nothing."""
KEYS = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")
"""In a key's own policy ``*`` is the key, and the services' actions come in families."""


def allowed(stack: str) -> Iterator[tuple[Resource, dict[str, Any]]]:
    for resource, document in policy_documents(planned(stack)):
        for statement in statements(document):
            if statement["Effect"] == "Allow":
                yield resource, statement


def many(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_no_right_is_for_every_action_or_for_everything(stack: str) -> None:
    found = [(owner, right) for owner, right in allowed(stack) if owner.type not in KEYS]
    assert len(found) > 20
    for owner, right in found:
        assert "NotAction" not in right, owner.name
        assert "NotResource" not in right, owner.name
        assert not [action for action in many(right["Action"]) if "*" in action], owner.name
        if "*" in many(right.get("Resource", "")):
            assert all(LOOKING.fullmatch(action) for action in many(right["Action"])), owner.name


def test_a_keys_own_policy_trusts_nobody_without_saying_whose_behalf(stack: str) -> None:
    for owner, right in allowed(stack):
        if owner.type in KEYS and right["Sid"] != "AccountDecides":
            assert right["Condition"], f"{owner.name}: {right['Sid']}"


def test_nobody_is_everybody_but_under_a_condition_on_the_account(stack: str) -> None:
    for owner, right in allowed(stack):
        principal = right.get("Principal", {})
        everybody = principal == "*" or "*" in many(dict(principal).get("AWS", ""))
        if everybody:
            assert "kms:CallerAccount" in right["Condition"]["StringEquals"], owner.name


def test_the_whole_internet_is_a_way_out_and_a_way_in_only_to_an_open_entry(stack: str) -> None:
    naming = {
        (resource.type.rpartition(":")[2], "edge" in resource.name)
        for resource in planned(stack)
        for _, value in values(dict(resource.inputs))
        if value in ANYWHERE
    }
    # the gateway's limits hold for a client of any address
    ways_out = {("Route", False), ("NetworkPolicy", False), ("BackendTrafficPolicy", False)}
    rotation = {("SecurityGroupEgressRule", False)} if stack == "staging" else set()
    entry = {("SecurityGroupIngressRule", True)} if stack == "prod" else set()
    assert naming == ways_out | rotation | entry


def test_nothing_has_a_public_address_but_the_ways_out_and_an_open_entry(stack: str) -> None:
    plan = planned(stack)
    asked = [
        (resource.name, path)
        for resource in plan
        for path, value in values(dict(resource.inputs))
        if path.rpartition(".")[2]
        in {"mapPublicIpOnLaunch", "associatePublicIpAddress", "publiclyAccessible"}
        and value not in {False, "false"}
    ]
    assert asked == []
    assert len(plan.of_type("aws:ec2/eip:Eip")) == len(plan.of_type("aws:ec2/natGateway:NatGateway"))
    balancers = plan.of_type("aws:lb/loadBalancer:LoadBalancer")
    assert balancers
    assert all(balancer.inputs.get("internal") is (stack != "prod") for balancer in balancers)


def test_nobody_has_a_key(stack: str) -> None:
    kinds = {resource.type for resource in planned(stack)}
    assert not kinds & {
        "aws:iam/user:User", "aws:iam/accessKey:AccessKey", "aws:ec2/keyPair:KeyPair",
        "aws:iam/userPolicy:UserPolicy", "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    }  # fmt: skip


def test_no_log_is_kept_for_ever_or_in_the_clear(stack: str) -> None:
    groups = planned(stack).of_type("aws:cloudwatch/logGroup:LogGroup")
    assert len(groups) > 5
    assert [found.name for found in groups if not found.inputs.get("retentionInDays")] == []
    assert [found.name for found in groups if not found.inputs.get("kmsKeyId")] == []


def test_no_alarm_rings_where_nobody_hears_it(stack: str) -> None:
    alarms = planned(stack).of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len(alarms) > 20
    assert [found.name for found in alarms if not found.inputs.get("alarmActions")] == []
