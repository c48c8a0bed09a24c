"""What the night's copy promises: who leads is copied into the other region's vault, and nobody else."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

import pytest
from pulumi_gcp import cloudscheduler, monitoring, projects, serviceaccount, storage, workflows

from components.gcp.database_export import NIGHT
from components.gcp.database_settings import BACKUP_START
from plan.resource import Resource
from tests.components.gcp.kit import ELSEWHERE, PROJECT, REGION
from tests.components.gcp.support_backup import DATABASE, DEV, PROD, channels, email, instance, kept
from tests.components.kit import before, every, said, sources, the, token

OTHER: Final = {REGION: ELSEWHERE, ELSEWHERE: REGION}
REGIONS: Final = tuple(OTHER)


def workflow(region: str) -> Resource:
    return the(kept(PROD), workflows.Workflow, f"backup-{region}-export")


def steps(region: str) -> dict[str, Any]:
    """The workflow's steps by name, in their order."""
    found = json.loads(str(said(workflow(region), "sourceContents")))["main"]
    assert found["params"] == ["start"]
    return {name: step for one in found["steps"] for name, step in one.items()}


def job(region: str, kind: str) -> Resource:
    return the(kept(PROD), cloudscheduler.Job, f"backup-{region}-export-{kind}")


@pytest.mark.parametrize("region", REGIONS)
def test_the_regions_own_instance_is_asked_whether_it_leads_before_it_is_copied(region: str) -> None:
    found = steps(region)
    assert list(found) == ["look", "follower", "export"]
    where = {"project": PROJECT, "instance": instance(region)}
    assert found["look"]["call"] == "googleapis.sqladmin.v1.instances.get"
    assert found["export"]["call"] == "googleapis.sqladmin.v1.instances.export"
    assert found["look"]["args"] == where
    assert found["look"]["result"] == "found"
    (follows,) = found["follower"]["switch"]
    assert follows == {"condition": '${found.instanceType == "READ_REPLICA_INSTANCE"}', "next": "end"}
    assert found["export"]["args"].items() >= where.items()


def test_the_database_is_copied_on_a_machine_of_its_own_and_no_copy_meets_another() -> None:
    export = steps(REGION)["export"]
    context = export["args"]["body"]["exportContext"]
    assert context["fileType"] == "SQL"
    assert context["databases"] == [DATABASE]
    assert context["offload"] is True, "else those who trade wait for it"
    assert context["uri"] == (
        f'${{"gs://" + start.bucket + "/{instance(REGION)}/" + time.format(sys.now()) + ".sql.gz"}}'
    ), "a file of the same name is refused"
    assert export["args"]["connector_params"]["timeout"] <= 24 * 3600


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("kind", ["daily", "monthly"])
def test_each_kind_goes_to_its_own_bucket_of_the_other_regions_vault(region: str, kind: str) -> None:
    plan = kept(PROD)
    body = base64.b64decode(str(said(job(region, kind), "httpTarget", "body")))
    order = json.loads(json.loads(body)["argument"])
    vault = the(plan, storage.Bucket, f"vault-{OTHER[region]}-{kind}")
    assert order == {"bucket": said(vault, "name")}
    assert said(job(region, kind), "httpTarget", "uri") == (
        f"https://workflowexecutions.googleapis.com/v1/{workflow(region).id}/executions"
    )


def test_copies_are_made_daily_and_on_the_first_of_a_month_when_the_daily_one_is_through() -> None:
    daily, monthly = (str(said(job(REGION, kind), "schedule")).split() for kind in ("daily", "monthly"))
    assert daily[2:] == ["*", "*", "*"]
    assert monthly[2:] == ["1", "*", "*"]
    assert {str(said(job(REGION, kind), "timeZone")) for kind in ("daily", "monthly")} == {"Etc/UTC"}
    assert 6 <= (int(monthly[1]) - int(daily[1])) % 24 <= 18
    own = int(BACKUP_START.partition(":")[0])
    taken = {hour % 24 for hour in range(own, own + 5)}
    assert not {int(daily[1]), int(monthly[1])} & taken, "Cloud SQL begins its own backup in these hours"
    hours = [hour for night in NIGHT.values() for hour in (night.export, night.cluster)]
    assert len(set(hours)) == len(hours)
    assert {str(said(one, "schedule")) for one in every(kept(DEV), cloudscheduler.Job)} == {" ".join(daily)}


