"""Object storage on AWS: never public, never in clear on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.views.statements import Statement

__all__ = ["BUCKET"]

BUCKET: Final = "aws:s3/bucket:Bucket"
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
FLAGS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@policy(
    id="aws-s3-block-public-access",
    title="Each bucket has a full public access block",
    violation="a bucket with no BucketPublicAccessBlock depending on it, or any of the four flags not true",
    severity="critical",
    category="security",
    scope="stack",
    reads={BUCKET: (), BLOCK: FLAGS},
    related={BLOCK: ("bucket",), ACCOUNT_BLOCK: FLAGS},
    parts=("exists", *FLAGS),
    fix=Fix(
        "suggest",
        "Give the bucket a BucketPublicAccessBlock with all four flags.",
        "aws.s3.BucketPublicAccessBlock(name, bucket=bucket.id, block_public_acls=True, "
        "block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True)",
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6", "C1.1"),
    cis=("A3.1.4",),
)
def s3_block_public_access(subject: Subject) -> Iterator[Judgement]:
    """One wrong ACL or policy publishes a bucket; the block makes that a refused call instead of a leak."""
    account = subject.stack.of(ACCOUNT_BLOCK)
    if subject.type == BUCKET:
        blocks = subject.stack.of(BLOCK)
        covered = some(
            subject.stack.refers(block, "bucket", subject.body, "id", "bucket") for block in blocks
        )
        whole_account = some(every(block.root.key(flag).is_true for flag in FLAGS) for block in account)
        yield fail_if(
            ~(covered | whole_account), subject.root, "no public access block covers it", part="exists"
        )
        return
    for flag in FLAGS:
        own = subject.at(flag)
        by_account = some(block.root.key(flag).is_true for block in account)
        yield fail_if(~(own.is_true | by_account), own, f"{flag} is {own.shown}", part=flag)


@policy(
    id="aws-s3-tls-only",
    title="Bucket policy denies plain HTTP",
    violation="no Deny statement with Bool aws:SecureTransport=false over the bucket and its objects",
    severity="high",
    category="security",
    scope="stack",
    reads={BUCKET: ("policy",)},
    related={BUCKET_POLICY: ("bucket", "policy")},
    fix=Fix(
        "suggest",
        "Deny every action over plain HTTP in the bucket's policy.",
        '{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"], '
        '"Condition": {"Bool": {"aws:SecureTransport": "false"}}}',
    ),
    enforcement="AMM",
    soc2=("CC6.7",),
    cis=("A3.1.1",),
)
def s3_tls_only(subject: Subject) -> Iterator[Judgement]:
    """S3 answers over plain HTTP unless told not to; what a client sends that way, the network reads."""
    refused = _refuses_http(subject.at("policy"))
    for body in subject.stack.of(BUCKET_POLICY):
        mine = subject.stack.refers(body, "bucket", subject.body, "id", "bucket")
        refused |= mine & _refuses_http(body.root.key("policy"))
    yield fail_if(~refused, subject.root, "requests over plain HTTP are answered")


def _refuses_http(document: Node) -> Truth:
    found = statements(document)
    return some(_denies(statement, objects=False) for statement in found) & some(
        _denies(statement, objects=True) for statement in found
    )


def _denies(statement: Statement, *, objects: bool) -> Truth:
    """Whether it refuses plain HTTP to everyone, for the bucket or for its objects."""
    insecure = some(
        value.test(lambda said: str(said).lower() == "false")
        for value in statement.condition("Bool", "aws:SecureTransport")
    )
    every_action = statement.has("Action", "*", "s3:*")
    over = some(
        item.test(lambda arn: arn == "*" or (isinstance(arn, str) and arn.endswith("/*") == objects))
        for item in statement.node.key("Resource").items()
    )
    return every([statement.denies, statement.is_for_everyone(), insecure, every_action, over])
