"""Object storage on AWS: never public, never in clear on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plan.value import plain
from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.edit import Edit
    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.views.statements import Statement

__all__ = ["BUCKET"]

BUCKET: Final = "aws:s3/bucket:Bucket"
BLOCK: Final = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
ACCOUNT_BLOCK: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
BUCKET_ACL: Final = "aws:s3/bucketAcl:BucketAcl"
CANNED: Final = {
    "read": ("public-read", "website"),
    "write": ("public-read-write",),
    "authenticated": ("authenticated-read",),
}
"""The parts of a public ACL, and the ready-made ACLs of each. ``website`` is an old name of the first."""
EVERYBODY: Final = "/groups/global/AllUsers"
AUTHENTICATED: Final = "/groups/global/AuthenticatedUsers"
READING: Final = ("READ", "READ_ACP")
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
    id="aws-s3-no-public-acl",
    title="No public ACL",
    violation="acl public-read, website, public-read-write or authenticated-read, or a grant to AllUsers or "
    "AuthenticatedUsers, of a bucket or of an object",
    severity="critical",
    category="security",
    reads={
        BUCKET: ("acl", "grants", "grants[*].uri", "grants[*].permissions[*]"),
        BUCKET_ACL: (
            "acl",
            "accessControlPolicy.grants",
            "accessControlPolicy.grants[*].grantee.uri",
            "accessControlPolicy.grants[*].permission",
        ),
        "aws:s3/bucketObject:BucketObject": ("acl",),
        "aws:s3/bucketObjectv2:BucketObjectv2": ("acl",),
        "aws:s3/objectCopy:ObjectCopy": ("acl", "grants", "grants[*].uri", "grants[*].permissions[*]"),
    },
    parts=tuple(CANNED),
    fix=Fix("auto", "Keep the ACL private; let a policy name who may read.", 'acl="private"'),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("A3.1.4",),
)
def s3_no_public_acl(subject: Subject) -> Iterator[Judgement]:
    """An ACL opens what it stands on to people whom no policy names, and outlives every review of policies.

    AuthenticatedUsers are those of any account of AWS, which anybody has. What lets everybody write is of
    the part ``write``, whether they may read as well or not. An ACL that is not given is private.
    """
    acl = subject.at("acl")
    grants = subject.at("accessControlPolicy.grants" if subject.type == BUCKET_ACL else "grants")
    private = _without_groups(grants)
    for part, names in CANNED.items():
        yield fail_if(
            acl.one_of(names), acl, f"the ACL is {acl.shown}", part=part, mend=[acl.becomes("private")]
        )
        for grant in grants.items():
            message = f"a grant is for {_group(grant).shown}"
            yield fail_if(_opens(grant, part), grant, message, part=part, mend=private)


def _group(grant: Node) -> Node:
    """Whom a grant is for: flat on a bucket, under ``grantee`` in an ACL of its own."""
    return grant.key("uri") if grant.key("grantee").is_absent else grant.at("grantee.uri")


def _is_group(grant: Node, name: str) -> Truth:
    return _group(grant).test(lambda uri: str(uri).endswith(name))


def _opens(grant: Node, part: str) -> Truth:
    """Whether a grant is one of that part."""
    if part == "authenticated":
        return _is_group(grant, AUTHENTICATED)
    given = [*grant.key("permission").items(), *grant.key("permissions").items()]
    writes = some(permission.test(lambda value: value not in READING) for permission in given)
    return _is_group(grant, EVERYBODY) & (writes if part == "write" else ~writes)


def _without_groups(grants: Node) -> list[Edit]:
    """The edit that leaves the grants to named accounts. None if a part of the list is unknown or secret."""
    if grants.value.__class__ is not list or plain(grants.value) != grants.value:
        return []
    public = [_is_group(grant, EVERYBODY) | _is_group(grant, AUTHENTICATED) for grant in grants.items()]
    kept = [raw for raw, open_ in zip(grants.value, public, strict=True) if open_ != Truth.YES]
    return [grants.becomes(kept)]


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
