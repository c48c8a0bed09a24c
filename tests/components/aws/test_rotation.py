"""What the rotation promises: at once and every month, by AWS's own function, which gets nowhere else."""

from __future__ import annotations

import pulumi
import pytest
from pulumi_aws import cloudwatch, ec2, rds, secretsmanager, serverlessrepository, vpc

from components.aws.rotation import APPLICATION
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, CIDR, deploy
from tests.components.aws.support_data import address
from tests.components.aws.support_database import (
    HOME,
    LOG_DAYS,
    RENEWED,
    WARM,
    Pair,
    both,
    key_in,
    recorded,
    subnets,
    topic,
)
from tests.components.kit import before, every, said, sources, the, token

OWN = "master-rotation-security-group"
DATABASE = "home-security-group"


def function(plan: Plan) -> Resource:
    """The stack that AWS's repository makes the function with."""
    return the(plan, serverlessrepository.CloudFormationStack)


def test_what_a_state_ever_held_is_void_at_once_and_the_password_is_renewed_every_month() -> None:
    schedule = the(recorded(WARM).plan, secretsmanager.SecretRotation)
    assert said(schedule, "rotateImmediately") is True
    assert said(schedule, "rotationRules") == {"automaticallyAfterDays": 30}


def test_the_first_rotation_waits_for_a_value_a_database_that_answers_and_every_way() -> None:
    plan = recorded(WARM).plan
    needed = {
        address(secretsmanager.SecretVersion, "master-first"),
        address(secretsmanager.SecretPolicy, "master-policy"),
        address(rds.ClusterInstance, "home-instance-0"),
        address(serverlessrepository.CloudFormationStack, "master-rotation-function"),
        address(vpc.SecurityGroupIngressRule, "master-rotation-into-database"),
        address(vpc.SecurityGroupEgressRule, "master-rotation-to-database"),
        address(vpc.SecurityGroupEgressRule, "master-rotation-to-secrets-manager"),
    }
    assert needed <= before(plan, the(plan, secretsmanager.SecretRotation))


@pytest.mark.parametrize("pair", [WARM, RENEWED])
def test_a_password_written_anew_is_renewed_at_once_and_the_old_schedule_ends_first(pair: Pair) -> None:
    """The other way round, the end of the old one would end the rotation of the secret."""
    seen: list[pulumi.ResourceOptions] = []

    def look(args: pulumi.ResourceTransformationArgs) -> None:
        if args.type_ == token(secretsmanager.SecretRotation):
            seen.append(args.opts)

    def program(opts: pulumi.ResourceOptions) -> None:
        pulumi.runtime.register_stack_transformation(look)
        both(pair, opts)

    deploy(program)
    (opts,) = seen
    assert opts.replacement_trigger == pair.password_version
    assert opts.delete_before_replace is True


def test_the_function_is_awss_own_in_a_version_that_does_not_move() -> None:
    stack = function(recorded(WARM).plan)
    assert said(stack, "applicationId") == APPLICATION
    assert ":297356227824:" in APPLICATION
    assert APPLICATION.endswith("/SecretsManagerRDSPostgreSQLRotationSingleUser")
    assert str(said(stack, "semanticVersion")).count(".") == 2
    assert said(stack, "capabilities") == ["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"]


def test_the_schedule_calls_the_function_that_the_stack_makes() -> None:
    plan = recorded(WARM).plan
    name = said(function(plan), "parameters", "functionName")
    schedule = the(plan, secretsmanager.SecretRotation)
    assert said(schedule, "rotationLambdaArn") == f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:{name}"
    assert sources(plan, schedule, "secretId") == {"master-secret"}


def test_it_works_in_the_private_subnets_with_the_key_of_the_secrets() -> None:
    plan = recorded(WARM).plan
    asked = said(function(plan), "parameters")
    assert isinstance(asked, dict)
    assert asked["vpcSubnetIds"] == ",".join(subnets(HOME, "private"))
    assert asked["vpcSecurityGroupIds"] == the(plan, ec2.SecurityGroup, OWN).id
    assert asked["kmsKeyArn"] == key_in(HOME, "secrets")
    assert asked["endpoint"] == f"https://secretsmanager.{HOME}.amazonaws.com"


def test_it_reaches_the_database_and_the_networks_apis_and_nothing_reaches_it() -> None:
    plan = recorded(WARM).plan
    out = [
        one
        for one in every(plan, vpc.SecurityGroupEgressRule)
        if sources(plan, one, "securityGroupId") == {OWN}
    ]
    ways = {
        (
            *sources(plan, one, "referencedSecurityGroupId"),
            said(one, "cidrIpv4"),
            said(one, "fromPort"),
            said(one, "toPort"),
            said(one, "ipProtocol"),
        )
        for one in out
    }
    assert ways == {(DATABASE, None, 5432, 5432, "tcp"), (CIDR, 443, 443, "tcp")}
    assert not {"ingress", "egress"} & set(the(plan, ec2.SecurityGroup, OWN).inputs)
    into = every(plan, vpc.SecurityGroupIngressRule)
    assert not [one for one in into if sources(plan, one, "securityGroupId") == {OWN}]


def test_the_database_lets_it_in_by_its_port_alone() -> None:
    plan = recorded(WARM).plan
    rule = the(plan, vpc.SecurityGroupIngressRule, "master-rotation-into-database")
    assert sources(plan, rule, "securityGroupId") == {DATABASE}
    assert sources(plan, rule, "referencedSecurityGroupId") == {OWN}
    assert (said(rule, "fromPort"), said(rule, "toPort")) == (5432, 5432)


def test_its_log_waits_for_it_encrypted_and_with_an_end() -> None:
    """Lambda writes to a group by its name; one that is not there it makes, in clear and for ever."""
    plan = recorded(WARM).plan
    log = the(plan, cloudwatch.LogGroup, "master-rotation-log")
    assert said(log, "name") == f"/aws/lambda/{said(function(plan), 'parameters', 'functionName')}"
    assert said(log, "kmsKeyId") == key_in(HOME, "logs")
    assert said(log, "retentionInDays") == LOG_DAYS
    assert (log.type, log.name) in before(plan, function(plan))


def test_somebody_hears_of_a_password_that_was_not_renewed_and_of_no_silence() -> None:
    plan = recorded(WARM).plan
    failed = the(plan, cloudwatch.MetricAlarm, "master-rotation-failed")
    assert said(failed, "dimensions") == {"FunctionName": said(function(plan), "parameters", "functionName")}
    assert (said(failed, "metricName"), said(failed, "threshold")) == ("Errors", 0)
    assert said(failed, "treatMissingData") == "notBreaching"
    assert said(failed, "alarmActions") == [topic(HOME)]
