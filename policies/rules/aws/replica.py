"""What the business cannot lose on AWS has a copy in a second region."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some
from policies.views.regions import PLAN, VAULT, elsewhere, leaves, region_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__ = ["BUCKET"]

BUCKET: Final = "aws:s3/bucket:Bucket"
INSTANCE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
TABLE: Final = "aws:dynamodb/table:Table"
REPLICATION: Final = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"
BACKUPS: Final = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
GLOBAL: Final = "aws:rds/globalCluster:GlobalCluster"
TABLES: Final = "aws:dynamodb/globalTable:GlobalTable"
REPLICA: Final = "aws:dynamodb/tableReplica:TableReplica"
SELECTION: Final = "aws:backup/selection:Selection"
ARNS: Final = {
    BUCKET: ("s3", "", "bucket"),
    INSTANCE: ("rds", "db:", "identifier"),
    CLUSTER: ("rds", "cluster:", "clusterIdentifier"),
    TABLE: ("dynamodb", "table/", "name"),
}
"""How each is called in an ARN: the service, what comes before the name, and which property is the name."""
ARN_PARTS: Final = 6
TAG: Final = "aws:ResourceTag/"


@policy(
    id="aws-dr-replica",
    title="Critical data has a replica in another region",
    violation="a resource with the tags of criticalTag and no copy in another region: no replication, "
    "global database or table, or backup plan that copies there",
    severity="high",
    category="reliability",
    scope="stack",
    reads={
        BUCKET: ("tags[*]", "region", "bucket", "replicationConfiguration.rules[*].status"),
        INSTANCE: ("tags[*]", "region", "identifier", "replicateSourceDb"),
        CLUSTER: (
            "tags[*]",
            "region",
            "clusterIdentifier",
            "globalClusterIdentifier",
            "replicationSourceIdentifier",
        ),
        TABLE: ("tags[*]", "region", "name", "replicas[*].regionName"),
    },
    related={
        REPLICATION: ("bucket", "rules[*].status", "rules[*].destination.bucket"),
        BACKUPS: ("sourceDbInstanceArn", "region"),
        GLOBAL: ("globalClusterIdentifier", "sourceDbClusterIdentifier"),
        TABLES: ("name", "replicas[*].regionName"),
        REPLICA: ("globalTableArn",),
        PLAN: ("rules[*].copyActions[*].destinationVaultArn", "region"),
        SELECTION: (
            "planId",
            "resources[*]",
            "notResources[*]",
            "selectionTags[*].key",
            "selectionTags[*].value",
            "conditions[*].stringEquals[*].key",
            "conditions[*].stringEquals[*].value",
        ),
        VAULT: ("region",),
    },
    defaults={"criticalTag": {"criticality": "tier1"}},
    fix=Fix(
        "none",
        "Decide how much may be lost, and keep a copy in the second region that is never older.",
        "aws.s3.BucketReplicationConfig(name, bucket=bucket.id, role=role.arn, rules=[rule_to_other_region])",
    ),
    enforcement="DAM",
    soc2=("A1.2", "A1.3", "CC7.5"),
    cis=(),
)
def dr_replica(subject: Subject) -> Iterator[Judgement]:
    """A region can be gone for a day, with all zones and backups in it. A copy counts like its source."""
    wanted = subject.config.table("criticalTag")
    critical = every(_tag(subject.body, key).equals(value) for key, value in wanted.items())
    if critical == Truth.NO:
        yield not_applicable("its tags do not call it critical")
        return
    copied = COPIES[subject.type](subject.stack, subject.body) | _backed_up(subject.stack, subject.body)
    yield fail_if(critical & ~copied, subject.root, "no other region has a copy")


def _tag(body: Body, key: str) -> Node:
    own = body.root.key("tags").key(key)
    return body.provider.key("defaultTags").parsed().key("tags").key(key) if own.is_absent else own


def _bucket(stack: Stack, mine: Body) -> Truth:
    enabled = _enabled(mine.root.at("replicationConfiguration.rules"))
    # Of a bucket's own old-style rules only the name of the other bucket is known.
    found = enabled & Truth.UNKNOWN
    for config in stack.of(REPLICATION):
        on = _enabled(config.root.key("rules"))
        source = stack.refers(config, "bucket", mine, "id", "bucket")
        to_me = _sends(stack, config, mine)
        others = [body for body in stack.of(BUCKET) if body is not mine]
        to = [(_sends(stack, config, body), elsewhere(mine, body)) for body in others]
        outside = ~some(sends for sends, _ in to) & Truth.UNKNOWN
        found |= on & source & (some(sends & away for sends, away in to) | outside)
        comes = some(
            stack.refers(config, "bucket", body, "id", "bucket") & elsewhere(mine, body) for body in others
        )
        found |= on & to_me & comes
    return found


def _enabled(rules: Node) -> Truth:
    return some(rule.key("status").equals("Enabled") for rule in rules.items())


def _sends(stack: Stack, config: Body, target: Body) -> Truth:
    """Whether a replication's rules name this bucket, and one that is in force does."""
    if stack.refers(config, "rules", target) == Truth.YES:
        return Truth.YES
    names = [name for name in (target.root.key("bucket").text, target.root.key("id").text) if name]
    literal = some(
        rule.key("status").equals("Enabled")
        & rule.at("destination.bucket").test(
            lambda arn: isinstance(arn, str) and arn.rpartition(":")[2] in names
        )
        for rule in config.root.key("rules").items()
    )
    traced = bool(config.resource.property_dependencies.get("rules"))
    return Truth.NO if traced and literal == Truth.UNKNOWN else literal


