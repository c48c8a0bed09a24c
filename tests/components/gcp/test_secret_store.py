"""What the secret store promises: the program never knows a secret, and both regions read it by one name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, get_args

import pytest
from pulumi_gcp import secretmanager

from components.gcp.secret_store import AGE_LABEL, SecretStore, SecretStoreArgs, secret_name
from components.naming import Naming
from config.settings import Environment
from plan.resource import Plan, Resource
from tests.components.gcp.kit import ELSEWHERE, NAMING, PROJECT, REGION, deploy, key
from tests.components.kit import every, said

NAMES: Final = ("broker", "feed")
TOPIC: Final = f"projects/{PROJECT}/topics/changes"
AGE: Final = 75


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as secrets are concerned."""

    regions: tuple[str, ...] = (REGION,)
    protect: bool = False
    topics: tuple[str, ...] = field(default=())


DEV: Final = Shape()
PROD: Final = Shape(regions=(REGION, ELSEWHERE), protect=True, topics=(TOPIC,))
SHAPES: Final = (DEV, PROD)


def args(shape: Shape, keys: Mapping[str, str] | None = None) -> SecretStoreArgs:
    """The arguments of a store of two secrets."""
    each = {region: key("secrets", region) for region in shape.regions}
    return SecretStoreArgs(
        naming=NAMING,
        names=NAMES,
        keys=each if keys is None else keys,
        topics=shape.topics,
        max_age_days=AGE,
        protect=shape.protect,
    )


@cache
def store(shape: Shape) -> Plan:
    """A store, recorded once a shape."""
    return deploy(lambda opts: SecretStore("secrets", args(shape), opts))


def secrets(shape: Shape) -> list[Resource]:
    """All secrets."""
    found = every(store(shape), secretmanager.Secret)
    assert len(found) == len(NAMES)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_the_program_makes_the_place_and_never_sees_what_is_put_there(shape: Shape) -> None:
    assert not every(store(shape), secretmanager.SecretVersion)
    for one in secrets(shape):
        assert said(one, "rotation") is None, "Google cannot renew what a partner issues"
        assert said(one, "ttl") is said(one, "expireTime") is None, "a value that ends by itself is an outage"


@pytest.mark.parametrize("shape", SHAPES)
def test_who_may_read_is_said_elsewhere_one_secret_and_one_service_at_a_time(shape: Shape) -> None:
    assert not [one for one in store(shape) if "Iam" in one.type or "IAM" in one.type]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_found_by_one_name_in_either_region(shape: Shape) -> None:
    (part,) = store(shape).of_type("trading-platform:gcp:SecretStore")
    assert part.outputs == {"secret_ids": {name: f"trading-dev-{name}" for name in NAMES}}
    assert {said(one, "secretId") for one in secrets(shape)} == {f"trading-dev-{name}" for name in NAMES}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_region_keeps_a_replica_under_its_own_key_and_no_other_region_keeps_one(shape: Shape) -> None:
    for one in secrets(shape):
        assert said(one, "replication") == {
            "userManaged": {
                "replicas": [
                    {
                        "location": region,
                        "customerManagedEncryption": {"kmsKeyName": key("secrets", region)},
                    }
                    for region in shape.regions
                ]
            }
        }


def test_a_secret_without_a_place_is_refused_as_google_would_choose_the_places_and_the_keys() -> None:
    with pytest.raises(ValueError, match=r"keys is empty, expected the key of each region"):
        args(DEV, keys={})


@pytest.mark.parametrize(("shape", "days"), [(DEV, 7), (PROD, 30)])
def test_a_destroyed_value_can_be_had_back_and_in_prod_no_secret_is_deleted(shape: Shape, days: int) -> None:
    for one in secrets(shape):
        assert said(one, "versionDestroyTtl") == f"{days * 86400}s"
        assert one.options.protect is shape.protect
        assert said(one, "deletionProtection") is shape.protect


@pytest.mark.parametrize("shape", SHAPES)
def test_who_wants_to_hear_of_changes_does(shape: Shape) -> None:
    for one in secrets(shape):
        assert said(one, "topics") == ([{"name": TOPIC}] if shape.topics else None)


@pytest.mark.parametrize("shape", SHAPES)
def test_how_old_a_value_may_become_is_written_on_the_secret_beside_the_platforms_labels(
    shape: Shape,
) -> None:
    for one in secrets(shape):
        assert said(one, "labels", AGE_LABEL) == str(AGE)
        assert said(one, "labels", "owner") == "trading"
        assert re.fullmatch(r"[a-z0-9_-]{1,63}", AGE_LABEL)


@pytest.mark.parametrize("environment", get_args(Environment))
def test_google_takes_the_name_of_every_secret_that_the_settings_can_name(environment: Environment) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", secret_name(Naming(environment), "a" * 40))
