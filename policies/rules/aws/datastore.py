"""File systems, caches and search on AWS: encrypted where they lie and on their way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CACHE"]

FILES: Final = "aws:efs/fileSystem:FileSystem"
CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
MEMORY: Final = "aws:memorydb/cluster:Cluster"
SEARCH: Final = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
DAX: Final = "aws:dax/cluster:Cluster"
VAULT: Final = "aws:backup/vault:Vault"
PARTS: Final = ("at-rest", "in-transit", "node-to-node", "https", "vault-key")


@policy(
    id="aws-datastore-encrypted",
    title="EFS, DynamoDB, ElastiCache, OpenSearch are encrypted at rest and in transit",
    violation="EFS encrypted, ElastiCache atRestEncryptionEnabled or transitEncryptionEnabled, OpenSearch "
    "encryptAtRest, nodeToNodeEncryption (of several nodes) or enforceHttps, DAX serverSideEncryption or TLS "
    "endpoint not so; MemoryDB tlsEnabled false; a backup vault with no key of ours",
    severity="high",
    category="security",
    reads={
        FILES: ("encrypted",),
        CACHE: (
            "atRestEncryptionEnabled",
            "transitEncryptionEnabled",
            "transitEncryptionMode",
            "engine",
            "globalReplicationGroupId",
        ),
        **dict.fromkeys(
            SEARCH,
            (
                "encryptAtRest.enabled",
                "nodeToNodeEncryption.enabled",
                "clusterConfig.instanceCount",
                "domainEndpointOptions.enforceHttps",
            ),
        ),
        DAX: ("serverSideEncryption.enabled", "clusterEndpointEncryptionType"),
        MEMORY: ("tlsEnabled",),
        VAULT: ("kmsKeyArn",),
    },
    parts=PARTS,
    fix=Fix(
        "suggest",
        "Encrypt both; most of these are replaced for it, so move the data first.",
        "encrypted=True  # or transit_encryption_enabled, encrypt_at_rest, node_to_node_encryption",
    ),
    enforcement="RMM",
    soc2=("CC6.1", "CC6.7", "C1.1", "PI1.5"),
    cis=("A3.3.1",),
)
def datastore_encrypted(subject: Subject) -> Iterator[Judgement]:
    """Whoever gets at a disk, a snapshot or the network reads what is not encrypted there.

    None of it is the default, but for a Valkey cache at rest and for MemoryDB. DynamoDB always encrypts. A
    domain that says nothing about HTTPS answers HTTP too. A vault always encrypts, but copies that are under
    AWS's own key can be neither shared nor shut.
    """
    for part in PARTS:
        # Any other judgement is stronger.
        yield not_applicable("it has no such setting", part=part)
    yield from JUDGES[subject.type](subject)


def _files(subject: Subject) -> Iterator[Judgement]:
    flag = subject.at("encrypted")
    yield fail_if(~flag.is_true, flag, "the file system is not encrypted", part="at-rest")


def _cache(subject: Subject) -> Iterator[Judgement]:
    member = subject.at("globalReplicationGroupId").exists
    if member == Truth.YES:
        yield not_applicable("a member of a global datastore is encrypted as its primary is")
        return
    rest, wire = subject.at("atRestEncryptionEnabled"), subject.at("transitEncryptionEnabled")
    by_engine = subject.at("engine").equals("valkey") & rest.test(lambda _: False, absent=Truth.YES)
    plain = ~rest.is_true & ~by_engine & ~member
    yield fail_if(plain, rest, "the cache is not encrypted at rest", part="at-rest")
    yield fail_if(~wire.is_true & ~member, wire, "clients talk to the cache in clear", part="in-transit")
    mode = subject.at("transitEncryptionMode")
    yield fail_if(mode.equals("preferred"), mode, "clients may talk to the cache in clear", part="in-transit")


def _memory(subject: Subject) -> Iterator[Judgement]:
    flag = subject.at("tlsEnabled")
    yield fail_if(flag.is_false, flag, "clients talk to the database in clear", part="in-transit")


def _search(subject: Subject) -> Iterator[Judgement]:
    rest = subject.at("encryptAtRest.enabled")
    yield fail_if(~rest.is_true, rest, "the domain is not encrypted at rest", part="at-rest")
    between, count = subject.at("nodeToNodeEncryption.enabled"), subject.at("clusterConfig.instanceCount")
    several = count.test(lambda _: count.number is not None and count.number > 1)
    plain = between.is_false | (~between.is_true & several)
    yield fail_if(plain, between, "its nodes talk to each other in clear", part="node-to-node")
    options = subject.at("domainEndpointOptions")
    https = options.key("enforceHttps")
    unsaid = options.test(lambda _: False, absent=Truth.YES)
    yield fail_if(https.is_false | unsaid, https, "the domain answers plain HTTP", part="https")


def _dax(subject: Subject) -> Iterator[Judgement]:
    rest, wire = subject.at("serverSideEncryption.enabled"), subject.at("clusterEndpointEncryptionType")
    yield fail_if(~rest.is_true, rest, "the cluster is not encrypted at rest", part="at-rest")
    yield fail_if(~wire.equals("TLS"), wire, "clients talk to the cluster in clear", part="in-transit")


def _vault(subject: Subject) -> Iterator[Judgement]:
    key = subject.at("kmsKeyArn")
    yield fail_if(key.is_empty, key, "the vault's key is AWS's own", part="vault-key")


JUDGES: Final = {
    FILES: _files,
    CACHE: _cache,
    MEMORY: _memory,
    **dict.fromkeys(SEARCH, _search),
    DAX: _dax,
    VAULT: _vault,
}
