"""One line about each room on AWS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from plan.resource import Resource
from report.look import dig, join, many, of, span, words

__all__ = ["AWS", "bonds"]

DATABASE_ENGINES: Final = {
    "aurora-postgresql": "PostgreSQL",
    "postgres": "PostgreSQL",
    "aurora-mysql": "MySQL",
}

Describer = Callable[[Sequence[Resource]], str]


def _network(inside: Sequence[Resource]) -> str:
    vpcs = of(inside, "aws:ec2/vpc:Vpc")
    if not vpcs:
        return ""
    zones = {
        words(dig(subnet, "availabilityZoneId") or dig(subnet, "availabilityZone"))
        for subnet in of(inside, "aws:ec2/subnet:Subnet")
    }
    return join(
        f"{words(dig(vpcs[0], 'cidrBlock'))} in {many(len(zones), 'zone')}",
        f"{len(of(inside, 'aws:ec2/natGateway:NatGateway'))} NAT",
        "flow logs" if of(inside, "aws:ec2/flowLog:FlowLog") else "no flow logs",
    )


def _cluster(inside: Sequence[Resource]) -> str:
    """The machines that the program makes; those that Karpenter makes are the cluster's own to say."""
    clusters = of(inside, "aws:eks/cluster:Cluster")
    if not clusters:
        return ""
    pools = [
        f"{span(dig(pool, 'scalingConfig', 'minSize'), dig(pool, 'scalingConfig', 'maxSize'))} on demand"
        for pool in of(inside, "aws:eks/nodeGroup:NodeGroup")
    ]
    return join(f"Kubernetes {words(dig(clusters[0], 'version'))}", *pools)


def _pool(inside: Sequence[Resource]) -> str:
    groups = of(inside, "aws:eks/nodeGroup:NodeGroup")
    if not groups:
        return ""
    types = dig(groups[0], "instanceTypes")
    machines = ", ".join(map(words, types)) if isinstance(types, list) else "?"
    size = span(dig(groups[0], "scalingConfig", "minSize"), dig(groups[0], "scalingConfig", "maxSize"))
    return f"{size} × {machines}"


def _addon(inside: Sequence[Resource]) -> str:
    versions = (dig(addon, "addonVersion") for addon in of(inside, "aws:eks/addon:Addon"))
    return join(*(version for version in versions if isinstance(version, str)))


def _database(inside: Sequence[Resource]) -> str:
    clusters = of(inside, "aws:rds/cluster:Cluster")
    if not clusters:
        return ""
    found = clusters[0]
    scaling = "serverlessv2ScalingConfiguration"
    units = span(dig(found, scaling, "minCapacity"), dig(found, scaling, "maxCapacity"))
    engine = words(dig(found, "engine"))
    return join(
        f"{DATABASE_ENGINES.get(engine, engine)} {words(dig(found, 'engineVersion'))}",
        f"{units} ACU" if dig(found, scaling) else "",
        many(len(of(inside, "aws:rds/clusterInstance:ClusterInstance")), "instance"),
        f"{words(dig(found, 'backupRetentionPeriod'))} days of backup",
    )


