"""Who each service is to AWS: one role a service, taken through EKS Pod Identity, with no key to leak.

A role can be taken only by the pods of its own service account. It may log in to the database and
the cache as the service's own user, read and write the objects of one bucket, and read the secrets
that the service declares; a key opens only by way of the service that it is for. No action and no
resource is a wildcard. What the bucket holds of the clusters' backups is closed to it: other services'
secrets are in there.

EKS gives a role only to a pod that is made after the association of its account: the account carries the
association's id, so that whatever uses the account waits for it.

Settings and reasons: ``docs/architecture.md``; AWS, *EKS Pod Identity*, *IAM database
authentication*, *Authenticating with IAM* (ElastiCache).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import eks, iam

from components.aws.document import Statement, document_of
from components.aws.operator_rights import BACKUPS
from components.aws.trust import pod_trust
from components.base import Part
from components.naming import Naming

__all__ = ["ANNOTATION", "Identity", "IdentityArgs"]

ANNOTATION: Final = "trading-platform/pod-identity-association"
"""On a Kubernetes service account: by which association its pods are a role."""
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
    cache_resource_id: pulumi.Input[str]
    cache_user_ids: Mapping[str, pulumi.Input[str]]
    """By service name; who is not here does not use the cache."""
    data_bucket_arn: pulumi.Input[str]
    data_key_arn: pulumi.Input[str]
    secrets: Mapping[str, Sequence[pulumi.Input[str]]]
    """By service name: the ARNs of the secrets that it reads."""
    secrets_key_arn: pulumi.Input[str]


class Identity(Part):
    """A role, its rights and its association with a service account, for each service."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    database_users: Mapping[str, pulumi.Input[str]]
    token_endpoints: Sequence[tuple[str, int]]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.service_account_annotations = {
            service: {ANNOTATION: self._association(service)} for service in args.services
        }
        self.database_users = {service: service for service in args.services}
        self.token_endpoints = [POD_IDENTITY_AGENT]
        self.finish()

    def _association(self, service: str) -> pulumi.Output[str]:
        """The id of what ties the service's account to its role."""
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
        association = eks.PodIdentityAssociation(
            self.named(service),
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=service,
            role_arn=role.arn,
            opts=ResourceOptions(parent=self, depends_on=[rights]),  # no pod gets a role that may do nothing
        )
        return association.association_id

    def _statements(self, service: str) -> list[Statement]:
        """One right after the other, and none where there is nothing to allow."""
        return [
            *self._database_rights(service),
            *self._cache_rights(service),
            *self._data_rights(),
            *self._secret_rights(service),
        ]

    def _database_rights(self, service: str) -> list[Statement]:
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
            }
        ]

    def _cache_rights(self, service: str) -> list[Statement]:
        """AWS asks for both: the cache, and the user that one is there."""
        user = self._args.cache_user_ids.get(service)
        if user is None:
            return []
        return [
            {
                "Sid": "CacheLogin",
                "Effect": "Allow",
                "Action": "elasticache:Connect",
                "Resource": [self._args.cache_resource_id, user],
            }
        ]

    def _data_rights(self) -> list[Statement]:
        args = self._args
        return [
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
                "Sid": "NoBackups",
                "Effect": "Deny",
                "Action": ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
                "Resource": pulumi.Output.concat(args.data_bucket_arn, f"/{BACKUPS}/*"),
            },
            {
                "Sid": "DataKey",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": args.data_key_arn,
                "Condition": self._by_way_of("s3"),
            },
        ]

    def _secret_rights(self, service: str) -> list[Statement]:
        secrets = self._args.secrets.get(service)
        if not secrets:
            return []
        return [
            {
                "Sid": "SecretRead",
                "Effect": "Allow",
                "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
                "Resource": list(secrets),
            },
            {
                "Sid": "SecretKey",
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": self._args.secrets_key_arn,
                "Condition": self._by_way_of("secretsmanager"),
            },
        ]

    def _by_way_of(self, service: str) -> Mapping[str, Mapping[str, str]]:
        return {"StringEquals": {"kms:ViaService": f"{service}.{self._args.region}.amazonaws.com"}}
