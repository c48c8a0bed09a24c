"""How a bucket keeps what is put into it: its versions, its key, the record of who came.

Each is said on the bucket itself, in the old style, or by a second resource that means the bucket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__ = ["BUCKET"]

BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_ACL: Final = "aws:s3/bucketAcl:BucketAcl"
VERSIONING: Final = "aws:s3/bucketVersioning:BucketVersioning"
ENCRYPTION: Final = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
LOGGING: Final = "aws:s3/bucketLogging:BucketLogging"
DELIVERY: Final = "log-delivery-write"
RULE: Final = "applyServerSideEncryptionByDefault.sseAlgorithm"
DOUBLE: Final = "aws:kms:dsse"
JUDGED_THERE: Final = "it is judged with its bucket"


def _means(stack: Stack, body: Body, bucket: Body, path: str = "bucket") -> Truth:
    return stack.refers(body, path, bucket, "id", "bucket")


def _said(stack: Stack, bucket: Body, token: str, holds: Callable[[Node], Truth]) -> Truth:
    """Whether a second resource of that type means the bucket, and what it says holds."""
    return some(_means(stack, body, bucket) & holds(body.root) for body in stack.of(token))


def _has_bucket(subject: Subject) -> bool:
    """Whether the bucket of a second resource is in the stack, and so judged itself."""
    buckets = subject.stack.of(BUCKET)
    return some(_means(subject.stack, subject.body, bucket) for bucket in buckets) == Truth.YES


@policy(
    id="aws-s3-versioning",
    title="Buckets are versioned",
    violation="bucket without versioning Enabled (object lock brings it); forceDestroy true in prod",
    severity="medium",
    category="reliability",
    scope="stack",
    reads={
        BUCKET: ("versioning.enabled", "objectLockEnabled", "forceDestroy"),
        VERSIONING: ("versioningConfiguration.status",),
    },
    related={BUCKET: ("bucket",), VERSIONING: ("bucket", "versioningConfiguration.status")},
    fix=Fix(
        "suggest",
        "Give the bucket a BucketVersioning that is enabled, and a lifecycle that ends old versions.",
        'aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"})',
    ),
    enforcement="DAM",
    soc2=("A1.2", "CC7.5", "PI1.5"),
    cis=(),
)
def s3_versioning(subject: Subject) -> Iterator[Judgement]:
    """Without versions one wrong delete or overwrite is final, and no copy of the bucket brings it back.

    A new bucket keeps none. ``forceDestroy`` empties it on the way out, versions and all.
    """
    if subject.type == VERSIONING:
        if _has_bucket(subject):
            yield not_applicable(JUDGED_THERE)
            return
        status = subject.at("versioningConfiguration.status")
        yield fail_if(~_is_enabled(subject.root), status, f"the versioning is {status.shown}")
        return
    own = subject.at("versioning.enabled").is_true | subject.at("objectLockEnabled").is_true
    versioned = own | _said(subject.stack, subject.body, VERSIONING, _is_enabled)
    yield fail_if(~versioned, subject.root, "the bucket keeps no versions")
    force = subject.at("forceDestroy")
    in_prod = known(value=subject.environment == "prod")
    yield fail_if(force.is_true & in_prod, force, "the bucket is deleted with all that is in it")


def _is_enabled(versioning: Node) -> Truth:
    return versioning.at("versioningConfiguration.status").equals("Enabled")


@policy(
    id="aws-s3-kms-encryption",
    title="Bucket default encryption uses KMS with bucket keys",
    violation="no aws:kms default encryption (or bucketKeyEnabled false) on a bucket that is not tagged "
    "data-class: public, and not a target of access logs",
    severity="medium",
    category="security",
    scope="stack",
    reads={
        BUCKET: (
            f"serverSideEncryptionConfiguration.rule.{RULE}",
            "serverSideEncryptionConfiguration.rule.bucketKeyEnabled",
            "tags[*]",
            "acl",
        ),
        ENCRYPTION: (f"rules[*].{RULE}", "rules[*].bucketKeyEnabled"),
    },
    related={
        BUCKET: ("bucket", "logging.targetBucket"),
        ENCRYPTION: ("bucket", f"rules[*].{RULE}", "rules[*].bucketKeyEnabled"),
        BUCKET_ACL: ("bucket", "acl"),
        LOGGING: ("targetBucket",),
    },
    fix=Fix(
        "suggest",
        "Encrypt by default with a KMS key, through a bucket key.",
        'rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", '
        '"kms_master_key_id": key.arn}, "bucket_key_enabled": True}]',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.7", "C1.1", "PI1.5"),
    cis=(),
)
def s3_kms_encryption(subject: Subject) -> Iterator[Judgement]:
    """S3's own key, the default, opens to whoever may read the bucket; a key of KMS asks a second time.

    A bucket key saves a call to KMS for each object, so ``false`` is a bill. S3 writes access logs only
    into a bucket under its own key. Who says no ``data-class`` is taken to hold what is not for everybody.
    """
    if subject.type == ENCRYPTION:
        if _has_bucket(subject):
            yield not_applicable(JUDGED_THERE)
            return
        rules = subject.at("rules")
        yield fail_if(~_by_kms(subject.root), rules, "objects are not encrypted by KMS and a bucket key")
        return
    public = subject.at("tags").key("data-class").equals("public")
    target = _takes_logs(subject)
    if (public | target) == Truth.YES:
        yield not_applicable(
            "it is for everybody" if public == Truth.YES else "access logs are written to it"
        )
        return
    own = subject.at("serverSideEncryptionConfiguration.rule")
    encrypted = _is_kms(own) | _said(subject.stack, subject.body, ENCRYPTION, _by_kms)
    violation = ~encrypted & ~public & ~target
    yield fail_if(violation, own, "objects are not encrypted by KMS and a bucket key")


def _by_kms(configuration: Node) -> Truth:
    rules = configuration.key("rules")
    # It must have rules: where none are said, their source is not there yet.
    return Truth.UNKNOWN if rules.is_absent else some(_is_kms(rule) for rule in rules.items())


def _is_kms(rule: Node) -> Truth:
    algorithm = rule.at(RULE)
    single = algorithm.equals("aws:kms") & ~rule.key("bucketKeyEnabled").is_false
    # Encrypted twice, there is no bucket key.
    return single | algorithm.equals(DOUBLE)


@policy(
    id="aws-s3-access-logging",
    title="Server access logging is on",
    violation="bucket (other than log targets) with no logging",
    severity="medium",
    category="operations",
    scope="stack",
    reads={BUCKET: ("logging.targetBucket", "acl")},
    related={
        BUCKET: ("bucket", "logging.targetBucket"),
        BUCKET_ACL: ("bucket", "acl"),
        LOGGING: ("bucket", "targetBucket"),
    },
    fix=Fix(
        "none",
        "Let S3 write the log of the bucket into another one, which is for logs alone.",
        'aws.s3.BucketLogging(name, bucket=bucket.id, target_bucket=logs.id, target_prefix="data/")',
    ),
    enforcement="DAM",
    soc2=("CC7.2", "CC7.3"),
    cis=("A4.4",),
)
def s3_access_logging(subject: Subject) -> Iterator[Judgement]:
    """Who read which object is asked after every leak; without the log there is no answer to give.

    A bucket into which logs are written has none of its own: it would write about its own writing.
    """
    target = _takes_logs(subject)
    if target == Truth.YES:
        yield not_applicable("access logs are written to it")
        return
    goal = subject.at("logging.targetBucket")
    logged = goal.exists | _said(subject.stack, subject.body, LOGGING, lambda _: Truth.YES)
    yield fail_if(every([~logged, ~target]), subject.root, "nobody records who reads the bucket")


def _takes_logs(subject: Subject) -> Truth:
    """Whether S3 writes access logs into the bucket, or may."""
    stack, mine = subject.stack, subject.body
    others = (body for body in stack.of(BUCKET) if body is not mine)
    by_acl = _said(stack, mine, BUCKET_ACL, lambda acl: acl.key("acl").equals(DELIVERY))
    return some(
        [
            subject.at("acl").equals(DELIVERY),
            by_acl,
            *(_means(stack, body, mine, "targetBucket") for body in stack.of(LOGGING)),
            *(_means(stack, body, mine, "logging.targetBucket") for body in others),
        ]
    )
