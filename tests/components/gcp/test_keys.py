"""What keys promise: one a class of data, renewed, hard to lose, and usable by those who keep the data."""

from __future__ import annotations

from types import SimpleNamespace

import pulumi
import pytest
from pulumi_gcp import kms, pubsub

from components.gcp.agents import agent
from components.gcp.keys import USERS, Keys, KeysArgs
from components.gcp.shared_keys import SHARED_USERS
from components.naming import Naming
from plan.value import UNKNOWN
from tests.components.gcp.kit import ELSEWHERE, NUMBER, PROJECT, REGION, deploy, key
from tests.components.gcp.support_keys import (
    CLASSES,
    DAY,
    ROLE,
    SHARED,
    arguments,
    kept,
    keys,
    members,
    users,
)
from tests.components.kit import every, said, sources, the


def test_each_class_of_data_has_a_key_of_its_own_and_the_outside_learns_its_whole_name() -> None:
    plan = keys()
    for part, kind, classes in (
        ("keys", "Keys", CLASSES),
        ("keys-dr", "Keys", CLASSES),
        ("keys-shared", "SharedKeys", SHARED),
    ):
        (outside,) = (one for one in plan.of_type(f"trading-platform:gcp:{kind}") if one.name == part)
        assert outside.outputs == {name: the(plan, kms.CryptoKey, f"{part}-{name}").id for name in classes}
    assert len({one.id for one in every(plan, kms.CryptoKey)}) == 2 * len(CLASSES) + len(SHARED)


def test_each_location_has_a_ring_of_its_own_as_no_key_has_a_replica() -> None:
    plan = keys()
    rings = {one.name: said(one, "location") for one in every(plan, kms.KeyRing)}
    assert rings == {"keys-ring": REGION, "keys-dr-ring": ELSEWHERE, "keys-shared-ring": "us"}
    for one in every(plan, kms.CryptoKey):
        part = one.name.rsplit("-", 1)[0]
        assert sources(plan, one, "keyRing") == {f"{part}-ring"}


def test_a_key_is_renewed_within_the_ninety_days_that_the_policies_allow() -> None:
    for one in every(keys(), kms.CryptoKey):
        assert said(one, "rotationPeriod") == f"{90 * DAY}s"


def test_what_was_destroyed_by_mistake_can_be_had_back_for_as_long_as_the_settings_say() -> None:
    for one in every(keys(), kms.CryptoKey):
        assert said(one, "destroyScheduledDuration") == f"{30 * DAY}s"


@pytest.mark.parametrize(("hardware", "level"), [(True, "HSM"), (False, "SOFTWARE")])
def test_keys_live_in_hardware_where_that_is_asked_for(*, hardware: bool, level: str) -> None:
    for one in every(keys(hardware=hardware), kms.CryptoKey):
        assert said(one, "versionTemplate") == {
            "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
            "protectionLevel": level,
        }


def test_a_key_is_made_with_something_in_it_and_of_our_own_making() -> None:
    for one in every(keys(), kms.CryptoKey):
        assert said(one, "purpose") == "ENCRYPT_DECRYPT"
        assert said(one, "skipInitialVersionCreation") is said(one, "importOnly") is None


@pytest.mark.parametrize("protect", [True, False])
def test_where_data_counts_no_key_goes_and_nobody_loses_the_use_of_it(*, protect: bool) -> None:
    plan = keys(protect=protect)
    for kind in (kms.KeyRing, kms.CryptoKey, kms.CryptoKeyIAMMember):
        for one in every(plan, kind):
            assert one.options.protect is protect, one.name
            assert one.options.retain_on_delete is protect, one.name


def test_a_ring_is_not_named_as_one_that_google_remembers() -> None:
    names = {said(one, "name") for one in every(keys(), kms.KeyRing)}
    again = {said(one, "name") for one in every(keys(generation=2), kms.KeyRing)}
    assert (names, again) == ({"trading-prod"}, {"trading-prod-g2"})


def test_a_keys_name_says_environment_and_class() -> None:
    for one in every(keys(), kms.CryptoKey):
        assert said(one, "name") == f"trading-prod-{one.name.rsplit('-', 1)[1]}"


def test_services_may_encrypt_and_decrypt_and_nothing_else() -> None:
    grants = every(keys(), kms.CryptoKeyIAMMember)
    assert grants
    assert {said(grant, "role") for grant in grants} == {ROLE}


def test_nobody_but_an_agent_of_this_project_may_use_a_key() -> None:
    for grant in every(keys(), kms.CryptoKeyIAMMember):
        member = str(said(grant, "member"))
        assert member.startswith(f"serviceAccount:service-{NUMBER}@"), member


def test_orders_and_backups_are_with_the_services_that_keep_them() -> None:
    expected = members("artifactregistry", "compute", "gkebackup", "memorystore", "sqladmin", "storage")
    assert users("keys-data") == users("keys-dr-data") == expected


def test_secrets_are_with_kubernetes_and_the_secret_store_alone() -> None:
    assert users("keys-secrets") == users("keys-dr-secrets") == members("container", "secretmanager")


def test_who_keeps_logs_cannot_read_orders_but_for_the_one_that_keeps_both() -> None:
    assert users("keys-logs") == members("pubsub", "storage")
    assert users("keys-logs") & users("keys-data") == members("storage")
    assert users("keys-logs") & users("keys-secrets") == set()


@pytest.mark.parametrize(
    ("topic", "part", "apis"),
    [("own", "keys", USERS["logs"]), ("common", "keys-shared", SHARED_USERS["logs"])],
)
def test_who_has_a_keys_name_comes_after_every_right_to_use_it(
    topic: str, part: str, apis: tuple[str, ...]
) -> None:
    plan = keys()
    waits = sources(plan, the(plan, pubsub.Topic, topic), "kmsKeyName")
    assert waits == {f"{part}-logs", *(f"{part}-logs-{api.split('.')[0]}" for api in apis)}


def test_a_key_that_stands_keeps_its_name_while_another_service_is_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else a preview would say of everything that is encrypted with it that it may be made anew."""

    def standing(_part: object, _args: object, _ring: object, purpose: str) -> SimpleNamespace:
        return SimpleNamespace(id=pulumi.Output.from_input(key(purpose)))

    monkeypatch.setattr("components.gcp.keys._key", standing)
    plan = deploy(lambda opts: Keys("keys", arguments(KeysArgs, REGION), opts), "preview")
    assert UNKNOWN in every(plan, kms.CryptoKeyIAMMember)[0].outputs.values(), "the grants are yet to be made"
    (part,) = plan.of_type("trading-platform:gcp:Keys")
    assert part.outputs == {name: key(name) for name in CLASSES}


def test_a_caller_can_say_who_else_keeps_some_of_a_class() -> None:
    args = KeysArgs(
        naming=Naming("dev"),
        number=NUMBER,
        location=REGION,
        rotation_days=90,
        deletion_days=7,
        hardware=False,
        protect=False,
        users={**USERS, "logs": ("sqladmin.googleapis.com",)},
    )
    plan = deploy(lambda opts: Keys("keys", args, opts))
    logs = [one for one in every(plan, kms.CryptoKeyIAMMember) if one.name.startswith("keys-logs-")]
    assert [said(one, "member") for one in logs] == [agent("sqladmin.googleapis.com", NUMBER)]


def test_everything_is_in_the_project_that_the_provider_is_for() -> None:
    for one in kept():
        assert said(one, "project") is None
    assert all(f"projects/{PROJECT}/" in str(one.id) for one in every(keys(), kms.CryptoKey))
