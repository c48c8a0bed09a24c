"""The record of what was done in the project: kept where nobody can rewrite it, and watched.

Google writes down every change by itself and keeps it for 400 days; that cannot be switched off. Here is
what it does not do: who only looked (`_settings`), a second copy in the audit bucket, under its lock, and
a log bucket of our own, where questions are asked and `components.gcp.audit_alarms` watches. Nobody is
told by a file in a bucket.

What it costs: changes are free. Who read or wrote data is paid by the volume, and the busiest services
write most of it: each object read, each login to the database. So ``data_access`` decides about those;
use of keys, reading of secrets and identities taken are recorded always. The copy in Google's own log
bucket would be paid a second time, so it is not made.

The log bucket is under Google's own key: the agent that would need ours is told only by the running
project, and a log bucket's key can never be taken away again. The copy in the audit bucket is under ours.

**A locked log bucket is for ever.** Its retention cannot be changed any more, and it goes only when it
is empty. So the days are chosen before the first deployment, not after.

Sources: Cloud Audit Logs, *Overview*, *Configure Data Access audit logs*; Cloud Logging, *Route logs to
supported destinations* (no grant for a log bucket of the same project), *Configure log buckets*, *Configure
CMEK for log storage*; CIS Google Cloud Platform Foundation Benchmark v3.0.0, 2.1 to 2.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import logging, projects, storage

from components.base import Part
from components.gcp.audit_alarms import watch_calls
from components.naming import Naming

__all__ = ["Audit", "AuditArgs"]

AUDIT_LOGS: Final = 'logName:"/logs/cloudaudit.googleapis.com%2F"'
DATA_ACCESS: Final = 'log_id("cloudaudit.googleapis.com/data_access")'
EVERYTHING: Final = "allServices"
ALWAYS: Final = ("cloudkms", "iam", "secretmanager", "sts")
"""Services whose every use is recorded: keys, identities, secrets, tokens from outside."""
DATA: Final = ("DATA_READ", "DATA_WRITE")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditArgs:
    """Where the record lives, what it looks at closely, and who hears of what it sees."""

    naming: Naming
    project: str
    region: str
    """Where the log bucket is; the record is of the whole project."""
    bucket_name: pulumi.Input[str]
    """Takes the files. Under a retention lock, so that they stay as they were written."""
    data_access: bool
    """Record who reads and writes data in every service, also in the busy ones: objects, database."""
    log_days: int
    """For so many days a question can be asked of the log bucket; the audit bucket keeps what is older."""
    channels: Sequence[pulumi.Input[str]]
    protect: bool


class Audit(Part):
    """What is recorded, its two copies, and the alarms on them."""

    log_bucket_id: pulumi.Output[str]

    def __init__(self, name: str, args: AuditArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._settings()
        self._file()
        kept = self._keep()
        watch_calls(self, naming=args.naming, log_bucket_id=kept.id, channels=args.channels)
        self.log_bucket_id = kept.id
        self.finish()

    def _settings(self) -> None:
        """Nobody is exempt: one exempt identity is the one that an intruder looks for."""
        self._recorded("everything", EVERYTHING, ("ADMIN_READ", *(DATA if self._args.data_access else ())))
        if not self._args.data_access:
            for service in ALWAYS:
                self._recorded(service, f"{service}.googleapis.com", DATA)

    def _recorded(self, child: str, service: str, kinds: Sequence[str]) -> None:
        projects.IAMAuditConfig(
            self.named(child),
            project=self._args.project,
            service=service,
            audit_log_configs=[
                projects.IAMAuditConfigAuditLogConfigArgs(log_type=kind, exempted_members=[])
                for kind in kinds
            ],
            opts=ResourceOptions(parent=self, protect=self._args.protect),
        )

    def _file(self) -> None:
        """The copy that outlives the project's own logs. Until its writer is let in, entries are lost."""
        args = self._args
        sink = logging.ProjectSink(
            self.named("files"),
            name=args.naming.of("log-sink", "audit", "files"),
            description="Audit logs, for good",
            destination=pulumi.Output.concat("storage.googleapis.com/", args.bucket_name),
            filter=AUDIT_LOGS,
            exclusions=[
                # The sink's own files arrive there, and each would be an entry in the next.
                logging.ProjectSinkExclusionArgs(
                    name="own-files",
                    filter=pulumi.Output.concat(
                        f'{DATA_ACCESS} AND resource.type="gcs_bucket" AND resource.labels.bucket_name="',
                        args.bucket_name,
                        '" AND protoPayload.methodName="storage.objects.create"',
                    ),
                )
            ],
            unique_writer_identity=True,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        storage.BucketIAMMember(
            self.named("files"),
            bucket=args.bucket_name,
            role="roles/storage.objectCreator",
            member=sink.writer_identity,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )

    def _keep(self) -> logging.ProjectBucketConfig:
        """The copy that can be asked, and that the alarms count in."""
        args = self._args
        kept = logging.ProjectBucketConfig(
            self.named("log"),
            project=args.project,
            location=args.region,
            bucket_id=args.naming.once("log-bucket", "audit"),
            description="Audit logs, for questions",
            retention_days=args.log_days,
            locked=args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        logging.ProjectSink(
            self.named("log"),
            name=args.naming.of("log-sink", "audit", "log"),
            description="Audit logs, for questions",
            destination=pulumi.Output.concat("logging.googleapis.com/", kept.id),
            filter=AUDIT_LOGS,
            unique_writer_identity=True,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        logging.ProjectExclusion(
            self.named("paid-once"),
            name=args.naming.of("log-sink", "audit", "paid-once"),
            description="Is in the audit log bucket already",
            filter=DATA_ACCESS,
            opts=ResourceOptions(parent=self),
        )
        return kept
