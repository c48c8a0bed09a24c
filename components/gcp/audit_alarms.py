"""Which calls in a project somebody must hear of within minutes, and what they mean.

The first eight are sections 2.4 to 2.11 of the *CIS Google Cloud Platform Foundation Benchmark* v3.0.0,
with the benchmark's own filters, letter by letter, because auditors' tools look for those; where Google
has another call that does the same, it stands behind them. The rest are ours: who takes power, opens a
way in for keys from outside, blinds the watchmen, destroys a key, or thins out the backups.

A metric in the record's log bucket counts the calls, an alarm rings when there are more than ``above`` in
five minutes. A deployment rings some of them too: then the name in the record is the pipeline's.

In Google's query language OR binds before AND.

Sources: the *audit logging* page of each service (IAM, KMS, Logging, Cloud SQL, Backup for GKE, Security
Command Center, Cloud Storage, Compute Engine), for the methods' names; Cloud Logging, *Log-based metrics*
(a bucket's metrics are of the resource ``logging_bucket``); terraform-provider-google #11102 (an alarm on
a metric that is minutes old is refused with 404: deploy again).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import logging

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["RESOURCE", "WATCHED", "Watch", "watch_calls"]

FIVE_MINUTES: Final = 300
RESOURCE: Final = "logging_bucket"
"""What Monitoring calls the source of a log bucket's metrics, whatever the entries are about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One kind of call, and what the woken person should know about it."""

    name: str
    filter: str
    """Over the entries of the audit logs, in Google's query language."""
    meaning: str
    action: str
    above: int = 0
    """So many in five minutes are still nothing."""
    cis: str = ""
    """Section of the benchmark; empty for what it does not ask for."""

    @property
    def description(self) -> str:
        """What the alarm says: the meaning first, then what to do, then whose demand it is."""
        return f"{self.meaning} {self.action}{f' (CIS {self.cis})' if self.cis else ''}"


def watch_calls(
    part: Part,
    *,
    naming: Naming,
    log_bucket_id: pulumi.Input[str],
    channels: Sequence[pulumi.Input[str]],
) -> None:
    """A metric and an alarm of the part for each line of `WATCHED`."""
    for watch in WATCHED:
        name = naming.of("log-metric", "audit", watch.name)
        counted = logging.Metric(
            part.named(watch.name),
            name=name,
            description=watch.meaning,
            bucket_name=log_bucket_id,
            filter=watch.filter,
            metric_descriptor=logging.MetricMetricDescriptorArgs(metric_kind="DELTA", value_type="INT64"),
            opts=ResourceOptions(parent=part),
        )
        alarm(
            part,
            watch.name,
            Metric(
                type=f"logging.googleapis.com/user/{name}",
                resource=RESOURCE,
                labels={},
                above=watch.above,
                aligner="ALIGN_SUM",
                reducer="REDUCE_SUM",
                seconds=FIVE_MINUTES,
                own=counted,
            ),
            naming=naming,
            channels=channels,
            description=watch.description,
        )


def _calls(service: str, names: str) -> str:
    """Calls of one service, by their whole names with spaces between."""
    either = " OR ".join(f'"{name}"' for name in names.split())
    return f'protoPayload.serviceName="{service}.googleapis.com" AND protoPayload.methodName=({either})'


def _like(service: str, names: str) -> str:
    """As `_calls`, for services that write a version or a package before some names."""
    return _calls(service, names).replace("methodName=", "methodName:")


def _any(*conditions: str) -> str:
    """A filter that takes what fulfils one of the conditions."""
    return " OR ".join(f"({one})" for one in conditions)


def _package(prefix: str, names: str) -> str:
    """The names with the package that they all begin with."""
    return " ".join(f"{prefix}.{name}" for name in names.split())


LOOK: Final = "Look in the record for who did it and from where; unless it was planned,"
PUT_BACK: Final = f"{LOOK} put it back: pulumi up --refresh."
_DELTA: Final = "protoPayload.serviceData.policyDelta.bindingDeltas"
_POWERFUL: Final = (
    "^roles/(editor|iam[.](securityAdmin|serviceAccount(Admin|KeyAdmin|TokenCreator|User)"
    "|workloadIdentityPoolAdmin|roleAdmin)|resourcemanager[.]projectIamAdmin)$"
)

