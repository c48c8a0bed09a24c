"""The database, copied into the vault at night: the one copy that is not in Google's database service.

Google's own backups are quicker to restore and go back to any second, but whoever may administer the
database may delete them. These are plain SQL in compressed files, under the vault's lock; they can be read
without Google. A dump takes hours for a large database: it is made on a machine of its own (``offload``),
so that nobody trades slower for it. People's and services' database users are not in it: this program
makes those.

Each region asks its own instance every night whether it leads, and copies it if so. Nothing here knows
which region is active: after a switch-over the other one's next night is the first.

Who is asked for what: the workflow's identity may look at instances and start an export, the instance
itself may add files to the vault, and neither may do the other's.

Sources: Cloud SQL, *Export and import using SQL dump files* (the instance needs ``storage.objects.create``
alone; a file of the same name fails); Workflows, *Cloud SQL Admin API connector* (it waits for the end),
*Connectors: timeout*; Cloud Scheduler, *Trigger a workflow*; Google Cloud metrics, *workflows*.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import cloudscheduler, projects, serviceaccount, storage, workflows

from components.base import Part
from components.gcp.alarm import Metric, alarm, none_for
from components.naming import Naming

__all__ = ["NIGHT", "DatabaseExportArgs", "Night", "export_database"]

CLOUD: Final = "https://www.googleapis.com/auth/cloud-platform"
EXPORT_SECONDS: Final = 24 * 3600
"""A dump that takes longer is given up: the next one would meet it."""
RIGHTS: Final = ("cloudsql.instances.export", "cloudsql.instances.get")
RUNS: Final = "workflows.googleapis.com/finished_execution_count"
MISSING_HOURS: Final = 44
"""An early copy and the next day's late one are more than a day apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """Hours of the day, UTC, at which copies of one kind begin."""

    day: str
    """The day of the month, as cron says it."""
    export: int
    cluster: int

    def cron(self, hour: int) -> str:
        """When, as cron says it."""
        return f"0 {hour} {self.day} * *"


NIGHT: Final[Mapping[str, Night]] = {
    "daily": Night(day="*", export=2, cluster=1),
    "monthly": Night(day="1", export=8, cluster=7),
}
"""An instance makes one copy at a time, and a cluster too: the daily ones begin when Cloud SQL's own backup
has (`components.gcp.database_settings.BACKUP_START`), the monthly ones when the daily ones are through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseExportArgs:
    """What is copied, and where to."""

    naming: Naming
    project: str
    region: str
    instance: pulumi.Input[str]
    """Name of the region's own Cloud SQL instance."""
    instance_email: pulumi.Input[str]
    """The instance's own service account, as it says itself: another one for each instance."""
    database_name: pulumi.Input[str]
    buckets: Mapping[str, pulumi.Input[str]]
    """The vault's, by kind."""
    channels: Sequence[pulumi.Input[str]]


def export_database(part: Part, args: DatabaseExportArgs) -> None:
    """Everything that copies the instance into the vault, as children of the part."""
    account, may = _identity(part, args)
    let_in = [_let_in(part, args, kind) for kind in args.buckets]
    workflow = workflows.Workflow(
        part.named("export"),
        name=args.naming.of("workflow", "export", args.region),
        description="Copies the database into the vault, if it leads",
        service_account=account.id,
        source_contents=_steps(args),
        call_log_level="LOG_ERRORS_ONLY",
        deletion_protection=False,  # it holds nothing, and dev must be able to go
        opts=ResourceOptions(parent=part, depends_on=[*may, *let_in]),
    )
    for kind, bucket in args.buckets.items():
        _every(part, args, kind, bucket, workflow, account)
    _watch(part, args, workflow)


def _identity(
    part: Part, args: DatabaseExportArgs
) -> tuple[serviceaccount.Account, list[projects.IAMMember]]:
    """Looks at instances and starts exports; where they go to is up to the instance's own rights."""
    account = serviceaccount.Account(
        part.named("export"),
        account_id=args.naming.of("service-account", "export", args.region),
        display_name="Copies the database into the vault",
        opts=ResourceOptions(parent=part),
    )
    role = projects.IAMCustomRole(
        part.named("export"),
        # Google remembers a deleted role's name, and takes no hyphens in it.
        role_id=args.naming.once("iam-custom-role", "export", args.region).replace("-", "_"),
        title="Database export",
        description="Look at a database and copy it to where it may write",
        permissions=list(RIGHTS),
        opts=ResourceOptions(parent=part),
    )
    roles: dict[str, pulumi.Input[str]] = {
        "export": role.name,
        "start": "roles/workflows.invoker",
        "log": "roles/logging.logWriter",
    }
    return account, [
        projects.IAMMember(
            part.named(f"may-{purpose}"),
            project=args.project,
            role=name,
            member=account.member,
            opts=ResourceOptions(parent=part),
        )
        for purpose, name in roles.items()
    ]


