"""The account's own diary on AWS: who did what, complete and beyond doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["TRAIL"]

TRAIL: Final = "aws:cloudtrail/trail:Trail"
READS: Final = (
    "isMultiRegionTrail",
    "enableLogFileValidation",
    "kmsKeyId",
    "includeGlobalServiceEvents",
    "enableLogging",
)


@policy(
    id="aws-cloudtrail-complete",
    title="CloudTrail is multi-region, validated, encrypted",
    violation="isMultiRegionTrail or enableLogFileValidation not true; kmsKeyId missing; "
    "includeGlobalServiceEvents or enableLogging false",
    severity="high",
    category="operations",
    reads={TRAIL: READS},
    parts=("multi-region", "validation", "key", "global-events", "logging"),
    fix=Fix(
        "suggest",
        "Record every region, sign the files, and encrypt them with a key that CloudTrail may use.",
        "is_multi_region_trail=True, enable_log_file_validation=True, kms_key_id=key.arn",
    ),
    enforcement="MMM",
    soc2=("CC7.2", "CC7.3", "CC2.1"),
    cis=("A4.1", "A4.2", "A4.5"),
)
def cloudtrail_complete(subject: Subject) -> Iterator[Judgement]:
    """An intruder works in the region that nobody records; a diary without signatures can be rewritten.

    By default a trail is on and has the global events, but is of one region, unsigned and under S3's key.
    """
    regions, signed, key, worldwide, on = (subject.at(path) for path in READS)
    yield fail_if(~regions.is_true, regions, "the trail records one region", part="multi-region")
    yield fail_if(~signed.is_true, signed, "a changed file is not noticed", part="validation")
    yield fail_if(key.is_empty, key, "the files are not encrypted with a KMS key", part="key")
    message = "what is done to IAM and other global services is left out"
    yield fail_if(worldwide.is_false, worldwide, message, part="global-events")
    yield fail_if(on.is_false, on, "the trail is turned off", part="logging")
