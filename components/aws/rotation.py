"""Renews a database's master password every month: AWS's own rotation function, in our network.

The function is published by AWS in the Serverless Application Repository; its code and its role come
from there, under a pinned version. It reaches the database's port and Secrets Manager, and nothing
else: the way to the latter is the network's own endpoint, or NAT where there is none.

Sources: AWS Secrets Manager user guide, *Rotation function templates*, *Network access for rotation*,
*Troubleshoot replication* (the rights on the replica's key, which `components.aws.keys` gives);
application id, version and parameters: aws-cdk, ``aws-secretsmanager/lib/secret-rotation.ts``;
capabilities: the provider's example.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, ec2, secretsmanager, serverlessrepository, vpc

from components.aws.alarm import Metric, alarm
from components.aws.database import PORT
from components.base import Part
from components.naming import Naming

__all__ = ["APPLICATION", "APPLICATION_VERSION", "ROTATION_DAYS", "Rotation", "RotationArgs"]

APPLICATION: Final = (
    "arn:aws:serverlessrepo:us-east-1:297356227824:applications/SecretsManagerRDSPostgreSQLRotationSingleUser"
)
"""The same in every region: the repository copies it there."""
APPLICATION_VERSION: Final = "1.1.671"
ROTATION_DAYS: Final = 30
HTTPS: Final = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationArgs:
    """What is renewed, and what the function may reach."""

    naming: Naming
    account: str
    region: str
    secret_id: pulumi.Input[str]
    password_version: int
    """Raised whenever the secret's value was written anew: then it is renewed at once."""
    after: Sequence[pulumi.Resource]
    """What has to stand before the first rotation: the value, the database's instances."""
    secrets_key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    log_days: int
    network_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    database_group_id: pulumi.Input[str]
    api_cidr: str
    """Where Secrets Manager answers."""
    topic_arn: pulumi.Input[str]

    @property
    def function(self) -> str:
        """The function's name, and its stack's."""
        return self.naming.of("lambda", "orders", "rotation")


class Rotation(Part):
    """The function, its ways, its log, its alarm, and the schedule."""

    def __init__(self, name: str, args: RotationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        group = ec2.SecurityGroup(
            self.named("security-group"),
            name=args.naming.of("security-group", "rotation"),
            description="Renews the master password of the database",
            vpc_id=args.network_id,
            opts=ResourceOptions(parent=self),
        )
        function = self._function(group)
        secretsmanager.SecretRotation(
            self.named("schedule"),
            secret_id=args.secret_id,
            rotation_lambda_arn=f"arn:aws:lambda:{args.region}:{args.account}:function:{args.function}",
            rotate_immediately=True,
            rotation_rules=secretsmanager.SecretRotationRotationRulesArgs(
                automatically_after_days=ROTATION_DAYS
            ),
            opts=ResourceOptions(
                parent=self,
                depends_on=[function, *args.after],
                # A value written anew has been in a state: make it void at once, not within the month.
                # The old schedule has to go first: its end ends every rotation of the secret.
                replacement_trigger=args.password_version,
                delete_before_replace=True,
            ),
        )
        self._watch()
        self.finish()

    def _ways(self, group: ec2.SecurityGroup) -> list[pulumi.Resource]:
        """To the database, into the database, and to Secrets Manager."""
        args = self._args
        return [
            vpc.SecurityGroupEgressRule(
                self.named("to-database"),
                security_group_id=group.id,
                referenced_security_group_id=args.database_group_id,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=ResourceOptions(parent=self),
            ),
            vpc.SecurityGroupIngressRule(
                self.named("into-database"),
                security_group_id=args.database_group_id,
                referenced_security_group_id=group.id,
                ip_protocol="tcp",
                from_port=PORT,
                to_port=PORT,
                opts=ResourceOptions(parent=self),
            ),
            vpc.SecurityGroupEgressRule(
                self.named("to-secrets-manager"),
                security_group_id=group.id,
                cidr_ipv4=args.api_cidr,
                ip_protocol="tcp",
                from_port=HTTPS,
                to_port=HTTPS,
                opts=ResourceOptions(parent=self),
            ),
        ]

    def _function(self, group: ec2.SecurityGroup) -> serverlessrepository.CloudFormationStack:
        args = self._args
        log = cloudwatch.LogGroup(
            self.named("log"),
            # Lambda's own name for it: were it not there, Lambda would make it, in clear and for ever.
            name=f"/aws/lambda/{args.function}",
            retention_in_days=args.log_days,
            kms_key_id=args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        return serverlessrepository.CloudFormationStack(
            self.named("function"),
            name=args.function,
            application_id=APPLICATION,
            semantic_version=APPLICATION_VERSION,
            capabilities=["CAPABILITY_IAM", "CAPABILITY_RESOURCE_POLICY"],
            parameters={
                "endpoint": f"https://secretsmanager.{args.region}.amazonaws.com",
                "functionName": args.function,
                "vpcSubnetIds": pulumi.Output.all(*args.subnet_ids).apply(",".join),
                "vpcSecurityGroupIds": group.id,
                "kmsKeyArn": args.secrets_key_arn,
            },
            opts=ResourceOptions(parent=self, depends_on=[log, *self._ways(group)]),
        )

    def _watch(self) -> None:
        args = self._args
        failed = Metric(
            namespace="AWS/Lambda",
            name="Errors",
            dimensions={"FunctionName": args.function},
            above=0,
            statistic="Sum",
            seconds=300,
            silence="notBreaching",  # it runs once a month
        )
        alarm(
            self,
            "failed",
            failed,
            naming=args.naming,
            topic_arn=args.topic_arn,
            description="The database's master password was not renewed; the old one holds, and no service "
            f"uses it. While the other region is primary this is as it must be. Else read /aws/lambda/"
            f"{args.function}; if secret and database disagree, raise the password's version.",
        )
