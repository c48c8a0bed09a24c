"""What is kept, and for how long: objects, their old versions, unfinished uploads, images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Subject

__all__ = ["LIFECYCLE"]

BUCKET: Final = "aws:s3/bucket:Bucket"
LIFECYCLE: Final = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
GOOGLE: Final = "gcp:storage/bucket:Bucket"
ACCOUNT: Final = "azure-native:storage:StorageAccount"
MANAGEMENT: Final = "azure-native:storage:ManagementPolicy"
BLOBS: Final = "azure-native:storage:BlobServiceProperties"
VERSIONS: Final = "old versions of objects are kept for ever"
UPLOADS: Final = "uploads that were never finished are kept for ever"
NOTHING: Final = "no lifecycle rule is on"
NO_BLOBS: Final = ("FileStorage",)
NARROW: Final = (
    "prefix",
    "tags",
    *(f"filter.{key}" for key in ("prefix", "tag", "and", "objectSizeGreaterThan", "objectSizeLessThan")),
)
"""What makes a rule one for some objects alone."""


@policy(
    id="cost-storage-lifecycle",
    title="Object storage has a lifecycle",
    violation="a bucket or account without an enabled lifecycle rule; with versions, and no rule that ends "
    "old ones; of S3, without a rule for the whole bucket that ends unfinished uploads",
    severity="medium",
    category="cost",
    scope="stack",
    reads={
        BUCKET: (
            "lifecycleRules[*].enabled",
            "lifecycleRules[*].prefix",
            "lifecycleRules[*].tags",
            "lifecycleRules[*].abortIncompleteMultipartUploadDays",
            "lifecycleRules[*].noncurrentVersionExpiration",
            "versioning.enabled",
        ),
        LIFECYCLE: (
            "rules[*].status",
            "rules[*].prefix",
            "rules[*].filter",
            "rules[*].abortIncompleteMultipartUpload.daysAfterInitiation",
            "rules[*].noncurrentVersionExpiration",
        ),
        GOOGLE: (
            "lifecycleRules[*].action.type",
            "lifecycleRules[*].condition",
            "versioning.enabled",
        ),
        ACCOUNT: ("kind",),
    },
    related={
        LIFECYCLE: ("bucket",),
        VERSIONING: ("bucket", "versioningConfiguration.status"),
        BUCKET: ("bucket",),
        ACCOUNT: ("accountName",),
        MANAGEMENT: ("accountName", "policy.rules[*].enabled", "policy.rules[*].definition.actions.version"),
        BLOBS: ("accountName", "isVersioningEnabled"),
    },
    fix=Fix(
        "suggest",
        "Say when objects, old versions and unfinished uploads end.",
        'aws.s3.BucketLifecycleConfiguration(name, bucket=bucket.id, rules=[{"id": "end", "filter": {}, '
        '"status": "Enabled", "abort_incomplete_multipart_upload": {"days_after_initiation": 7}}])',
    ),
    enforcement="AMM",
    soc2=("A1.1", "C1.2"),
    cis=(),
)
def storage_lifecycle(subject: Subject) -> Iterator[Judgement]:
    """Nobody deletes by hand: without a rule a bucket only grows, most of it versions and parts nobody sees.

    Parts of unfinished uploads are in no listing, and are paid for. Google ends old versions by any deletion
    that is not for live objects alone.
    """
    yield from JUDGES[subject.type](subject)


def _on(rule: Node) -> Truth:
    """Whether a rule of S3 is on, in either spelling; a status that is none of the two is no answer."""
    status, enabled = rule.key("status"), rule.key("enabled")
    if not enabled.is_absent:
        return enabled.is_true
    said = status.test(lambda word: word in ("Enabled", "Disabled"))
    return status.equals("Enabled") if said == Truth.YES else Truth.UNKNOWN


def _whole(rule: Node) -> Truth:
    """Whether it is for all objects."""
    return every(rule.at(path).is_empty for path in NARROW)


def _ends_uploads(rule: Node) -> Truth:
    if _on(rule) == Truth.UNKNOWN:
        return Truth.UNKNOWN
    apart = rule.at("abortIncompleteMultipartUpload.daysAfterInitiation").exists
    return _on(rule) & _whole(rule) & (apart | rule.key("abortIncompleteMultipartUploadDays").exists)


def _bucket(subject: Subject) -> Iterator[Judgement]:
    stack, body = subject.stack, subject.body
    inline = subject.at("lifecycleRules").items()
    ruled: list[tuple[Truth, Node]] = [(Truth.YES, rule) for rule in inline]
    for other in stack.of(LIFECYCLE):
        mine = stack.refers(other, "bucket", body, "id", "bucket")
        ruled += [(mine, rule) for rule in other.root.key("rules").items()]
    exists = some(mine & _on(rule) for mine, rule in ruled)
    yield fail_if(~exists, subject.root, NOTHING)
    versioned = subject.at("versioning.enabled").is_true | some(
        stack.refers(other, "bucket", body, "id", "bucket")
        & other.root.at("versioningConfiguration.status").equals("Enabled")
        for other in stack.of(VERSIONING)
    )
    ended = some(mine & _on(rule) & ~rule.key("noncurrentVersionExpiration").is_empty for mine, rule in ruled)
    yield fail_if(versioned & exists & ~ended, subject.root, VERSIONS)
    if inline:
        yield fail_if(~some(_ends_uploads(rule) for rule in inline), subject.at("lifecycleRules"), UPLOADS)


def _configuration(subject: Subject) -> Iterator[Judgement]:
    rules = subject.at("rules")
    yield fail_if(~some(_ends_uploads(rule) for rule in rules.items()), rules, UPLOADS)


def _google(subject: Subject) -> Iterator[Judgement]:
    rules = subject.at("lifecycleRules")
    exists = ~rules.is_empty
    yield fail_if(~exists, rules, NOTHING)
    ended = some(
        rule.at("action.type").equals("Delete") & ~_live_only(rule.key("condition")) for rule in rules.items()
    )
    yield fail_if(subject.at("versioning.enabled").is_true & exists & ~ended, rules, VERSIONS)


def _live_only(condition: Node) -> Truth:
    return condition.key("withState").equals("LIVE")


def _account(subject: Subject) -> Iterator[Judgement]:
    stack, body = subject.stack, subject.body
    if subject.at("kind").text in NO_BLOBS:
        yield not_applicable("it holds files, which have no lifecycle")
        return
    ruled = [
        (_names(subject, other), rule)
        for other in stack.of(MANAGEMENT)
        for rule in other.root.at("policy.rules").items()
    ]
    exists = some(mine & ~rule.key("enabled").is_false for mine, rule in ruled)
    yield fail_if(~exists, body.root, NOTHING)
    versioned = some(
        _names(subject, other) & other.root.key("isVersioningEnabled").is_true for other in stack.of(BLOBS)
    )
    ended = some(
        mine & ~rule.key("enabled").is_false & ~rule.at("definition.actions.version").is_empty
        for mine, rule in ruled
    )
    yield fail_if(versioned & exists & ~ended, body.root, VERSIONS)


def _names(subject: Subject, other: Body) -> Truth:
    return subject.stack.refers(other, "accountName", subject.body, "accountName", "name")


JUDGES: Final = {BUCKET: _bucket, LIFECYCLE: _configuration, GOOGLE: _google, ACCOUNT: _account}

REPOSITORY: Final = "aws:ecr/repository:Repository"
IMAGES: Final = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REGISTRY: Final = "gcp:artifactregistry/repository:Repository"


@policy(
    id="cost-ecr-lifecycle",
    title="Image repositories expire old images",
    violation="a repository of ECR with no lifecycle policy; one of Artifact Registry with no cleanup policy "
    "that deletes, or with all of them on a dry run",
    severity="low",
    category="cost",
    scope="stack",
    reads={
        REPOSITORY: (),
        REGISTRY: ("cleanupPolicies[*].action", "cleanupPolicyDryRun", "mode"),
    },
    related={REPOSITORY: ("name",), IMAGES: ("repository", "policy")},
    fix=Fix(
        "suggest",
        "Say which images end, and when.",
        "aws.ecr.LifecyclePolicy(name, repository=repository.name, policy=json.dumps(rules))",
    ),
    enforcement="AAA",
    soc2=("A1.1",),
    cis=(),
)
def ecr_lifecycle(subject: Subject) -> Iterator[Judgement]:
    """Each build leaves an image of some hundred megabytes; after a year thousands of them are paid for."""
    if subject.type == REPOSITORY:
        covered = some(
            subject.stack.refers(other, "repository", subject.body, "name", "id")
            & ~other.root.key("policy").parsed().key("rules").is_empty
            for other in subject.stack.of(IMAGES)
        )
        yield fail_if(~covered, subject.root, "its images are kept for ever")
        return
    if subject.at("mode").text == "VIRTUAL_REPOSITORY":
        yield not_applicable("a virtual repository holds nothing")
        return
    policies = subject.at("cleanupPolicies")
    deletes = some(one.key("action").equals("DELETE") for one in policies.items())
    for_real = ~subject.at("cleanupPolicyDryRun").is_true
    yield fail_if(~(deletes & for_real), policies, "its images are kept for ever")