@pytest.mark.parametrize("region", REGIONS)
def test_the_instance_adds_files_to_the_other_regions_vault_and_may_do_nothing_else_there(
    region: str,
) -> None:
    plan = kept(PROD)
    for kind in ("daily", "monthly"):
        grant = the(plan, storage.BucketIAMMember, f"backup-{region}-instance-{kind}")
        assert sources(plan, grant, "bucket") == {f"vault-{OTHER[region]}-{kind}"}
        assert said(grant, "role") == "roles/storage.objectCreator"
        assert said(grant, "member") == f"serviceAccount:{email(region)}"
    assert len(every(plan, storage.BucketIAMMember)) == 4, "nobody else is let into a vault"


@pytest.mark.parametrize("region", REGIONS)
def test_who_starts_copies_may_look_and_export_and_reads_no_file(region: str) -> None:
    plan, name = kept(PROD), f"backup-{region}-export"
    role = the(plan, projects.IAMCustomRole, name)
    assert said(role, "permissions") == ["cloudsql.instances.export", "cloudsql.instances.get"]
    held = {
        str(said(one, "role"))
        for one in every(plan, projects.IAMMember)
        if sources(plan, one, "member") == {name}
    }
    assert held == {str(role.outputs["name"]), "roles/workflows.invoker", "roles/logging.logWriter"}
    account = the(plan, serviceaccount.Account, name)
    assert sources(plan, workflow(region), "serviceAccount") == {name}
    for kind in ("daily", "monthly"):
        who = said(job(region, kind), "httpTarget", "oauthToken", "serviceAccountEmail")
        assert who == account.outputs["email"]


def test_google_takes_the_roles_name() -> None:
    for one in every(kept(PROD), projects.IAMCustomRole):
        assert str(said(one, "roleId")).replace("_", "").isalnum()


@pytest.mark.parametrize("region", REGIONS)
def test_nothing_is_copied_by_who_may_not_yet(region: str) -> None:
    found = before(kept(PROD), workflow(region))
    for purpose in ("export", "start", "log"):
        assert (token(projects.IAMMember), f"backup-{region}-may-{purpose}") in found
    for kind in ("daily", "monthly"):
        assert (token(storage.BucketIAMMember), f"backup-{region}-instance-{kind}") in found


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(("name", "status"), [("failed", "FAILED"), ("missing", "SUCCEEDED")])
def test_somebody_hears_of_a_copy_that_failed_and_of_nights_without_one(
    region: str, name: str, status: str
) -> None:
    alarm = the(kept(PROD), monitoring.AlertPolicy, f"backup-{region}-export-{name}")
    condition: Any = said(alarm, "conditions", 0)
    query = condition.get("conditionPrometheusQueryLanguage")
    asked = str(query["query"] if query else condition["conditionThreshold"]["filter"]).replace(" ", "")
    for part in (
        "finished_execution_count",
        '="workflows.googleapis.com/Workflow"',
        f'workflow_id="{said(workflow(region), "name")}"',
        f'location="{region}"',
        f'status="{status}"',
    ):
        assert part in asked
    assert said(alarm, "notificationChannels") == channels(region)
    assert region in str(said(alarm, "documentation", "content"))


@pytest.mark.parametrize("name", ["export-missing", "daily-missing"])
def test_what_is_missing_rings_within_two_days_and_not_when_a_night_is_only_late(name: str) -> None:
    condition: Any = said(
        the(kept(PROD), monitoring.AlertPolicy, f"backup-{REGION}-{name}"),
        *("conditions", 0, "conditionPrometheusQueryLanguage"),
    )
    assert condition["query"].endswith("or vector(0)) < 1"), "what never ran says nothing"
    window = re.search(r"\[(\d+)h\]", condition["query"])
    assert window
    assert 25 < int(window[1]) <= 48
