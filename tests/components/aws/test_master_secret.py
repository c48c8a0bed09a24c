"""What the master's secret promises: in both regions, under their keys, for this account, and in time."""

from __future__ import annotations

import json

import pytest
from pulumi_aws import rds, secretsmanager

from components.aws import global_database
from plan.value import Secret
from tests.components.aws.kit import ACCOUNT, deploy
from tests.components.aws.support_data import address, document
from tests.components.aws.support_database import (
    DR,
    HOME,
    LOOSE,
    RENEWED,
    WARM,
    Pair,
    both,
    key_in,
    recorded,
)
from tests.components.kit import before, said, sources, the


def test_it_is_kept_in_both_regions_under_each_ones_key() -> None:
    secret = the(recorded(WARM).plan, secretsmanager.Secret)
    assert said(secret, "kmsKeyId") == key_in(HOME, "secrets")
    assert said(secret, "replicas") == [{"region": DR, "kmsKeyId": key_in(DR, "secrets")}]


def test_its_name_does_not_look_like_the_end_of_an_arn() -> None:
    """AWS adds a hyphen and six characters, and is confused by a name that ends so itself."""
    name = str(said(the(recorded(WARM).plan, secretsmanager.Secret), "name"))
    assert name.startswith("trading-prod-orders-")
    assert len(name.rpartition("-")[2]) != 6


@pytest.mark.parametrize(("pair", "days"), [(WARM, 30), (LOOSE, 7)])
def test_in_prod_it_can_be_had_back_for_a_month_and_pulumi_does_not_delete_it(pair: Pair, days: int) -> None:
    secret = the(recorded(pair).plan, secretsmanager.Secret)
    assert said(secret, "recoveryWindowInDays") == days
    assert secret.options.protect is pair.protect


def test_nobody_outside_the_account_can_be_let_in() -> None:
    plan = recorded(WARM).plan
    (statement,) = document(plan, secretsmanager.SecretPolicy, "master-policy")
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": ACCOUNT}
    assert said(the(plan, secretsmanager.SecretPolicy), "blockPublicPolicy") is True
    assert sources(plan, the(plan, secretsmanager.SecretPolicy), "secretArn") == {"master-secret"}


def test_nothing_is_in_it_before_it_is_closed_nor_before_there_is_a_cluster() -> None:
    plan = recorded(WARM).plan
    value = the(plan, secretsmanager.SecretVersion)
    assert {
        address(secretsmanager.SecretPolicy, "master-policy"),
        address(rds.Cluster, "home-cluster"),
    } <= before(plan, value)


def test_its_value_is_written_and_never_read_back() -> None:
    value = the(recorded(WARM).plan, secretsmanager.SecretVersion)
    assert not {"secretString", "secretBinary"} & set(value.inputs)
    assert said(value, "secretStringWoVersion") == 1


def test_raising_the_version_gives_cluster_and_secret_one_new_password() -> None:
    """That heals whatever way the two came to disagree."""
    plan = recorded(RENEWED).plan
    assert said(the(plan, rds.Cluster, "home-cluster"), "masterPasswordWoVersion") == 2
    assert said(the(plan, secretsmanager.SecretVersion), "secretStringWoVersion") == 2


def test_it_is_in_the_form_that_awss_rotation_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    real = global_database.pulumi.Output.json_dumps

    def dumps(value: object) -> object:
        found = real(value)  # pyright: ignore[reportArgumentType] - what the room gives, unchanged
        if isinstance(value, dict) and "engine" in value:
            found = found.apply(lambda text: written.append(text) or text)
        return found

    monkeypatch.setattr(global_database.pulumi.Output, "json_dumps", staticmethod(dumps))
    plan = deploy(lambda opts: both(WARM, opts))
    (text,) = written
    content = json.loads(text)
    assert len(content.pop("password")) >= 32
    assert content == {
        "engine": "postgres",
        "host": the(plan, rds.Cluster, "home-cluster").outputs["endpoint"],
        "port": 5432,
        "username": said(the(plan, rds.Cluster, "home-cluster"), "masterUsername"),
        "dbname": said(the(plan, rds.Cluster, "home-cluster"), "databaseName"),
        "dbClusterIdentifier": "orders",
        "ssl": True,
    }


def test_the_outside_learns_where_it_is_and_nothing_of_what_is_in_it() -> None:
    plan = recorded(WARM).plan
    (part,) = plan.of_type("trading-platform:aws:MasterSecret")
    assert part.outputs == {"secret_arn": the(plan, secretsmanager.Secret).outputs["arn"]}
    assert not any(isinstance(value, Secret) for value in part.outputs.values())
