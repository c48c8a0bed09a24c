"""What the tunnels' secret promises: people can read it in one place, and no state keeps it in the clear."""

from __future__ import annotations

from functools import cache

import pulumi
from pulumi_gcp import compute, secretmanager

from components.gcp.office_secret import OfficeSecret, OfficeSecretArgs
from plan.resource import Mode, Plan
from plan.value import UNKNOWN, WRITE_ONLY
from tests.components.gcp.kit import ELSEWHERE, NAMING, REGION, deploy, key
from tests.components.kit import before, said, the, token

KEYS = {REGION: key("secrets"), ELSEWHERE: key("secrets", ELSEWHERE)}


@cache
def secret(version: int = 3, *, protect: bool = True, mode: Mode = "up") -> Plan:
    args = OfficeSecretArgs(naming=NAMING, keys=KEYS, version=version, protect=protect)

    def program(opts: pulumi.ResourceOptions) -> None:
        made = OfficeSecret("office-secret", args, opts)
        compute.VPNTunnel(
            "tunnel",
            shared_secret_wo=made.shared_secret,
            shared_secret_wo_version="3",
            region=REGION,
            opts=opts,
        )

    return deploy(program, mode)


def test_no_plan_and_no_output_holds_the_value() -> None:
    plan = secret()
    assert said(the(plan, secretmanager.SecretVersion), "secretDataWo") == WRITE_ONLY
    assert said(the(plan, compute.VPNTunnel), "sharedSecretWo") == WRITE_ONLY
    (part,) = plan.of_type("trading-platform:gcp:OfficeSecret")
    assert set(part.outputs) == {"secret_id"}


def test_a_new_version_is_asked_for_by_its_number_and_the_old_one_can_still_be_read() -> None:
    first, second = (the(secret(number), secretmanager.SecretVersion) for number in (3, 4))
    assert (said(first, "secretDataWoVersion"), said(second, "secretDataWoVersion")) == ("3", "4")
    assert said(first, "deletionPolicy") == "DISABLE"


def test_the_tunnels_wait_until_people_can_read_what_they_are_made_with() -> None:
    plan = secret()
    waits = before(plan, the(plan, compute.VPNTunnel))
    assert (token(secretmanager.SecretVersion), "office-secret-version") in waits


def test_it_has_a_replica_in_each_region_under_that_regions_key() -> None:
    replicas = said(the(secret(), secretmanager.Secret), "replication", "userManaged", "replicas")
    assert isinstance(replicas, list)
    assert [dict(one)["location"] for one in replicas if isinstance(one, dict)] == [REGION, ELSEWHERE]


def test_it_is_hard_to_lose_where_it_counts() -> None:
    for protect in (True, False):
        found = the(secret(protect=protect), secretmanager.Secret)
        assert (found.options.protect, said(found, "deletionProtection")) == (protect, protect)


def test_the_preview_of_a_first_deployment_does_not_know_it() -> None:
    found = the(secret(mode="preview"), secretmanager.SecretVersion)
    assert said(found, "secretDataWo") in (WRITE_ONLY, UNKNOWN)
