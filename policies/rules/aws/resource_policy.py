"""Policies that stand on a resource on AWS, and so decide for callers of any account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.statements import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["DOCUMENTS"]

SEARCH: Final = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
DOCUMENTS: Final = {
    **dict.fromkeys(
        (
            *("aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket", "aws:s3/accessPoint:AccessPoint"),
            *("aws:s3control/accessPointPolicy:AccessPointPolicy", "aws:s3control/bucketPolicy:BucketPolicy"),
            *("aws:sqs/queuePolicy:QueuePolicy", "aws:sqs/queue:Queue"),
            *("aws:sns/topicPolicy:TopicPolicy", "aws:sns/topic:Topic"),
            *("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "aws:kms/replicaKey:ReplicaKey"),
            *("aws:kms/externalKey:ExternalKey", "aws:kms/replicaExternalKey:ReplicaExternalKey"),
            *("aws:ecr/repositoryPolicy:RepositoryPolicy", "aws:ecr/registryPolicy:RegistryPolicy"),
            *("aws:secretsmanager/secretPolicy:SecretPolicy", "aws:secretsmanager/secret:Secret"),
            *("aws:lambda/resourcePolicy:ResourcePolicy", "aws:dynamodb/resourcePolicy:ResourcePolicy"),
            *("aws:kinesis/resourcePolicy:ResourcePolicy", "aws:glue/resourcePolicy:ResourcePolicy"),
            *("aws:efs/fileSystemPolicy:FileSystemPolicy", "aws:backup/vaultPolicy:VaultPolicy"),
            *("aws:cloudwatch/eventBusPolicy:EventBusPolicy", "aws:msk/clusterPolicy:ClusterPolicy"),
            *("aws:ses/identityPolicy:IdentityPolicy", "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy"),
            *("aws:acmpca/policy:Policy", "aws:redshift/resourcePolicy:ResourcePolicy"),
        ),
        "policy",
    ),
    **dict.fromkeys(
        (
            *("aws:opensearch/domainPolicy:DomainPolicy", "aws:elasticsearch/domainPolicy:DomainPolicy"),
            *SEARCH,
        ),
        "accessPolicies",
    ),
    "aws:glacier/vault:Vault": "accessPolicy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
}
"""Where the document stands, by type."""
INSIDE: Final = "vpcOptions"
PERMISSIONS: Final = {
    "aws:lambda/permission:Permission": "principalOrgId",
    "aws:lambda/layerVersionPermission:LayerVersionPermission": "organizationId",
    "aws:cloudwatch/eventPermission:EventPermission": "condition",
}
"""Types that are one statement each, and where they name the organisation that "*" then means."""


@policy(
    id="aws-resource-policy-not-public",
    title="Resource policies do not allow Principal *",
    violation="Allow with Principal '*', {AWS: '*'}, an ARN of any account or NotPrincipal, and no condition "
    "on the caller's account, organisation, VPC, VPC endpoint, address or ARN; a permission for '*' outside "
    "an organisation",
    severity="critical",
    category="security",
    reads={
        **{token: (path, INSIDE) if token in SEARCH else (path,) for token, path in DOCUMENTS.items()},
        **{token: ("principal", path) for token, path in PERMISSIONS.items()},
    },
    fix=Fix(
        "none",
        "Name the accounts or services that need the resource, or the organisation in a condition.",
        '"Principal": {"AWS": "arn:aws:iam::111122223333:role/reader"}',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6", "C1.1"),
    cis=("A2.21",),
)
def resource_policy_not_public(subject: Subject) -> Iterator[Judgement]:
    """Such a policy lets in callers of other accounts without asking theirs, and "*" is everybody's account.

    A condition helps only where a request must fulfil it: one that ends in ``IfExists``, counts for all
    values (``ForAllValues``) or refuses a few lets through whoever does not send the key.
    """
    if subject.type in PERMISSIONS:
        principal = subject.at("principal")
        limit = subject.at(PERMISSIONS[subject.type])
        violation = principal.equals("*") & limit.is_empty
        yield fail_if(violation, principal, "the permission is everybody's")
        return
    document = subject.at(DOCUMENTS[subject.type])
    inside = ~subject.at(INSIDE).is_empty if subject.type in SEARCH else Truth.NO
    if document.is_empty == Truth.YES:
        yield not_applicable("no policy is given here")
    elif inside == Truth.YES:
        yield not_applicable("only its own network reaches it")
    else:
        for statement in statements(document):
            public = statement.admits_everyone() & ~statement.knows_caller() & ~inside
            yield fail_if(public, document, "a statement lets everybody in")
