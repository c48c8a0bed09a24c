"""What a project's baseline promises: people come by name, and a click makes nothing that is open."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from pulumi_gcp import compute, essentialcontacts, monitoring, orgpolicy, projects

from components.gcp.project_baseline import ENFORCED, ProjectBaseline, ProjectBaselineArgs
from plan.resource import Plan
from tests.components.gcp.kit import CHANNELS, ELSEWHERE, NAMING, PROJECT, REGION, deploy, key
from tests.components.kit import every, said, the

EMAIL = "security@example.com"
KINDS = (
    compute.ProjectMetadataItem,
    essentialcontacts.Contact,
    orgpolicy.Policy,
    projects.DefaultServiceAccounts,
)


@cache
def baseline(*, guardrails: bool = True, second: bool = True, protect: bool = True) -> Plan:
    args = ProjectBaselineArgs(
        naming=NAMING,
        project=PROJECT,
        email=EMAIL,
        organization=guardrails,
        key=key("logs"),
        channels=CHANNELS,
        regions=[REGION, ELSEWHERE] if second else [REGION],
        multi_region="us" if second else None,
        protect=protect,
    )
    return deploy(lambda opts: ProjectBaseline("baseline", args, opts))


def rule(constraint: str, plan: Plan | None = None) -> Any:
    """The one rule of a constraint's policy."""
    (found,) = (
        said(policy, "spec", "rules")
        for policy in every(plan or baseline(), orgpolicy.Policy)
        if str(said(policy, "name")).endswith(f"/{constraint}")
    )
    assert isinstance(found, list)
    assert len(found) == 1
    return found[0]


def test_people_come_to_machines_by_their_directory_account_and_by_no_serial_port() -> None:
    items = every(baseline(), compute.ProjectMetadataItem)
    assert {said(item, "key"): said(item, "value") for item in items} == {
        "enable-oslogin": "TRUE",
        "serial-port-enable": "FALSE",
    }


def test_what_others_wrote_into_the_projects_metadata_stays() -> None:
    assert every(baseline(), compute.ProjectMetadata) == []


def test_the_accounts_that_a_project_is_born_with_may_nothing_and_still_exist() -> None:
    accounts = the(baseline(), projects.DefaultServiceAccounts)
    assert (said(accounts, "project"), said(accounts, "action")) == (PROJECT, "DEPRIVILEGE")


def test_googles_notices_reach_those_who_answer() -> None:
    contact = the(baseline(), essentialcontacts.Contact)
    assert (said(contact, "parent"), said(contact, "email")) == (f"projects/{PROJECT}", EMAIL)
    told: Any = said(contact, "notificationCategorySubscriptions")
    assert {"SECURITY", "SUSPENSION", "TECHNICAL", "BILLING"} <= set(told)


def test_every_guardrail_is_of_this_project_alone() -> None:
    policies = every(baseline(), orgpolicy.Policy)
    assert {said(policy, "parent") for policy in policies} == {f"projects/{PROJECT}"}
    for policy in policies:
        assert str(said(policy, "name")).startswith(f"projects/{PROJECT}/policies/")


@pytest.mark.parametrize(
    "constraint",
    [
        "iam.disableServiceAccountKeyCreation",
        "iam.disableServiceAccountKeyUpload",
        "iam.automaticIamGrantsForDefaultServiceAccounts",
        "storage.publicAccessPrevention",
        "storage.secureHttpTransport",
        "storage.uniformBucketLevelAccess",
        "sql.restrictPublicIp",
        "sql.restrictAuthorizedNetworks",
        "compute.requireShieldedVm",
        "compute.disableSerialPortAccess",
    ],
)
def test_a_constraint_that_is_on_or_off_is_on(constraint: str) -> None:
    assert constraint in ENFORCED
    assert rule(constraint) == {"enforce": "TRUE"}


def test_no_machine_gets_an_address_of_the_internet() -> None:
    assert rule("compute.vmExternalIpAccess") == {"denyAll": "TRUE"}


def test_things_are_made_in_the_regions_of_the_platform_or_nowhere_in_particular() -> None:
    alone = rule("gcp.resourceLocations", baseline(second=False))
    assert alone == {"values": {"allowedValues": ["global", f"in:{REGION}-locations"]}}


def test_with_two_regions_their_multi_region_is_allowed_as_buckets_and_images_are_there() -> None:
    allowed = rule("gcp.resourceLocations")["values"]["allowedValues"]
    assert set(allowed) == {
        "global",
        f"in:{REGION}-locations",
        f"in:{ELSEWHERE}-locations",
        "in:us-locations",
    }


def test_a_project_whose_organisation_gives_no_right_to_it_has_no_guardrails_and_all_the_rest() -> None:
    plan = baseline(guardrails=False)
    assert every(plan, orgpolicy.Policy) == []
    for kind in KINDS:
        assert kind is orgpolicy.Policy or every(plan, kind), kind


@pytest.mark.parametrize("protect", [True, False])
def test_in_prod_no_part_of_it_is_taken_away_by_mistake(*, protect: bool) -> None:
    plan = baseline(protect=protect)
    found = [one for kind in KINDS for one in every(plan, kind)]
    assert len(found) == 2 + 1 + 1 + len(ENFORCED) + 2
    assert {one.options.protect for one in found} == {protect}


def test_the_default_network_is_left_alone() -> None:
    assert every(baseline(), compute.Network) == []


def test_a_serious_finding_wakes_somebody_where_the_organisation_lets_it() -> None:
    assert said(the(baseline(), monitoring.AlertPolicy), "notificationChannels") == list(CHANNELS)
    assert not every(baseline(guardrails=False), monitoring.AlertPolicy)
