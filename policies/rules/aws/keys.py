"""Encryption keys on AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["KEY"]

KEY: Final = "aws:kms/key:Key"
SYMMETRIC: Final = "SYMMETRIC_DEFAULT"


@policy(
    id="aws-kms-rotation",
    title="Customer keys rotate",
    violation="enableKeyRotation not true on a symmetric key; deletionWindowInDays under minDeletionDays",
    severity="medium",
    category="security",
    reads={KEY: ("enableKeyRotation", "customerMasterKeySpec", "keyUsage", "deletionWindowInDays")},
    defaults={"minDeletionDays": 0},
    fix=Fix("auto", "Let AWS rotate the key once a year.", "enable_key_rotation=True"),
    enforcement="RRM",
    soc2=("CC6.1", "CC6.7", "PI1.5"),
    cis=("A4.6",),
)
def kms_rotation(subject: Subject) -> Iterator[Judgement]:
    """The longer one key is in use, the more one leak of it opens; rotation breaks nothing."""
    spec, usage = subject.at("customerMasterKeySpec"), subject.at("keyUsage")
    symmetric = spec.test(lambda value: value == SYMMETRIC, absent=Truth.YES) & usage.test(
        lambda value: value == "ENCRYPT_DECRYPT", absent=Truth.YES
    )
    if symmetric == Truth.NO:
        yield not_applicable("only symmetric keys can rotate")
        return
    flag = subject.at("enableKeyRotation")
    yield fail_if(~flag.is_true & symmetric, flag, "the key does not rotate", mend=[flag.becomes(value=True)])
    least = subject.config.number("minDeletionDays")
    days = subject.at("deletionWindowInDays")
    short = days.test(lambda _: days.number is not None and days.number < least)
    message = f"a deleted key is gone after {days.shown} days"
    yield fail_if(short & known(value=least > 0), days, message, mend=[days.becomes(least)])
