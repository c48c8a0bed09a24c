"""What holds data is not deleted by a slip."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["STATEFUL"]

STATEFUL: Final = (
    "aws:rds/instance:Instance",
    "aws:rds/cluster:Cluster",
    "aws:rds/globalCluster:GlobalCluster",
    "aws:dynamodb/table:Table",
    "aws:dynamodb/globalTable:GlobalTable",
    "aws:s3/bucket:Bucket",
    "aws:kms/key:Key",
    "gcp:sql/databaseInstance:DatabaseInstance",
    "gcp:sql/database:Database",
    "gcp:storage/bucket:Bucket",
    "gcp:kms/keyRing:KeyRing",
    "gcp:kms/cryptoKey:CryptoKey",
    "azure-native:storage:StorageAccount",
    "azure-native:sql:Database",
    "azure-native:dbforpostgresql:Server",
    "azure-native:keyvault:Vault",
    "kubernetes:core/v1:PersistentVolumeClaim",
)
"""What holds data or the keys to it; its subnet groups and parameter groups do not."""


@policy(
    id="ops-protect-stateful",
    title="Stateful resources are protected in production",
    violation="the resource option protect is not true",
    severity="high",
    category="operations",
    reads=dict.fromkeys(STATEFUL, ("@protect",)),
    fix=Fix("none", "Protect what holds data.", "protect: true"),
    enforcement="DAM",
    soc2=("A1.2", "CC8.1"),
    cis=("Z6.2",),
)
def protect_stateful(subject: Subject) -> Iterator[Judgement]:
    """A renamed resource is a delete and a create: with protect an error message, not a lost database."""
    unprotected = known(value=not subject.body.resource.options.protect)
    yield fail_if(unprotected, subject.root, "the resource holds data and is not protected")