def _storage(inside: Sequence[Resource]) -> str:
    buckets = of(inside, "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
    locked = of(inside, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    return (
        join(many(len(buckets), "bucket"), f"{len(locked)} write-once" if locked else "") if buckets else ""
    )


def _keys(inside: Sequence[Resource]) -> str:
    copies = of(inside, "aws:kms/replicaKey:ReplicaKey")
    keys = of(inside, "aws:kms/key:Key")
    if not keys:
        return join(many(len(copies), "replica") if copies else "")
    days = dig(keys[0], "rotationPeriodInDays")
    rotated = all(dig(key, "enableKeyRotation") is True for key in keys)
    return join(many(len(keys), "key"), f"new every {words(days)} days" if rotated and days else "")


def _identity(inside: Sequence[Resource]) -> str:
    roles = of(inside, "aws:iam/role:Role")
    return many(len(roles), "role") if roles else ""


def _karpenter(inside: Sequence[Resource]) -> str:
    rules = of(inside, "aws:cloudwatch/eventRule:EventRule")
    return f"hears of {many(len(rules), 'kind')} of events" if rules else ""


def _budget(inside: Sequence[Resource]) -> str:
    budgets = of(inside, "aws:budgets/budget:Budget")
    if not budgets:
        return ""
    return f"{words(dig(budgets[0], 'limitAmount'))} {words(dig(budgets[0], 'limitUnit'))} a month"


def _dns(inside: Sequence[Resource]) -> str:
    zones = of(inside, "aws:route53/zone:Zone")
    return words(dig(zones[0], "name")) if zones else ""


def _certificate(inside: Sequence[Resource]) -> str:
    found = of(inside, "aws:acm/certificate:Certificate")
    return words(dig(found[0], "domainName")) if found else ""


def _edge(inside: Sequence[Resource]) -> str:
    balancers = of(inside, "aws:lb/loadBalancer:LoadBalancer")
    if not balancers:
        return ""
    return join(
        "from inside only" if dig(balancers[0], "internal") is True else "open to the internet",
        "firewall" if of(inside, "aws:wafv2/webAcl:WebAcl") else "no firewall",
        "Shield Advanced" if of(inside, "aws:shield/protection:Protection") else "",
    )


def _web_acl(inside: Sequence[Resource]) -> str:
    acls = of(inside, "aws:wafv2/webAcl:WebAcl")
    rules = dig(acls[0], "rules") if acls else None
    return many(len(rules), "rule") if isinstance(rules, list) else ""


def _failover(inside: Sequence[Resource]) -> str:
    checks = of(inside, "aws:route53/healthCheck:HealthCheck")
    roles = {
        words(dig(record, "failoverRoutingPolicies", 0, "type"))
        for record in of(inside, "aws:route53/record:Record")
        if dig(record, "failoverRoutingPolicies")
    }
    if not checks:
        return "one region"
    return join(many(len(checks), "health check"), " and ".join(sorted(roles)).lower())


def _cache(inside: Sequence[Resource]) -> str:
    groups = of(inside, "aws:elasticache/replicationGroup:ReplicationGroup")
    if not groups:
        return ""
    found = groups[0]
    users = of(inside, "aws:elasticache/user:User")
    if dig(found, "globalReplicationGroupId") is not None:
        return join("follows the other region", many(len(users), "user"))
    version, machine = words(dig(found, "engineVersion")), words(dig(found, "nodeType"))
    return join(f"Valkey {version}", machine, many(len(users), "user"))


def _global_database(inside: Sequence[Resource]) -> str:
    return "Aurora, two regions" if of(inside, "aws:rds/globalCluster:GlobalCluster") else ""


def _global_cache(inside: Sequence[Resource]) -> str:
    found = of(inside, "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup")
    return "Valkey, two regions" if found else ""


def _master_secret(inside: Sequence[Resource]) -> str:
    turned = of(inside, "aws:secretsmanager/secretRotation:SecretRotation")
    days = dig(turned[0], "rotationRules", "automaticallyAfterDays") if turned else None
    return f"new every {words(days)} days" if days is not None else ""


def _secret_store(inside: Sequence[Resource]) -> str:
    found = of(inside, "aws:secretsmanager/secret:Secret")
    return join(many(len(found), "secret"), "values given by people" if found else "")


def _registry(inside: Sequence[Resource]) -> str:
    found = of(inside, "aws:ecr/repository:Repository")
    return many(len(found), "repository", "repositories") if found else ""


def _replica(inside: Sequence[Resource]) -> str:
    found = of(inside, "aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    return f"{many(len(found), 'way')}, 15 minutes" if found else ""


def bonds(inside: Sequence[Resource]) -> str:
    """What is copied between two regions."""
    copied = {
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "networks",
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig": "objects",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration": "images",
        "aws:secretsmanager/secretRotation:SecretRotation": "the master's secret",
    }
    return join(*(name for token, name in copied.items() if of(inside, token)))


def _backup(inside: Sequence[Resource]) -> str:
    plans = of(inside, "aws:backup/plan:Plan")
    copied = any("copyActions" in str(dict(plan.inputs)) for plan in plans)
    tested = of(inside, "aws:backup/restoreTestingPlan:RestoreTestingPlan")
    return join(
        many(len(plans), "plan"),
        "copied to the other region" if copied else "",
        "restores tested" if tested else "",
    )


def _backup_vault(inside: Sequence[Resource]) -> str:
    locks = of(inside, "aws:backup/vaultLockConfiguration:VaultLockConfiguration")
    if not locks:
        return ""
    low, high = (dig(locks[0], f"{end}RetentionDays") for end in ("min", "max"))
    return f"locked for {span(low, high)} days"


def _audit(inside: Sequence[Resource]) -> str:
    alarms = of(inside, "aws:cloudwatch/metricAlarm:MetricAlarm")
    trail = of(inside, "aws:cloudtrail/trail:Trail")
    return join("trail of every region", many(len(alarms), "alarm")) if trail else ""


def _baseline(inside: Sequence[Resource]) -> str:
    said = {
        "aws:guardduty/detector:Detector": "GuardDuty",
        "aws:securityhub/account:Account": "Security Hub",
        "aws:cfg/recorder:Recorder": "Config",
        "aws:inspector2/enabler:Enabler": "Inspector",
        "aws:accessanalyzer/analyzer:Analyzer": "Access Analyzer",
        "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": "password policy",
        "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "no public bucket",
    }
    return join(*(name for token, name in said.items() if of(inside, token)))


def _access(inside: Sequence[Resource]) -> str:
    rules = of(inside, "aws:ec2clientvpn/authorizationRule:AuthorizationRule")
    groups = {words(dig(rule, "accessGroupId")) for rule in rules}
    doors = of(inside, "aws:ec2clientvpn/networkAssociation:NetworkAssociation")
    return join(f"VPN in {many(len(doors), 'zone')}", many(len(groups), "group")) if doors else ""


def _pipeline(inside: Sequence[Resource]) -> str:
    found = of(inside, "aws:iam/openIdConnectProvider:OpenIdConnectProvider")
    roles = of(inside, "aws:iam/role:Role")
    issuer = words(dig(found[0], "url")) if found else ""
    return join(issuer.removeprefix("https://"), many(len(roles), "role") if roles else "")


def _alerts(inside: Sequence[Resource]) -> str:
    told = of(inside, "aws:sns/topicSubscription:TopicSubscription")
    return join(*(words(dig(found, "endpoint")) for found in told))


AWS: Final[dict[str, Describer]] = {
    "Access": _access,
    "AccountBaseline": _baseline,
    "Addon": _addon,
    "Alerts": _alerts,
    "Audit": _audit,
    "Backup": _backup,
    "BackupVault": _backup_vault,
    "Budget": _budget,
    "Cache": _cache,
    "Certificate": _certificate,
    "Cluster": _cluster,
    "Database": _database,
    "Dns": _dns,
    "Edge": _edge,
    "Failover": _failover,
    "GlobalCache": _global_cache,
    "GlobalDatabase": _global_database,
    "Identity": _identity,
    "Karpenter": _karpenter,
    "Keys": _keys,
    "MasterSecret": _master_secret,
    "Network": _network,
    "NodePool": _pool,
    "Operators": _identity,
    "Pipeline": _pipeline,
    "RegionBaseline": _baseline,
    "Registry": _registry,
    "Replica": _replica,
    "SecretStore": _secret_store,
    "Storage": _storage,
    "WebAcl": _web_acl,
}