def _instance(stack: Stack, mine: Body) -> Truth:
    found = some(
        stack.refers(copy, "sourceDbInstanceArn", mine, "arn") & elsewhere(mine, copy)
        for copy in stack.of(BACKUPS)
    )
    names = ("arn", "identifier", "id")
    for other in stack.of(INSTANCE):
        if other is not mine:
            copies = stack.refers(other, "replicateSourceDb", mine, *names)
            copies |= stack.refers(mine, "replicateSourceDb", other, *names)
            found |= copies & elsewhere(mine, other)
    return found


def _cluster(stack: Stack, mine: Body) -> Truth:
    found = Truth.NO
    for other in stack.of(CLUSTER):
        if other is not mine:
            together = some(
                _member(stack, mine, one) & _member(stack, other, one) for one in stack.of(GLOBAL)
            )
            names = ("arn", "clusterIdentifier", "id")
            together |= stack.refers(other, "replicationSourceIdentifier", mine, *names)
            together |= stack.refers(mine, "replicationSourceIdentifier", other, *names)
            found |= together & elsewhere(mine, other)
    known_here = some(_member(stack, mine, one) for one in stack.of(GLOBAL))
    # A global database that another stack holds: nobody here can see who else is in it.
    return found | (mine.root.key("globalClusterIdentifier").exists & ~known_here & Truth.UNKNOWN)


def _member(stack: Stack, cluster: Body, whole: Body) -> Truth:
    return stack.refers(
        cluster, "globalClusterIdentifier", whole, "id", "globalClusterIdentifier"
    ) | stack.refers(whole, "sourceDbClusterIdentifier", cluster, "arn", "id")


def _table(stack: Stack, mine: Body) -> Truth:
    """AWS takes no replica in the table's own region."""
    found = ~mine.root.key("replicas").is_empty
    found |= some(stack.refers(copy, "globalTableArn", mine, "arn") for copy in stack.of(REPLICA))
    for whole in stack.of(TABLES):
        regions = whole.root.key("replicas").items()
        several = known(value=len(regions) > 1) if all(item.is_known for item in regions) else Truth.UNKNOWN
        found |= stack.refers(whole, "name", mine, "name", "id") & several
    return found


COPIES: Final[dict[str, Callable[[Stack, Body], Truth]]] = {
    BUCKET: _bucket,
    INSTANCE: _instance,
    CLUSTER: _cluster,
    TABLE: _table,
}


def _backed_up(stack: Stack, mine: Body) -> Truth:
    found = Truth.NO
    for selection in stack.of(SELECTION):
        taken = _selects(stack, selection, mine)
        for plan in stack.of(PLAN) if taken != Truth.NO else ():
            away = some(
                leaves(stack, plan, action)
                for rule in plan.root.key("rules").items()
                for action in rule.key("copyActions").items()
            )
            found |= taken & stack.refers(selection, "planId", plan, "id") & away
    return found


def _selects(stack: Stack, selection: Body, mine: Body) -> Truth:
    """Whether a selection takes a resource: by its ARN, and by its tags where it names any."""
    root = selection.root
    arns, tags, conditions = root.key("resources"), root.key("selectionTags"), root.key("conditions")
    named = stack.refers(selection, "resources", mine) | some(_fits(arn, mine) for arn in arns.items())
    tagged = some(_same(_tag(mine, tag.key("key").text), tag.key("value")) for tag in tags.items())
    meets = every(
        _same(_tag(mine, pair.key("key").text.removeprefix(TAG)), pair.key("value"))
        for condition in conditions.items()
        for pair in condition.key("stringEquals").items()
    )
    given = ~arns.is_empty | ~tags.is_empty | ~conditions.is_empty
    kept_out = some(_fits(arn, mine) for arn in root.key("notResources").items())
    return every([given, named | arns.is_empty, tagged | tags.is_empty, meets, ~kept_out])


def _same(tag: Node, wanted: Node) -> Truth:
    return tag.equals(wanted.value) if wanted.is_known else Truth.UNKNOWN


def _fits(pattern: Node, mine: Body) -> Truth:
    """Whether an ARN, which may hold ``*``, can mean a resource."""
    service, prefix, key = ARNS[mine.type]
    parts = pattern.text.split(":", ARN_PARTS - 1)
    if not pattern.text or len(parts) < ARN_PARTS:
        return pattern.equals("*")
    region, name = region_of(mine), mine.root.key(key)
    # S3's ARNs name no region.
    here = known(value=fnmatchcase(region.text, parts[3] or "*"))
    if not region.text and parts[3] not in ("", "*"):
        here = Truth.UNKNOWN
    called = known(value=fnmatchcase(prefix + name.text, parts[5]))
    if not name.text and parts[5] not in ("*", f"{prefix}*"):
        called = Truth.UNKNOWN
    return known(value=fnmatchcase(service, parts[2])) & here & called
