"""Who the operators inside the clusters are to Google: one account an operator, through workload identity.

Made once for the cloud, with home, as the services' are (`components.gcp.identity`): the same service
account of the same namespace in another region's cluster is the same identity, so no right could be one
cluster's alone. An operator that calls nothing of Google's has no account.

- *External Secrets* reads the secrets that the settings name, one grant a secret.
- *external-dns* changes the records of one zone and sees which zones there are. Google's own role for that
  could also delete the zone; and IAM cannot say which names, so that it keeps to its region's is up to what
  it is told (`components.gcp.operators`).
- *Velero* reads and writes one folder of the data bucket, and signs, as itself, the addresses by which
  people fetch a backup's log. Disks are the CSI driver's to copy.

Sources: Google, *About Workload Identity Federation for GKE*, *Conditions for Cloud Storage* (a list's
prefix is an attribute of the call), *Cloud DNS roles and permissions*; Velero's plugin for GCP 1.14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import dns, projects, secretmanager, serviceaccount, storage

from components.base import Part
from components.gcp.identity import ANNOTATION, BACKUPS, objects_below
from components.naming import Naming

__all__ = ["OperatorAccounts", "OperatorAccountsArgs"]

RECORD_RIGHTS: Final = (
    "dns.changes.create",
    "dns.changes.get",
    "dns.changes.list",
    "dns.managedZones.get",
    "dns.resourceRecordSets.create",
    "dns.resourceRecordSets.delete",
    "dns.resourceRecordSets.get",
    "dns.resourceRecordSets.list",
    "dns.resourceRecordSets.update",
)
ZONE_RIGHTS: Final = ("dns.managedZones.list",)
SIGN_RIGHTS: Final = ("iam.serviceAccounts.signBlob",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAccountsArgs:
    """Where each operator lives, and what it works on in every region."""

    naming: Naming
    project: str
    workload_pool: pulumi.Input[str]
    """From the first cluster: IAM refuses a member of a pool that is not there yet."""
    namespaces: Mapping[str, str]
    """By operator; its name is also its Kubernetes service account's."""
    secrets: Mapping[str, pulumi.Input[str]]
    """By the secret's name, ``projects/…/secrets/…``: what External Secrets brings into the clusters."""
    zone_name: pulumi.Input[str]
    """Of the zone that external-dns writes to."""
    data_bucket: pulumi.Input[str]
    """The bucket's name."""


class OperatorAccounts(Part):
    """An account, its rights and who may take it, for each operator that calls Google."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    backup_account: pulumi.Output[str]
    """The address of Velero's account, which signs."""

    def __init__(self, name: str, args: OperatorAccountsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        taken = {
            "external-dns": self._taken("external-dns", self._names()),
            "external-secrets": self._taken("external-secrets", self._secrets()),
            "velero": self._taken("velero", self._backups()),
        }
        self.service_account_annotations = {
            operator: {ANNOTATION: taken[operator]} if operator in taken else {}
            for operator in args.namespaces
        }
        self.backup_account = taken["velero"]
        self.finish()

    def _account(self, operator: str) -> serviceaccount.Account:
        return serviceaccount.Account(
            self.named(operator),
            account_id=self._args.naming.of("service-account", "op", operator),
            display_name=f"The operator {operator}",
            opts=ResourceOptions(parent=self),
        )

    def _taken(self, operator: str, account: serviceaccount.Account) -> pulumi.Output[str]:
        """The account's address, for whom waits until the operator's pods may take the account."""
        args = self._args
        binding = serviceaccount.IAMMember(
            self.named(f"{operator}-workload"),
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=pulumi.Output.concat(
                "serviceAccount:", args.workload_pool, f"[{args.namespaces[operator]}/{operator}]"
            ),
            opts=ResourceOptions(parent=self),
        )
        return binding.service_account_id.apply(lambda name: name.rpartition("/")[2])

    def _secrets(self) -> serviceaccount.Account:
        account = self._account("external-secrets")
        for secret, secret_id in self._args.secrets.items():
            secretmanager.SecretIamMember(
                self.named(f"external-secrets-{secret}"),
                secret_id=secret_id,
                role="roles/secretmanager.secretAccessor",
                member=account.member,
                opts=ResourceOptions(parent=self),
            )
        return account

    def _names(self) -> serviceaccount.Account:
        args, account = self._args, self._account("external-dns")
        records = self._role("records", "Records of a zone", RECORD_RIGHTS)
        zones = self._role("zones", "Which zones there are", ZONE_RIGHTS)
        dns.DnsManagedZoneIamMember(
            self.named("external-dns-records"),
            managed_zone=args.zone_name,
            role=records.name,
            member=account.member,
            opts=ResourceOptions(parent=self),
        )
        projects.IAMMember(
            self.named("external-dns-zones"),
            project=args.project,
            role=zones.name,
            member=account.member,
            opts=ResourceOptions(parent=self),
        )
        return account

    def _backups(self) -> serviceaccount.Account:
        args, account = self._args, self._account("velero")
        listed = f'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("{BACKUPS}/")'
        storage.BucketIAMMember(
            self.named("velero-objects"),
            bucket=args.data_bucket,
            role="roles/storage.objectUser",
            member=account.member,
            condition=storage.BucketIAMMemberConditionArgs(
                title="Backups of clusters alone",
                expression=pulumi.Output.concat(objects_below(args.data_bucket, BACKUPS), " || ", listed),
            ),
            opts=ResourceOptions(parent=self),
        )
        serviceaccount.IAMMember(
            self.named("velero-signs"),
            service_account_id=account.name,
            role=self._role("signs", "Sign as oneself", SIGN_RIGHTS).name,
            member=account.member,
            opts=ResourceOptions(parent=self),
        )
        return account

    def _role(self, child: str, title: str, permissions: Sequence[str]) -> projects.IAMCustomRole:
        return projects.IAMCustomRole(
            self.named(child),
            # Google remembers a deleted role's name, and takes no hyphens in it.
            role_id=self._args.naming.once("iam-custom-role", "op", child).replace("-", "_"),
            title=title,
            description="What an operator in the clusters needs, and no more",
            permissions=list(permissions),
            opts=ResourceOptions(parent=self),
        )
