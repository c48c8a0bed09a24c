"""Who each service is to AWS: one role a service, taken through EKS Pod Identity, with no key to leak.

A role can be taken only by the pods of its own service account. It may log in to the database as
the service's own user, and read and write the objects of one bucket; its key opens only by way of
S3. No action and no resource is a wildcard.

Settings and reasons: ``docs/architecture.md``; AWS, *EKS Pod Identity*, *IAM database
authentication*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import eks, iam

from components.aws.document import Statement, document_of
from components.aws.trust import pod_trust
from components.base import Part
from components.naming import Naming

__all__ = ["Identity", "IdentityArgs"]


POD_IDENTITY_AGENT: Final = ("169.254.170.23/32", 80)
"""Where the agent on each machine hands out a pod's credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityArgs:
    """Which services there are, and what they work on."""

    naming: Naming
    account: str
    region: str
    cluster_name: pulumi.Input[str]
    namespace: str
    services: Sequence[str]
    """A service's name is also its service account's and its database user's."""
    database_resource_id: pulumi.Input[str]
    data_bucket_arn: pulumi.Input[str]
    data_key_arn: pulumi.Input[str]


class Identity(Part):
    """A role, its rights and its association with a service account, for each service."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    token_endpoints: Sequence[tuple[str, int]]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        for service in args.services:
            self._service(service)
        self.service_account_annotations = {service: {} for service in args.services}
        self.token_endpoints = [POD_IDENTITY_AGENT]
        self.finish()

    def _service(self, service: str) -> None:
        args = self._args
        role = iam.Role(
            self.named(service),
            name=args.naming.of("iam-role", "service", service, args.region),
            assume_role_policy=pod_trust(
                account=args.account,
                cluster_name=args.cluster_name,
                namespace=args.namespace,
                service_account=service,
            ),
            opts=ResourceOptions(parent=self),
        )
        rights = iam.RolePolicy(
            self.named(service),
            role=role.id,
            policy=document_of(*self._statements(service)),
            opts=ResourceOptions(parent=self),
        )
        eks.PodIdentityAssociation(
            self.named(service),
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=service,
            role_arn=role.arn,
            opts=ResourceOptions(parent=self, depends_on=[rights]),  # no pod gets a role that may do nothing
        )

    def _statements(self, service: str) -> list[Statement]:
        args = self._args
        return [
            {
                "Sid": "DatabaseLogin",
                "Effect": "Allow",
                "Action": "rds-db:connect",
                "Resource": pulumi.Output.concat(
                    f"arn:aws:rds-db:{args.region}:{args.account}:dbuser:",
                    args.database_resource_id,
                    f"/{service}",
                ),
            },
            {
                "Sid": "DataList",
                "Effect": "Allow",
                "Action": ["s3:GetBucketLocation", "s3:ListBucket"],
                "Resource": args.data_bucket_arn,
            },
            {
                "Sid": "DataObjects",
                "Effect": "Allow",
                "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                "Resource": pulumi.Output.concat(args.data_bucket_arn, "/*"),
            },
            {
                "Sid": "DataKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": args.data_key_arn,
                "Condition": {"StringEquals": {"kms:ViaService": f"s3.{args.region}.amazonaws.com"}},
            },
        ]
