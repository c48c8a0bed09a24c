"""Passwords on AWS: nobody writes them down, and none lives for ever."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.schedule import longest_gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["SECRET"]

INSTANCE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
GROUPS: Final = (
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup",
)
SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type, not a password
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
PASSWORDS: Final = {INSTANCE: "password", CLUSTER: "masterPassword"}
WITHOUT_IAM: Final = ("oracle", "sqlserver", "db2", "custom")
"""Engines that know no IAM authentication, by how their names begin."""
FAMILY: Final = re.compile(
    r"(aurora-postgresql|aurora-mysql|postgres|mysql|mariadb|sqlserver|db2)(?:\D*(\d+(?:\.\d+)?))?"
)
FORCES_TLS: Final = {
    "aurora-postgresql": ("rds.force_ssl", 17.0),
    "postgres": ("rds.force_ssl", 15.0),
    "sqlserver": ("rds.force_ssl", None),
    "aurora-mysql": ("require_secure_transport", None),
    "mysql": ("require_secure_transport", None),
    "mariadb": ("require_secure_transport", 11.8),
    "db2": ("db2comm", None),
}
"""The parameter that takes TLS alone, and from which version on it is so without a word."""
ON: Final = ("1", "on", "true", "ssl")
MANAGED_KEY: Final = "alias/aws/secretsmanager"
DAY: Final = 24


@policy(
    id="aws-rds-managed-credentials",
    title="Master password is managed; IAM auth on; TLS forced",
    violation="password or masterPassword given without manageMasterUserPassword (a write-only password is "
    "not in the state); iamDatabaseAuthenticationEnabled not true on an engine that knows it; a parameter "
    "group with rds.force_ssl, require_secure_transport or db2comm that takes connections in clear",
    severity="high",
    category="security",
    reads={
        INSTANCE: ("password", "manageMasterUserPassword", "iamDatabaseAuthenticationEnabled", "engine"),
        CLUSTER: (
            "masterPassword",
            "manageMasterUserPassword",
            "iamDatabaseAuthenticationEnabled",
            "engine",
            "engineMode",
        ),
        **dict.fromkeys(GROUPS, ("family", "parameters[*].name", "parameters[*].value")),
    },
    parts=("password", "iam", "tls"),
    fix=Fix(
        "suggest",
        "Let RDS make and turn the master password, and let services log in with their roles.",
        "manage_master_user_password=True, iam_database_authentication_enabled=True",
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.7"),
    cis=(),
)
def rds_managed_credentials(subject: Subject) -> Iterator[Judgement]:
    """A password that a program hands over stands in its state, and stays the same until somebody leaks it.

    PostgreSQL takes TLS alone by default from 15 on (Aurora: 17), MariaDB from 11.8 on, MySQL never.
    """
    if subject.type in GROUPS:
        for part in ("password", "iam"):
            yield not_applicable("a parameter group has no users", part=part)
        yield from _tls(subject)
        return
    yield not_applicable("TLS is forced by the parameter group", part="tls")
    password, managed = subject.at(PASSWORDS[subject.type]), subject.at("manageMasterUserPassword")
    given = ~password.is_empty & ~managed.is_true
    yield fail_if(given, password, "the master password is in the program and its state", part="password")
    engine, mode = subject.at("engine"), subject.at("engineMode")
    without = engine.test(lambda name: isinstance(name, str) and name.startswith(WITHOUT_IAM))
    without |= mode.equals("serverless")
    if without == Truth.YES:
        yield not_applicable("this engine knows no IAM authentication", part="iam")
        return
    flag = subject.at("iamDatabaseAuthenticationEnabled")
    yield fail_if(~flag.is_true & ~without, flag, "services need a password to log in", part="iam")


def _tls(subject: Subject) -> Iterator[Judgement]:
    family = subject.at("family")
    match = FAMILY.search(family.text)
    if match is None:
        if family.is_known:
            yield not_applicable("its engine forces TLS by other means", part="tls")
        else:
            yield fail_if(Truth.UNKNOWN, family, "TLS is not forced", part="tls")
        return
    name, since = FORCES_TLS[match[1]]
    default = bool(since and match[2] and float(match[2]) >= since)
    said = [one for one in subject.at("parameters").items() if ~one.key("name").equals(name) != Truth.YES]
    if not said:
        message = f"{name} is not set, so TLS is not forced"
        yield fail_if(known(value=not default), subject.at("parameters"), message, part="tls")
    for one in said:
        value = one.key("value")
        off = value.test(lambda given: str(given).lower() not in ON, absent=Truth.YES)
        sure = one.key("name").equals(name)
        # Where it is not sure that this is the parameter, nobody can say.
        verdict = off if sure == Truth.YES else Truth.UNKNOWN
        yield fail_if(verdict, value, f"{name} is {value.shown}, so TLS is not forced", part="tls")


@policy(
    id="aws-secrets-rotation",
    title="Secrets use a CMK and rotate",
    violation="a secret (but those in notRotated) with no SecretRotation, or one that is turned off or runs "
    "less often than every maxDays; kmsKeyId missing or AWS's own; recoveryWindowInDays 0 in prod",
    severity="medium",
    category="security",
    scope="stack",
    reads={
        SECRET: ("name", "kmsKeyId", "recoveryWindowInDays"),
        ROTATION: (
            "rotationEnabled",
            "rotationRules.automaticallyAfterDays",
            "rotationRules.scheduleExpression",
        ),
    },
    related={ROTATION: ("secretId",)},
    parts=("rotation", "interval", "key", "recovery"),
    defaults={"maxDays": 90, "notRotated": []},
    fix=Fix(
        "none",
        "Write a function that makes the next secret, and encrypt them with a key of ours.",
        "aws.secretsmanager.SecretRotation(name, secret_id=secret.id, rotation_lambda_arn=rotate.arn, "
        'rotation_rules={"automatically_after_days": 30})',
    ),
    enforcement="DAM",
    soc2=("CC6.1", "CC6.7"),
    cis=(),
)
def secrets_rotation(subject: Subject) -> Iterator[Judgement]:
    """What leaked last year still opens the door, if nobody has changed the lock since.

    AWS's own key opens to everybody who may read secrets. notRotated takes patterns of names: of what a
    partner gives us, no function can make the next one.
    """
    if subject.type == ROTATION:
        yield not_applicable("that is the secret's own")
        yield from _interval(subject)
        return
    yield not_applicable("the rotation says how often", part="interval")
    name = subject.at("name")
    given = any(fnmatchcase(name.text, pattern) for pattern in subject.config.texts("notRotated"))
    if given and name.text:
        yield not_applicable("nobody here can make the next one", part="rotation")
    else:
        rotates = some(
            subject.stack.refers(rotation, "secretId", subject.body, "id", "arn", "name")
            for rotation in subject.stack.of(ROTATION)
        )
        yield fail_if(~rotates, subject.root, "nothing rotates the secret", part="rotation")
    key, days = subject.at("kmsKeyId"), subject.at("recoveryWindowInDays")
    foreign = key.test(lambda value: not value or str(value).endswith(MANAGED_KEY), absent=Truth.YES)
    yield fail_if(foreign, key, "the secret is under AWS's own key", part="key")
    if subject.environment != "prod":
        yield not_applicable("only production keeps what was deleted", part="recovery")
        return
    at_once = days.test(lambda _: days.number == 0)
    yield fail_if(at_once, days, "a deleted secret is gone at once", part="recovery")


def _interval(subject: Subject) -> Iterator[Judgement]:
    most = subject.config.number("maxDays")
    enabled = subject.at("rotationEnabled")
    yield fail_if(enabled.is_false, enabled, "the rotation is turned off", part="interval")
    days = subject.at("rotationRules.automaticallyAfterDays")
    schedule = subject.at("rotationRules.scheduleExpression")
    rare = _over(days, days.number, most) if schedule.is_absent else _rare(schedule, most)
    shown = days.shown if schedule.is_absent else schedule.shown
    yield fail_if(rare, days, f"it rotates after {shown}, at most {most} days", part="interval")


def _rare(schedule: Node, most: float) -> Truth:
    gap = longest_gap(schedule.text)
    return _over(schedule, None if gap is None else gap / DAY, most)


def _over(node: Node, days: float | None, most: float) -> Truth:
    unclear = Truth.UNKNOWN if days is None else known(value=days > most)
    return Truth.YES if node.is_absent else unclear