WATCHED: Final = (
    Watch(
        name="owner-changes",
        cis="2.4",
        filter=(
            '(protoPayload.serviceName="cloudresourcemanager.googleapis.com")'
            " AND (ProjectOwnership OR projectOwnerInvitee)"
            f' OR ({_DELTA}.action="REMOVE" AND {_DELTA}.role="roles/owner")'
            f' OR ({_DELTA}.action="ADD" AND {_DELTA}.role="roles/owner")'
        ),
        meaning="Somebody became an owner of the project, or was invited, or is one no more.",
        action=f"{LOOK} take the role away: nobody needs it here.",
    ),
    Watch(
        name="record-settings",
        cis="2.5",
        filter=(
            'protoPayload.methodName="SetIamPolicy"'
            " AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*"
        ),
        meaning="What the project records about itself has changed; what follows may go unseen.",
        action=f"{PUT_BACK} Treat the project as entered.",
    ),
    Watch(
        name="role-changes",
        cis="2.6",
        filter=_any(
            'resource.type="iam_role" AND (protoPayload.methodName="google.iam.admin.v1.CreateRole"'
            ' OR protoPayload.methodName="google.iam.admin.v1.DeleteRole"'
            ' OR protoPayload.methodName="google.iam.admin.v1.UpdateRole")',
            _calls("iam", "google.iam.admin.v1.UndeleteRole"),
        ),
        meaning="What a role of our own may do has changed.",
        action=PUT_BACK,
    ),
    Watch(
        name="firewall-changes",
        cis="2.7",
        filter=_any(
            'resource.type="gce_firewall_rule" AND (protoPayload.methodName:"compute.firewalls.patch"'
            ' OR protoPayload.methodName:"compute.firewalls.insert"'
            ' OR protoPayload.methodName:"compute.firewalls.delete")',
            _like(
                "compute",
                """
                compute.firewalls.update compute.networkFirewallPolicies.addRule
                compute.networkFirewallPolicies.patchRule compute.networkFirewallPolicies.removeRule
                compute.networkFirewallPolicies.cloneRules compute.networkFirewallPolicies.delete
                compute.networkFirewallPolicies.addAssociation
                compute.networkFirewallPolicies.removeAssociation
                """,
            ),
        ),
        meaning="Who can reach whom in the network has changed.",
        action=f"{LOOK} take the rule away; pulumi up --refresh brings back what was ours.",
    ),
    Watch(
        name="route-changes",
        cis="2.8",
        filter=_any(
            'resource.type="gce_route" AND (protoPayload.methodName:"compute.routes.delete"'
            ' OR protoPayload.methodName:"compute.routes.insert")',
            _like("compute", "compute.routers.insert compute.routers.patch compute.routers.update"),
        ),
        meaning="Traffic goes another way than before, or has a new way out.",
        action=f"{PUT_BACK} Where the traffic went meanwhile is in the flow logs.",
    ),
    Watch(
        name="network-changes",
        cis="2.9",
        filter=_any(
            'resource.type="gce_network" AND (protoPayload.methodName:"compute.networks.insert"'
            ' OR protoPayload.methodName:"compute.networks.patch"'
            ' OR protoPayload.methodName:"compute.networks.delete"'
            ' OR protoPayload.methodName:"compute.networks.removePeering"'
            ' OR protoPayload.methodName:"compute.networks.addPeering")',
            _like("compute", "compute.networks.updatePeering"),
        ),
        meaning="A network was made, deleted, or joined with another.",
        action=f"{LOOK} take the peering away.",
    ),
    Watch(
        name="bucket-policy-changes",
        cis="2.10",
        filter=_any(
            'resource.type="gcs_bucket" AND protoPayload.methodName="storage.setIamPermissions"',
            _calls("storage", "storage.buckets.update storage.buckets.delete"),
        ),
        meaning="Who may read a bucket, or how long it keeps things, has changed; or it is gone.",
        action=PUT_BACK,
    ),
    Watch(
        name="database-changes",
        cis="2.11",
        filter=_any(
            'protoPayload.methodName="cloudsql.instances.update"',
            _calls("cloudsql", "cloudsql.instances.delete cloudsql.instances.promoteReplica"),
        ),
        meaning="How a database is set up has changed: who reaches it, what it keeps, or whether it is.",
        action=f"{PUT_BACK} A switch-over to the other region rings it too.",
    ),
    Watch(
        name="power-taken",
        filter=(
            'protoPayload.serviceName="cloudresourcemanager.googleapis.com"'
            f' AND {_DELTA}.action="ADD" AND {_DELTA}.role=~"{_POWERFUL}"'
        ),
        meaning="Somebody was given a role with which every other role can be had.",
        action=f"{LOOK} take the role away and end the identity's sessions.",
    ),
    Watch(
        name="service-account-keys",
        filter=_calls(
            "iam", _package("google.iam.admin.v1", "CreateServiceAccountKey UploadServiceAccountKey")
        ),
        meaning="A key of a service account was made: a password that works from anywhere, for years.",
        action=f"{LOOK} delete the key. Nothing here needs one.",
    ),
    Watch(
        name="trust-changes",
        filter=_calls(
            "iam",
            _package(
                "google.iam.v1.WorkloadIdentityPools",
                """
                CreateWorkloadIdentityPool CreateWorkloadIdentityPoolProvider
                CreateWorkloadIdentityPoolProviderKey UndeleteWorkloadIdentityPool
                UndeleteWorkloadIdentityPoolProvider UpdateWorkloadIdentityPool
                UpdateWorkloadIdentityPoolProvider
                """,
            ),
        ),
        meaning="Whose tokens from outside the project believes has changed.",
        action=f"{PUT_BACK} See which service accounts such a token reaches.",
    ),
    Watch(
        name="watch-changes",
        filter=_any(
            _calls(
                "logging",
                _package(
                    "google.logging.v2.ConfigServiceV2",
                    """
                    CreateExclusion DeleteBucket DeleteSink UpdateBucket UpdateBucketAsync UpdateExclusion
                    UpdateSink
                    """,
                ),
            ),
            _calls(
                "logging", _package("google.logging.v2.MetricsServiceV2", "DeleteLogMetric UpdateLogMetric")
            ),
            _like(
                "monitoring",
                """
                AlertPolicyService.DeleteAlertPolicy AlertPolicyService.UpdateAlertPolicy
                NotificationChannelService.DeleteNotificationChannel
                NotificationChannelService.UpdateNotificationChannel
                """,
            ),
            _like(
                "securitycenter",
                """
                SecurityCenter.CreateMuteConfig SecurityCenter.DeleteNotificationConfig
                SecurityCenter.UpdateNotificationConfig
                """,
            ),
        ),
        meaning="A watchman was switched off, or told to look away.",
        action=f"{PUT_BACK} Treat the project as entered.",
    ),
    Watch(
        name="key-removal",
        filter=_like("cloudkms", "DestroyCryptoKeyVersion UpdateCryptoKeyVersion DeleteCryptoKey"),
        meaning="An encryption key is off or will be destroyed, and all data under it with it.",
        action=f"{LOOK} restore the key's version and enable it at once.",
    ),
    Watch(
        name="backup-deletions",
        filter=_any(
            _calls("cloudsql", "cloudsql.backupRuns.delete cloudsql.backups.delete cloudsql.backups.update"),
            _calls(
                "gkebackup",
                _package(
                    "google.cloud.gkebackup.v1.BackupForGKE", "DeleteBackup DeleteBackupPlan UpdateBackupPlan"
                ),
            ),
        ),
        meaning="Backups were deleted, or will end sooner, as before a demand for ransom.",
        action=f"{LOOK} close the identity's session first, then count what is left.",
    ),
    Watch(
        name="copies-made",
        filter=_any(
            _calls("cloudsql", "cloudsql.instances.clone cloudsql.instances.restoreBackup"),
            _like(
                "compute",
                "compute.snapshots.setIamPolicy compute.disks.setIamPolicy compute.images.setIamPolicy",
            ),
        ),
        meaning="The database was copied or overwritten, or a disk's copy was shared.",
        action=f"{LOOK} end the sharing at once, and find out who reads the copy.",
    ),
    Watch(
        name="refused-calls",
        filter='protoPayload.status.code=7 AND NOT protoPayload.authenticationInfo.principalEmail:"@gcp-sa-"',
        above=10,  # a mistyped command makes one or two, a search for open doors makes hundreds
        meaning="Somebody or something tries what it may not do.",
        action="Find the identity in the record: a new version without its rights, or a stolen identity?",
    ),
)
"""In the order of the benchmark, then ours."""