def _let_in(part: Part, args: DatabaseExportArgs, kind: str) -> storage.BucketIAMMember:
    """The instance adds files, and can neither read nor delete one."""
    return storage.BucketIAMMember(
        part.named(f"instance-{kind}"),
        bucket=args.buckets[kind],
        role="roles/storage.objectCreator",
        member=pulumi.Output.concat("serviceAccount:", args.instance_email),
        opts=ResourceOptions(parent=part),
    )


def _steps(args: DatabaseExportArgs) -> pulumi.Output[str]:
    """The workflow, in its JSON form. What starts it says which bucket."""

    def written(known: Mapping[str, str]) -> str:
        where = {"project": args.project, "instance": known["instance"]}
        file = f'"/{known["instance"]}/" + time.format(sys.now()) + ".sql.gz"'
        export = {
            "fileType": "SQL",
            "uri": f'${{"gs://" + start.bucket + {file}}}',
            "databases": [known["database"]],
            "offload": True,
        }
        steps = [
            {"look": {"call": "googleapis.sqladmin.v1.instances.get", "args": where, "result": "found"}},
            {
                "follower": {
                    "switch": [
                        {"condition": '${found.instanceType == "READ_REPLICA_INSTANCE"}', "next": "end"}
                    ]
                }
            },
            {
                "export": {
                    "call": "googleapis.sqladmin.v1.instances.export",
                    "args": {
                        **where,
                        "body": {"exportContext": export},
                        "connector_params": {"timeout": EXPORT_SECONDS},
                    },
                }
            },
        ]
        return json.dumps({"main": {"params": ["start"], "steps": steps}}, indent=1)

    known = pulumi.Output.all(instance=args.instance, database=args.database_name)
    return known.apply(lambda found: written({str(key): str(value) for key, value in found.items()}))


def _every(
    part: Part,
    args: DatabaseExportArgs,
    kind: str,
    bucket: pulumi.Input[str],
    workflow: workflows.Workflow,
    account: serviceaccount.Account,
) -> None:
    night = NIGHT[kind]
    cloudscheduler.Job(
        part.named(f"export-{kind}"),
        name=args.naming.of("scheduler-job", "export", kind, args.region),
        description=f"Starts the {kind} copy of the database",
        schedule=night.cron(night.export),
        time_zone="Etc/UTC",
        retry_config=cloudscheduler.JobRetryConfigArgs(retry_count=3),
        http_target=cloudscheduler.JobHttpTargetArgs(
            http_method="POST",
            uri=pulumi.Output.concat(
                "https://workflowexecutions.googleapis.com/v1/", workflow.id, "/executions"
            ),
            body=pulumi.Output.from_input(bucket).apply(_order),
            oauth_token=cloudscheduler.JobHttpTargetOauthTokenArgs(
                service_account_email=account.email, scope=CLOUD
            ),
        ),
        opts=ResourceOptions(parent=part),
    )


def _order(bucket: str) -> str:
    """What the workflow is started with, as Cloud Scheduler sends it."""
    body = json.dumps({"argument": json.dumps({"bucket": bucket})})
    return base64.b64encode(body.encode()).decode()


def _watch(part: Part, args: DatabaseExportArgs, workflow: workflows.Workflow) -> None:
    """A copy that fails; and nights on which nothing even tried."""
    which: dict[str, pulumi.Input[str]] = {
        "resource.labels.workflow_id": workflow.name,
        "resource.labels.location": args.region,
    }
    source = "workflows.googleapis.com/Workflow"
    alarm(
        part,
        "export-failed",
        Metric(
            type=RUNS,
            resource=source,
            labels={**which, "metric.labels.status": "FAILED"},
            above=0,
            aligner="ALIGN_SUM",
            reducer="REDUCE_SUM",
            seconds=300,
        ),
        naming=args.naming,
        channels=args.channels,
        description=(
            f"The night's copy of the database of {args.region} failed: Workflows > Executions says why. The "
            "last good one is a day older; start it again from Cloud Scheduler before the next night."
        ),
    )
    alarm(
        part,
        "export-missing",
        none_for(
            Metric(
                type=RUNS, resource=source, labels={**which, "metric.labels.status": "SUCCEEDED"}, below=1
            ),
            hours=MISSING_HOURS,
        ),
        naming=args.naming,
        channels=args.channels,
        description=(
            f"Nobody has copied the database of {args.region} for two days. Is the job in Cloud Scheduler "
            "paused, or may its identity start the workflow no more?"
        ),
    )
