"""A database as its part makes it: alone and small, alone and large, and a pair in two regions.

Every fixture value differs between the regions, so that one in another's place is seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

import pulumi
from pulumi_gcp import sql

from components.contracts import Recovery
from components.gcp.database import Database, DatabaseArgs
from components.gcp.database_members import Follower, Founder, Member
from components.naming import Naming
from components.providers import gcp_provider
from plan.resource import Mode, Plan, Resource
from tests.components.gcp.kit import CHANNELS, ELSEWHERE, PROJECT, REGION, TAGS, deploy, key
from tests.components.kit import the

PLUS: Final = "db-perf-optimized-N-4"
SMALL: Final = "db-custom-1-3840"
DISK_GIB: Final = 120
BACKUP_DAYS: Final = 33
BACKUPS: Final = "us"
NETWORK: Final = f"projects/{PROJECT}/global/networks/trading-prod"
USERS: Final = {"api": f"api@{PROJECT}.iam", "worker": f"worker@{PROJECT}.iam"}
ADMINS: Final = ("desk@acme.example",)

Where = Literal["home", "dr"]
"""The founder's part and the follower's, by their logical names."""
REGIONS: Final[dict[Where, str]] = {"home": REGION, "dr": ELSEWHERE}
WHERE: Final[tuple[Where, ...]] = ("home", "dr")


@dataclass(frozen=True)
class Recorded:
    """The plan, and what the parts say without saying it to the engine."""

    plan: Plan
    recovery: dict[str, Recovery]


def subnet(region: str) -> str:
    """The region's subnet."""
    return f"projects/{PROJECT}/regions/{region}/subnetworks/trading-prod-{region}"


def args(
    region: str = REGION,
    *,
    machine: str = PLUS,
    instances: int = 2,
    protect: bool = True,
    generation: int = 1,
    version: str = "17",
    member: Member | None = None,
) -> DatabaseArgs:
    """A database's settings; the same in both regions, but for what belongs to the region."""
    return DatabaseArgs(
        naming=Naming("prod", generation),
        tags=TAGS,
        project=PROJECT,
        region=region,
        network_id=NETWORK,
        subnet_id=subnet(region),
        key=key("data", region),
        version=version,
        machine=machine,
        disk_gib=DISK_GIB,
        instances=instances,
        backup_days=BACKUP_DAYS,
        backup_location=BACKUPS,
        users=USERS,
        admins=ADMINS,
        channels=CHANNELS,
        protect=protect,
        member=member,
    )


@cache
def alone(
    machine: str = SMALL, instances: int = 1, *, protect: bool = False, generation: int = 1, mode: Mode = "up"
) -> Recorded:
    """A database without a second region. Recorded once a shape."""
    made: list[Database] = []
    given = args(machine=machine, instances=instances, protect=protect, generation=generation)
    plan = deploy(lambda opts: made.append(Database("alone", given, opts)), mode)
    return Recorded(plan, {"alone": made[0].recovery})


@cache
def pair(instances: int = 3, copies: int = 2, *, protect: bool = True, mode: Mode = "up") -> Recorded:
    """Both regions, wired as a stack wires them. Recorded once a shape."""
    recovery: dict[str, Recovery] = {}

    def both(home: pulumi.ResourceOptions) -> None:
        away = pulumi.ResourceOptions(provider=gcp_provider("gcp-dr", project=PROJECT, region=ELSEWHERE))
        founder = Founder(peer_region=ELSEWHERE)
        first = Database("home", args(instances=instances, protect=protect, member=founder), home)
        follower = Follower(peer_region=REGION, original=first.instance_name)
        copy = Database("dr", args(ELSEWHERE, instances=copies, protect=protect, member=follower), away)
        recovery.update(home=first.recovery, dr=copy.recovery)

    return Recorded(deploy(both, mode), recovery)


def instance(plan: Plan, where: str) -> Resource:
    """The part's instance."""
    return the(plan, sql.DatabaseInstance, f"{where}-instance")
