"""Image repositories on AWS: what is pulled is what was pushed, and somebody has looked into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["REPOSITORY"]

REPOSITORY: Final = "aws:ecr/repository:Repository"
FIXED: Final = ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")


@policy(
    id="aws-ecr-hardened",
    title="ECR scans on push, immutable tags",
    violation="imageScanningConfiguration.scanOnPush not true; imageTagMutability not IMMUTABLE or "
    "IMMUTABLE_WITH_EXCLUSION; forceDelete true in prod",
    severity="medium",
    category="security",
    reads={
        REPOSITORY: (
            "imageScanningConfiguration.scanOnPush",
            "imageTagMutability",
            "imageTagMutabilityExclusionFilters",
            "forceDelete",
        )
    },
    parts=("scan", "tags", "force-delete"),
    fix=Fix(
        "auto",
        "Scan what is pushed, and let no tag move.",
        'image_scanning_configuration={"scan_on_push": True}, image_tag_mutability="IMMUTABLE"',
    ),
    enforcement="RRM",
    soc2=("CC7.1", "CC8.1"),
    cis=(),
)
def ecr_hardened(subject: Subject) -> Iterator[Judgement]:
    """A tag that can move runs tomorrow what nobody reviewed today; an image that nobody scanned is trusted.

    A repository that says nothing scans nothing and lets tags move.
    """
    scan = subject.at("imageScanningConfiguration.scanOnPush")
    yield fail_if(
        ~scan.is_true, scan, "what is pushed is not scanned", part="scan", mend=[scan.becomes(value=True)]
    )
    tags, exceptions = subject.at("imageTagMutability"), subject.at("imageTagMutabilityExclusionFilters")
    fixed = [tags.becomes("IMMUTABLE")]
    if not exceptions.is_absent:  # they say which tags are fixed; AWS refuses them beside IMMUTABLE
        fixed.append(exceptions.removed())
    yield fail_if(~tags.one_of(FIXED), tags, f"tags can move ({tags.shown})", part="tags", mend=fixed)
    force = subject.at("forceDelete")
    yield fail_if(
        force.is_true & known(value=subject.environment == "prod"),
        force,
        "the repository is deleted with the images in it",
        part="force-delete",
        mend=[force.becomes(value=False)],
    )
