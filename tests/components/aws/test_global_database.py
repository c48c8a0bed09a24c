"""What the frame of a global database promises: an order that works both ways, and a password unknown."""

from __future__ import annotations

import secrets

import pulumi
import pytest
from pulumi_aws import rds

from components.aws import global_database
from components.aws.global_database import PASSWORD_BYTES, GlobalDatabase, GlobalDatabaseArgs
from components.naming import Naming
from plan.resource import STACK_TYPE
from plan.value import Secret
from tests.components.aws.kit import deploy
from tests.components.aws.support_data import address
from tests.components.aws.support_database import LOOSE, PAIRS, VERSION, WARM, Pair, both, leaves, recorded
from tests.components.kit import before, every, said, the

MARK = "the-password-itself"


@pytest.fixture
def known_password(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Make the password one that can be looked for; the list tells how often it was made."""
    made: list[int] = []

    def token(size: int) -> str:
        made.append(size)
        return MARK

    monkeypatch.setattr(global_database.secrets, "token_urlsafe", token)
    return made


@pytest.mark.parametrize("pair", PAIRS)
def test_the_frame_stands_first_then_the_founder_writes_then_it_is_copied(pair: Pair) -> None:
    """And the other way round when they go: AWS refuses any other order."""
    plan = recorded(pair).plan
    founder, follower = (the(plan, rds.Cluster, name) for name in ("home-cluster", "dr-cluster"))
    frame = address(rds.GlobalCluster, "frame-cluster")
    assert frame in before(plan, founder)
    assert {frame, *(address(rds.ClusterInstance, f"home-instance-{n}") for n in (0, 1))} <= before(
        plan, follower
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_the_frame_names_no_primary_because_after_a_switchover_it_would_be_untrue(pair: Pair) -> None:
    frame = the(recorded(pair).plan, rds.GlobalCluster)
    assert "sourceDbClusterIdentifier" not in frame.inputs


@pytest.mark.parametrize("pair", PAIRS)
def test_both_clusters_run_the_frames_version_or_aws_would_not_swap_them(pair: Pair) -> None:
    plan = recorded(pair).plan
    frame = the(plan, rds.GlobalCluster)
    clusters = every(plan, rds.Cluster)
    assert {said(one, "engineVersion") for one in (frame, *clusters)} == {VERSION}
    assert {said(one, "engine") for one in (frame, *clusters)} == {"aurora-postgresql"}
    assert {said(one, "storageEncrypted") for one in (frame, *clusters)} == {True}
    for one in clusters:  # a new version goes into the frame, which takes the copy along first
        assert "engineVersion" in one.options.ignore_changes


def test_no_default_of_the_cloud_makes_the_frame_dear() -> None:
    frame = the(recorded(WARM).plan, rds.GlobalCluster)
    assert said(frame, "engineLifecycleSupport") == "open-source-rds-extended-support-disabled"


@pytest.mark.parametrize("pair", [WARM, LOOSE])
def test_the_frame_is_protected_twice_and_only_without_protection_lets_its_members_go(pair: Pair) -> None:
    frame = the(recorded(pair).plan, rds.GlobalCluster)
    assert frame.options.protect is pair.protect
    assert said(frame, "deletionProtection") is pair.protect
    assert said(frame, "forceDestroy") is not pair.protect


@pytest.mark.usefixtures("known_password")
@pytest.mark.parametrize("pair", PAIRS)
def test_the_password_is_nowhere_but_in_what_is_written_and_never_read_back(pair: Pair) -> None:
    plan = deploy(lambda opts: both(pair, opts))
    found = {(one.name, path.split(".")[0]) for one, path, value in leaves(plan) if MARK in str(value)}
    assert found <= {("home-cluster", "masterPasswordWo"), ("master-first", "secretStringWo")}


def test_whoever_is_given_the_password_is_given_a_secret() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        args = GlobalDatabaseArgs(naming=Naming("prod"), version=VERSION, protect=True)
        pulumi.export("given", GlobalDatabase("frame", args, opts).master_password)

    (stack,) = deploy(program).of_type(STACK_TYPE)
    assert isinstance(stack.outputs["given"], Secret)


def test_a_preview_of_the_first_deployment_makes_no_password(known_password: list[int]) -> None:
    deploy(lambda opts: both(WARM, opts), "preview")
    assert known_password == []


def test_a_deployment_makes_one_password_for_the_cluster_and_its_secret(known_password: list[int]) -> None:
    deploy(lambda opts: both(WARM, opts))
    assert known_password == [PASSWORD_BYTES]


def test_aws_takes_the_password_and_nobody_guesses_it() -> None:
    one, other = (secrets.token_urlsafe(PASSWORD_BYTES) for _ in range(2))
    assert one != other
    assert 32 <= len(one) <= 41
    assert not set(one) & set('/"@ ')


def test_the_outside_learns_the_frames_name_and_not_the_password() -> None:
    plan = recorded(WARM).plan
    (part,) = plan.of_type("trading-platform:aws:GlobalDatabase")
    assert part.outputs == {"global_cluster_id": "trading-prod-orders"}
