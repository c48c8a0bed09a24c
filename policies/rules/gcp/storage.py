"""Object storage on Google Cloud: never public, and opened by IAM alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.views.grants import EVERYBODY, granting, grants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["BUCKET"]

BUCKET: Final = "gcp:storage/bucket:Bucket"
GRANTS: Final = granting("storage/bucketIAM", "storage/managedFolderIam")
PUBLIC_LISTS: Final = ("publicRead", "publicReadWrite", "authenticatedRead")


@policy(
    id="gcp-storage-not-public",
    title="Buckets are not public",
    violation="a member or an entry of an access list is allUsers or allAuthenticatedUsers; a predefined "
    "list is public; publicAccessPrevention of a bucket is not enforced",
    severity="critical",
    category="security",
    reads={
        BUCKET: ("publicAccessPrevention",),
        **GRANTS,
        # Access lists of the old kind: one entry each, or whole.
        "gcp:storage/bucketAccessControl:BucketAccessControl": ("entity",),
        "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl": ("entity",),
        "gcp:storage/objectAccessControl:ObjectAccessControl": ("entity",),
        "gcp:storage/bucketACL:BucketACL": ("roleEntities[*]", "predefinedAcl", "defaultAcl"),
        "gcp:storage/defaultObjectACL:DefaultObjectACL": ("roleEntities[*]",),
        "gcp:storage/objectACL:ObjectACL": ("roleEntities[*]", "predefinedAcl"),
    },
    parts=("members", "acl", "prevention"),
    fix=Fix(
        "suggest",
        "Enforce the prevention of public access, and name who reads.",
        'public_access_prevention="enforced"',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6", "C1.1"),
    cis=("G5.1",),
)
def storage_not_public(subject: Subject) -> Iterator[Judgement]:
    """What a bucket shows to everybody is copied within hours; the prevention refuses the slip itself."""
    if subject.type == BUCKET:
        prevention = subject.at("publicAccessPrevention")
        message = "nothing prevents that the bucket is made public"
        yield fail_if(~prevention.equals("enforced"), prevention, message, part="prevention")
    elif subject.type in GRANTS:
        for grant in subject.view(grants):
            for member in grant.members:
                message = f"everybody has {grant.role.text or 'the role'}"
                yield fail_if(member.one_of(EVERYBODY), member, message, part="members")
    else:
        for entry in [*subject.at("roleEntities").items(), subject.at("entity")]:
            public = entry.test(lambda value: str(value).rpartition(":")[2] in EVERYBODY)
            yield fail_if(public, entry, "everybody is in the access list", part="acl")
        for acl in (subject.at("predefinedAcl"), subject.at("defaultAcl")):
            yield fail_if(acl.one_of(PUBLIC_LISTS), acl, f"the access list is {acl.shown}", part="acl")


@policy(
    id="gcp-storage-uniform-access",
    title="Uniform bucket-level access",
    violation="uniformBucketLevelAccess is not true",
    severity="medium",
    category="security",
    reads={BUCKET: ("uniformBucketLevelAccess",)},
    fix=Fix("auto", "Let IAM alone decide who reads.", "uniform_bucket_level_access=True"),
    enforcement="RMM",
    soc2=("CC6.1",),
    cis=("G5.2",),
)
def storage_uniform_access(subject: Subject) -> Iterator[Judgement]:
    """Without it each object has an access list of its own, which no review of IAM ever shows."""
    flag = subject.at("uniformBucketLevelAccess")
    message = "objects have access lists of their own"
    yield fail_if(~flag.is_true, flag, message, mend=[flag.becomes(value=True)])
