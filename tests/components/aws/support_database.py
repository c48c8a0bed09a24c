"""A global database as its parts make it: both clusters, the frame around them, the master's secret.

Every fixture value differs between the regions, so that one in another's place is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

import pulumi

from components.aws.database import Database, DatabaseArgs
from components.aws.global_database import Follower, Founder, GlobalDatabase, GlobalDatabaseArgs, Member
from components.aws.master_secret import MasterSecret, MasterSecretArgs
from components.contracts import Recovery
from components.naming import Naming
from components.providers import aws_provider
from plan.resource import Mode, Plan, Resource
from plan.value import Value
from tests.components.aws.kit import ACCOUNT, CIDR, REGION, deploy
from tests.support import values

HOME: Final = REGION
DR: Final = "us-west-2"
VERSION: Final = "17.7"
LOG_DAYS: Final = 90
MAX_CAPACITY: Final = 16

Where = Literal["home", "dr"]
"""The founder's part and the follower's, by their logical names."""
REGIONS: Final[dict[Where, str]] = {"home": HOME, "dr": DR}
WHERE: Final[tuple[Where, ...]] = ("home", "dr")


@dataclass(frozen=True)
class Pair:
    """What differs between the pairs that are recorded."""

    protect: bool = True
    copies: int = 1
    """Instances of the follower."""
    password_version: int = 1


WARM: Final = Pair()
BARE: Final = Pair(copies=0)
LOOSE: Final = Pair(protect=False)
RENEWED: Final = replace(WARM, password_version=2)
PAIRS: Final = (WARM, BARE, LOOSE)


@dataclass(frozen=True)
class Recorded:
    """The plan, and what the parts say without saying it to the engine."""

    plan: Plan
    recovery: dict[Where, Recovery]


def topic(region: str) -> str:
    """Who is woken in that region."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:alerts-{region}"


def key_in(region: str, data: str) -> str:
    """The ARN of that region's key for a class of data."""
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{data}-{region}"


def subnets(region: str, tier: str) -> list[str]:
    """Two of a tier, in that region's network."""
    return [f"subnet-{tier}-{region}-{zone}" for zone in "ab"]


@cache
def recorded(pair: Pair = WARM, mode: Mode = "up") -> Recorded:
    """Both regions, wired as a stack wires them. Recorded once a shape."""
    recovery: dict[Where, Recovery] = {}
    plan = deploy(lambda opts: recovery.update(both(pair, opts)), mode)
    return Recorded(plan, recovery)


def both(pair: Pair, home: pulumi.ResourceOptions) -> dict[Where, Recovery]:
    """Declare the pair: the frame and the founder at home, the follower in the other region."""
    naming = Naming("prod")
    away = pulumi.ResourceOptions(provider=aws_provider("aws-dr", account=ACCOUNT, region=DR))
    frame = GlobalDatabase(
        "frame", GlobalDatabaseArgs(naming=naming, version=VERSION, protect=pair.protect), home
    )
    founder = Founder(
        global_cluster_id=frame.global_cluster_id,
        peer_region=DR,
        password=frame.master_password,
        password_version=pair.password_version,
    )
    first = Database("home", database(pair, HOME, founder, instances=2), home)
    follower = Follower(global_cluster_id=frame.global_cluster_id, peer_region=HOME, after=first.instances)
    copy = Database("dr", database(pair, DR, follower, instances=pair.copies), away)
    MasterSecret(
        "master",
        MasterSecretArgs(
            naming=naming,
            account=ACCOUNT,
            region=HOME,
            replica_region=DR,
            secrets_key_arn=key_in(HOME, "secrets"),
            replica_key_arn=key_in(DR, "secrets"),
            log_key_arn=key_in(HOME, "logs"),
            log_days=LOG_DAYS,
            host=first.endpoint,
            cluster_identifier="orders",
            database_group_id=first.security_group_id,
            after=first.instances,
            password=frame.master_password,
            password_version=pair.password_version,
            network_id=f"vpc-{HOME}",
            subnet_ids=subnets(HOME, "private"),
            api_cidr=CIDR,
            topic_arn=topic(HOME),
            protect=pair.protect,
        ),
        home,
    )
    return {"home": first.recovery, "dr": copy.recovery}


def database(pair: Pair, region: str, member: Member | None, *, instances: int) -> DatabaseArgs:
    """A cluster's settings; the same in both regions, but for what belongs to the region."""
    return DatabaseArgs(
        naming=Naming("prod"),
        account=ACCOUNT,
        region=region,
        network_id=f"vpc-{region}",
        subnet_ids=subnets(region, "database"),
        client_group_id=f"sg-pods-{region}",
        data_key_arn=key_in(region, "data"),
        secrets_key_arn=key_in(region, "secrets"),
        log_key_arn=key_in(region, "logs"),
        version=VERSION,
        min_capacity=2,
        max_capacity=MAX_CAPACITY,
        instances=instances,
        backup_days=35,
        log_days=LOG_DAYS,
        topic_arn=topic(region),
        protect=pair.protect,
        member=member,
    )


def leaves(plan: Plan) -> Iterator[tuple[Resource, str, Value]]:
    """Every single value of the plan, asked for or answered, with its resource and its path."""
    for one in plan:
        for path, value in (*values(dict(one.inputs)), *values(dict(one.outputs))):
            yield one, path, value
