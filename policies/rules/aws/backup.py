"""AWS Backup: often enough, kept long enough, out of the region, and nobody can delete it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.regions import PLAN, VAULT, leaves
from policies.views.schedule import longest_gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["LOCK"]

LOCK: Final = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
DAILY: Final = "cron(0 5 ? * * *)"
"""The schedule of a rule that names none."""


@policy(
    id="aws-backup-plan-rpo",
    title="Backup plans meet RPO and copy off-region",
    violation="no rule of a plan runs every rpoHours of the environment and copies to a vault in another "
    "region; no rule keeps what it makes for retentionDays (lifecycle.deleteAfter); a vault with no "
    "VaultLockConfiguration",
    severity="high",
    category="reliability",
    scope="stack",
    reads={
        PLAN: (
            "rules[*].schedule",
            "rules[*].lifecycle.deleteAfter",
            "rules[*].copyActions[*].destinationVaultArn",
            "region",
        ),
        VAULT: ("name",),
    },
    related={LOCK: ("backupVaultName",), VAULT: ("region",)},
    defaults={"rpoHours": {"prod": 24}, "retentionDays": {"staging": 7, "prod": 30}},
    fix=Fix(
        "none",
        "Back up as often as data may be lost, copy to the other region, and lock both vaults.",
        'rules=[{"schedule": "cron(30 21 * * ? *)", "lifecycle": {"delete_after": 35}, '
        '"copy_actions": [{"destination_vault_arn": other_vault_arn}]}]',
    ),
    enforcement="DAM",
    soc2=("A1.2", "A1.3", "CC7.5"),
    cis=(),
)
def backup_plan_rpo(subject: Subject) -> Iterator[Judgement]:
    """A backup that is a week old, in the region that was lost, or deleted by whoever broke in, is none.

    A rule that names no schedule runs daily at five; one that names no end keeps its backups for ever.
    """
    if subject.type == VAULT:
        locked = some(
            subject.stack.refers(lock, "backupVaultName", subject.body, "name", "id")
            for lock in subject.stack.of(LOCK)
        )
        yield fail_if(~locked, subject.root, "whoever may delete can empty the vault: it has no lock")
        return
    rules = subject.at("rules")
    most = subject.config.table("rpoHours").get(subject.environment, math.inf)
    often = [(rule, _within(rule.key("schedule"), most)) for rule in rules.items()]
    shown = ", ".join(rule.key("schedule").shown for rule, _ in often) or "never"
    message = f"it backs up too seldom ({shown}), at least every {most} hours"
    yield fail_if(~some(soon for _, soon in often), rules, message)
    copied = some(soon & some(_leaves(subject, rule)) for rule, soon in often)
    yield fail_if(~copied, rules, "no copy of what it makes leaves the region")
    least = subject.config.table("retentionDays").get(subject.environment, 0)
    kept = some(_kept(rule.at("lifecycle.deleteAfter"), least) for rule, _ in often)
    yield fail_if(~kept, rules, f"nothing is kept for {least} days")


def _within(schedule: Node, most: float) -> Truth:
    gap = longest_gap(DAILY if schedule.is_absent else schedule.text)
    return Truth.UNKNOWN if gap is None else known(value=gap <= most)


def _leaves(subject: Subject, rule: Node) -> Iterator[Truth]:
    for action in rule.key("copyActions").items():
        yield leaves(subject.stack, subject.body, action)


def _kept(days: Node, least: int) -> Truth:
    if days.is_absent:
        return Truth.YES
    return Truth.UNKNOWN if days.number is None else known(value=days.number >= least)
