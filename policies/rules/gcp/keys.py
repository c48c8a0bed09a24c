"""Encryption keys on Google Cloud."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["KEY"]

KEY: Final = "gcp:kms/cryptoKey:CryptoKey"
MOST_SECONDS: Final = 90 * 24 * 3600
SECONDS: Final = re.compile(r"(\d+)([.]\d+)?s")
OUTSIDE: Final = ("EXTERNAL", "EXTERNAL_VPC")


@policy(
    id="gcp-kms-rotation",
    title="KMS keys rotate within 90 days",
    violation="rotationPeriod missing or over 7776000s on a symmetric key whose material Google makes",
    severity="medium",
    category="security",
    reads={KEY: ("rotationPeriod", "purpose", "importOnly", "versionTemplate.protectionLevel")},
    fix=Fix("auto", "Let Google rotate the key every 90 days.", "keys: {rotation_days: 90}"),
    enforcement="RRM",
    soc2=("CC6.1",),
    cis=("G1.11",),
)
def kms_rotation(subject: Subject) -> Iterator[Judgement]:
    """The longer one key is in use, the more one leak of it opens; rotation breaks nothing."""
    purpose = subject.at("purpose").test(lambda value: value == "ENCRYPT_DECRYPT", absent=Truth.YES)
    outside = subject.at("versionTemplate.protectionLevel").one_of(OUTSIDE)
    rotates = purpose & ~outside & ~subject.at("importOnly").is_true
    if rotates == Truth.NO:
        yield not_applicable("only symmetric keys that Google makes can rotate by themselves")
        return
    period = subject.at("rotationPeriod")
    message = f"the key's rotation period is {period.shown}"
    mend = [period.becomes(f"{MOST_SECONDS}s")]
    yield fail_if(~period.test(_is_short) & rotates, period, message, mend=mend)


def _is_short(period: object) -> bool:
    match = SECONDS.fullmatch(str(period))
    return match is not None and float(match[1] + (match[2] or "")) <= MOST_SECONDS
