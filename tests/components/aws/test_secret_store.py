"""What the secret store promises: the program never knows a secret, and both regions find it by one name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Final

import pytest
from pulumi_aws import secretsmanager

from components.aws.secret_store import (
    AGE_TAG,
    SecretStore,
    SecretStoreArgs,
    secret_arn_pattern,
    secret_name,
)
from components.naming import Naming
from plan.resource import Plan, Resource
from tests.components.aws.kit import ACCOUNT, REGION, deploy, key
from tests.components.aws.support_data import document
from tests.components.kit import every, said, sources, the

THERE: Final = "us-west-2"
THERE_KEY: Final = f"arn:aws:kms:{THERE}:{ACCOUNT}:key/secrets"
NAMES: Final = ("broker", "feed")
AGE: Final = 75


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as secrets are concerned."""

    replicated: bool = False
    protect: bool = False


DEV: Final = Shape()
PROD: Final = Shape(replicated=True, protect=True)
SHAPES: Final = (DEV, PROD)


def args(
    *, replica_region: str | None, replica_key_arn: str | None, protect: bool = False
) -> SecretStoreArgs:
    """The arguments of a store of two secrets."""
    return SecretStoreArgs(
        naming=Naming("dev"),
        account=ACCOUNT,
        names=NAMES,
        key_arn=key("secrets"),
        replica_region=replica_region,
        replica_key_arn=replica_key_arn,
        max_age_days=AGE,
        protect=protect,
    )


@cache
def store(shape: Shape) -> Plan:
    """A store, recorded once a shape."""
    region, there = (THERE, THERE_KEY) if shape.replicated else (None, None)
    wanted = args(replica_region=region, replica_key_arn=there, protect=shape.protect)
    return deploy(lambda opts: SecretStore("secrets", wanted, opts))


def secrets(shape: Shape) -> list[Resource]:
    """All secrets."""
    found = every(store(shape), secretsmanager.Secret)
    assert len(found) == len(NAMES)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_the_program_makes_the_place_and_never_sees_what_is_put_there(shape: Shape) -> None:
    plan = store(shape)
    assert not every(plan, secretsmanager.SecretVersion)
    assert not every(plan, secretsmanager.SecretRotation), "AWS cannot renew what a partner issues"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_found_by_one_name_in_either_region(shape: Shape) -> None:
    (part,) = store(shape).of_type("trading-platform:aws:SecretStore")
    assert part.outputs == {"secret_ids": {name: f"trading-dev/{name}" for name in NAMES}}
    assert {said(one, "name") for one in secrets(shape)} == {f"trading-dev/{name}" for name in NAMES}


def test_each_region_keeps_it_under_its_own_key() -> None:
    for one in secrets(PROD):
        assert said(one, "kmsKeyId") == key("secrets")
        assert said(one, "replicas") == [{"region": THERE, "kmsKeyId": THERE_KEY}]


def test_without_another_region_there_is_no_replica() -> None:
    assert {said(one, "replicas") for one in secrets(DEV)} == {None}


@pytest.mark.parametrize(("region", "there"), [(THERE, None), (None, THERE_KEY)])
def test_a_replica_without_a_key_of_ours_is_refused(region: str | None, there: str | None) -> None:
    with pytest.raises(ValueError, match=r"replica_region .* and replica_key_arn belong together"):
        args(replica_region=region, replica_key_arn=there)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_people_promoted_in_the_other_region_is_never_overwritten(shape: Shape) -> None:
    assert {said(one, "forceOverwriteReplicaSecret") for one in secrets(shape)} == {False}


@pytest.mark.parametrize(("shape", "days"), [(DEV, 7), (PROD, 30)])
def test_a_deleted_secret_can_be_had_back(shape: Shape, days: int) -> None:
    for one in secrets(shape):
        assert said(one, "recoveryWindowInDays") == days
        assert one.options.protect is shape.protect


@pytest.mark.parametrize("shape", SHAPES)
def test_no_right_that_somebody_gives_later_reaches_beyond_the_account(shape: Shape) -> None:
    plan = store(shape)
    for name in NAMES:
        (deny,) = document(plan, secretsmanager.SecretPolicy, f"secrets-{name}")
        assert (deny["Effect"], deny["Principal"], deny["Action"]) == ("Deny", "*", "secretsmanager:*")
        assert deny["Condition"] == {
            "StringNotEquals": {"aws:PrincipalAccount": ACCOUNT},
            "Bool": {"aws:PrincipalIsAWSService": "false"},
        }
        policy = the(plan, secretsmanager.SecretPolicy, f"secrets-{name}")
        assert sources(plan, policy, "secretArn") == {f"secrets-{name}"}
        assert said(policy, "blockPublicPolicy") is True


@pytest.mark.parametrize("shape", SHAPES)
def test_who_cannot_read_is_known_and_can_be_judged_before_anything_is_made(shape: Shape) -> None:
    plan = store(shape)
    for one in every(plan, secretsmanager.SecretPolicy):
        assert sources(plan, one, "policy") == set()


@pytest.mark.parametrize("shape", SHAPES)
def test_how_old_a_value_may_become_is_written_on_the_secret_beside_the_platforms_tags(shape: Shape) -> None:
    for one in secrets(shape):
        assert said(one, "tags", AGE_TAG) == str(AGE)
        assert said(one, "tags", "owner") == "trading"


def test_a_policy_can_name_a_secret_before_it_exists_in_each_region_and_no_other_secret() -> None:
    for name in NAMES:
        made = str(the(store(PROD), secretsmanager.Secret, f"secrets-{name}").outputs["arn"])
        whole = secret_name(Naming("dev"), name)
        here, there = (
            secret_arn_pattern(account=ACCOUNT, region=region, name=whole) for region in (REGION, THERE)
        )
        assert fnmatchcase(made, here)
        assert fnmatchcase(made.replace(REGION, THERE), there)
        assert not fnmatchcase(made, there)
        assert not fnmatchcase(made.replace(f"/{name}-", f"/{name}-two-"), here)


@pytest.mark.parametrize("name", ["market-orders", "fix-broker", "a-123456"])
def test_a_name_that_looks_like_the_end_of_an_arn_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name} ends in a hyphen and six characters.*expected") as told:
        secret_name(Naming("prod"), name)
    better = str(told.value).rpartition(" ")[2]
    assert secret_name(Naming("prod"), better).endswith(better)


@pytest.mark.parametrize("name", ["broker", "market-data", "broker-key", "market-1234567"])
def test_other_names_are_taken_and_no_whole_name_ends_like_an_arn(name: str) -> None:
    whole = secret_name(Naming("prod"), name)
    assert whole == f"trading-prod/{name}"
    assert not re.fullmatch(r".*-.{6}", whole)
