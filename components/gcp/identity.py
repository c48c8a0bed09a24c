"""Who each service is to Google: one account a service, taken through workload identity, with no key.

Made once for the cloud, with home. Accounts are the project's, and so is the pool of Kubernetes
identities: the same service account of the same namespace in another region's cluster is the same
identity. A second binding for that cluster would be the first one again, and would go with its region.

A service may read and write the objects of one bucket, and read the secrets that it declares; what it
may do with a region's own database and cache is that region's (`components.gcp.store_access`). It
needs no right over a key: Google opens them by its own agents. A service deletes no object; on Google
that means that it also cannot write one again under the same name. What the bucket holds of the clusters'
backups is closed to it: other services' secrets are in there.

Sources: Google, *About Workload Identity Federation for GKE*, *Network policies and Workload Identity
Federation* (Dataplane V2 sees the metadata server's own address), *IAM roles for Cloud Storage*,
*Cloud SQL IAM authentication* (a user's name is the account's address without its last part).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import secretmanager, serviceaccount, storage

from components.base import Part
from components.naming import Naming

__all__ = ["ANNOTATION", "BACKUPS", "Identity", "IdentityArgs", "objects_below"]

METADATA_SERVER: Final = ("169.254.169.254/32", 80)
"""Where GKE's metadata server on each machine hands out a pod's own tokens."""
ANNOTATION: Final = "iam.gke.io/gcp-service-account"
BACKUPS: Final = "cluster-backups"
"""Folder of the data bucket: what Velero keeps of the clusters, Kubernetes' secrets among it."""
DATA_ROLES: Final = {"read": "roles/storage.objectViewer", "write": "roles/storage.objectCreator"}
USER_SUFFIX: Final = ".gserviceaccount.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityArgs:
    """Which services there are, and what they work on in every region."""

    naming: Naming
    workload_pool: pulumi.Input[str]
    """From the first cluster: IAM refuses a member of a pool that is not there yet."""
    namespace: str
    services: Sequence[str]
    """A service's name is also its Kubernetes service account's."""
    data_bucket: pulumi.Input[str]
    """The bucket's name."""
    secrets: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """By service name, the secrets that it reads: by the secret's name, ``projects/…/secrets/…``."""


class Identity(Part):
    """An account, its rights and who may take it, for each service."""

    members: Mapping[str, pulumi.Output[str]]
    """By service name, what IAM calls the account."""
    database_users: Mapping[str, pulumi.Input[str]]
    """By service name, what Cloud SQL calls its user."""
    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    token_endpoints: Sequence[tuple[str, int]]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        accounts = {service: self._account(service) for service in args.services}
        self.members = {service: account.member for service, account in accounts.items()}
        self.database_users = {
            service: account.email.apply(lambda email: email.removesuffix(USER_SUFFIX))
            for service, account in accounts.items()
        }
        self.service_account_annotations = {
            service: {ANNOTATION: self._taken(service, account)} for service, account in accounts.items()
        }
        self.token_endpoints = [METADATA_SERVER]
        self.finish()

    def _account(self, service: str) -> serviceaccount.Account:
        account = serviceaccount.Account(
            self.named(service),
            account_id=self._args.naming.of("service-account", "svc", service),
            display_name=f"The service {service}",
            opts=ResourceOptions(parent=self),
        )
        for word, role in DATA_ROLES.items():
            storage.BucketIAMMember(
                self.named(f"{service}-data-{word}"),
                bucket=self._args.data_bucket,
                role=role,
                member=account.member,
                condition=storage.BucketIAMMemberConditionArgs(
                    title="No backups of clusters",
                    expression=pulumi.Output.concat("!", objects_below(self._args.data_bucket, BACKUPS)),
                ),
                opts=ResourceOptions(parent=self),
            )
        for secret, secret_id in self._args.secrets.get(service, {}).items():
            secretmanager.SecretIamMember(
                self.named(f"{service}-secret-{secret}"),
                secret_id=secret_id,
                role="roles/secretmanager.secretAccessor",
                member=account.member,
                opts=ResourceOptions(parent=self),
            )
        return account

    def _taken(self, service: str, account: serviceaccount.Account) -> pulumi.Output[str]:
        """The account's address, for whom waits until the service's pods may take the account."""
        binding = serviceaccount.IAMMember(
            self.named(f"{service}-workload"),
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=pulumi.Output.concat(
                "serviceAccount:", self._args.workload_pool, f"[{self._args.namespace}/{service}]"
            ),
            opts=ResourceOptions(parent=self),
        )
        return binding.service_account_id.apply(lambda name: name.rpartition("/")[2])


def objects_below(bucket: pulumi.Input[str], folder: str) -> pulumi.Output[str]:
    """The condition that a right is about objects of that folder of the bucket, in IAM's language."""
    return pulumi.Output.concat(
        'resource.name.startsWith("projects/_/buckets/', bucket, f'/objects/{folder}/")'
    )
