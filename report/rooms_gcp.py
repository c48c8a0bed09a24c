"""One line about each room on Google Cloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from plan.resource import Resource
from report.look import dig, join, many, of, span, words

__all__ = ["GCP"]

DAY: Final = 24 * 3600
Describer = Callable[[Sequence[Resource]], str]


def _vpc(inside: Sequence[Resource]) -> str:
    rules = of(inside, "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule")
    networks = of(inside, "gcp:compute/network:Network")
    return join("one network for all regions", many(len(rules), "firewall rule")) if networks else ""


def _network(inside: Sequence[Resource]) -> str:
    subnets = of(inside, "gcp:compute/subnetwork:Subnetwork")
    if not subnets:
        return ""
    ways_out = of(inside, "gcp:compute/address:Address")
    return join(
        f"{words(dig(subnets[0], 'ipCidrRange'))} for machines",
        many(len(subnets), "subnet"),
        f"NAT with {many(len(ways_out), 'address', 'addresses')}",
        "flow logs" if any(dig(subnet, "logConfig") for subnet in subnets) else "no flow logs",
    )


def _cluster(inside: Sequence[Resource]) -> str:
    clusters = of(inside, "gcp:container/cluster:Cluster")
    if not clusters:
        return ""
    version = words(dig(clusters[0], "minMasterVersion"))
    pools = {"on demand": [0, 0], "spot": [0, 0]}
    for pool in of(inside, "gcp:container/nodePool:NodePool"):
        kind = pools["spot" if dig(pool, "nodeConfig", "spot") is True else "on demand"]
        for index, end in enumerate(("totalMinNodeCount", "totalMaxNodeCount")):
            found = dig(pool, "autoscaling", end)
            kind[index] += int(found) if isinstance(found, int | float) else 0
    said = (f"{span(low, high)} {kind}" for kind, (low, high) in pools.items() if high)
    return join(f"Kubernetes {version}", *said)


def _pool(inside: Sequence[Resource]) -> str:
    pools = of(inside, "gcp:container/nodePool:NodePool")
    if not pools:
        return ""
    low, high = (dig(pools[0], "autoscaling", f"total{end}NodeCount") for end in ("Min", "Max"))
    return f"{span(low, high)} × {words(dig(pools[0], 'nodeConfig', 'machineType'))}"


def _database(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:sql/databaseInstance:DatabaseInstance")
    if not found:
        return ""
    first = found[0]
    version = words(dig(first, "databaseVersion")).removeprefix("POSTGRES_")
    backups = dig(first, "settings", "backupConfiguration", "backupRetentionSettings", "retainedBackups")
    return join(
        f"PostgreSQL {version}",
        "follows the other region" if dig(first, "masterInstanceName") is not None else "",
        words(dig(first, "settings", "tier")),
        "standby in another zone" if dig(first, "settings", "availabilityType") == "REGIONAL" else "one zone",
        many(_readers(found[1:]), "reader") if found[1:] else "",
        f"{words(backups)} days of backup" if backups is not None else "",
    )


def _readers(pools: Sequence[Resource]) -> int:
    counts = (dig(pool, "nodeCount") for pool in pools)
    return sum(int(count) for count in counts if isinstance(count, int | float))


def _cache(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:memorystore/instance:Instance")
    if not found:
        return ""
    version = words(dig(found[0], "engineVersion")).removeprefix("VALKEY_").replace("_", ".")
    follows = dig(found[0], "crossInstanceReplicationConfig", "primaryInstance") is not None
    copies = dig(found[0], "replicaCount")
    return join(
        f"Valkey {version}",
        "follows the other region" if follows else "",
        words(dig(found[0], "nodeType")),
        many(int(copies), "replica") if isinstance(copies, int | float) else "",
    )


def _storage(inside: Sequence[Resource]) -> str:
    buckets = of(inside, "gcp:storage/bucket:Bucket")
    if not buckets:
        return ""
    locked = [bucket for bucket in buckets if dig(bucket, "retentionPolicy", "isLocked") is True]
    dual = dig(buckets[0], "rpo") == "ASYNC_TURBO"
    return join(
        many(len(buckets), "bucket"),
        "in both regions" if dual else "",
        f"{len(locked)} write-once" if locked else "",
    )


def _keys(inside: Sequence[Resource]) -> str:
    keys, rings = of(inside, "gcp:kms/cryptoKey:CryptoKey"), of(inside, "gcp:kms/keyRing:KeyRing")
    if not keys or not rings:
        return ""
    period = words(dig(keys[0], "rotationPeriod")).removesuffix("s")
    days = f"new every {int(period) // DAY} days" if period.isdigit() else ""
    hardware = dig(keys[0], "versionTemplate", "protectionLevel") == "HSM"
    return join(
        f"{many(len(keys), 'key')} in {words(dig(rings[0], 'location'))}",
        "hardware" if hardware else "",
        days,
    )


def _apis(inside: Sequence[Resource]) -> str:
    services, agents = (
        of(inside, "gcp:projects/service:Service"),
        of(inside, "gcp:projects/serviceIdentity:ServiceIdentity"),
    )
    return join(many(len(services), "API"), many(len(agents), "service agent")) if services else ""


def _identity(inside: Sequence[Resource]) -> str:
    accounts = of(inside, "gcp:serviceaccount/account:Account")
    return many(len(accounts), "service account") if accounts else ""


def _store_access(inside: Sequence[Resource]) -> str:
    rights = of(inside, "gcp:projects/iAMMember:IAMMember")
    return many(len(rights), "right") + " over one database and one cache" if rights else ""


def _budget(inside: Sequence[Resource]) -> str:
    budgets = of(inside, "gcp:billing/budget:Budget")
    if not budgets:
        return ""
    amount, currency = (
        dig(budgets[0], "amount", "specifiedAmount", what) for what in ("units", "currencyCode")
    )
    return f"{words(amount)} {words(currency)} a month"


def _dns(inside: Sequence[Resource]) -> str:
    zones = of(inside, "gcp:dns/managedZone:ManagedZone")
    private = [zone for zone in zones if dig(zone, "visibility") == "private"]
    return (
        join(words(dig(zones[0], "dnsName")).rstrip("."), "signed", "also inside" if private else "")
        if zones
        else ""
    )


def _certificate(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:certificatemanager/certificate:Certificate")
    domains = dig(found[0], "managed", "domains") if found else None
    return ", ".join(map(words, domains)) if isinstance(domains, list) else ""


def _edge(inside: Sequence[Resource]) -> str:
    ports = of(inside, "gcp:compute/instanceGroupNamedPort:InstanceGroupNamedPort")
    return (
        f"port {words(dig(ports[0], 'port'))} of the machines in {many(len(ports), 'zone')}" if ports else ""
    )


def _balancer(inside: Sequence[Resource]) -> str:
    services = of(inside, "gcp:compute/backendService:BackendService")
    if not services:
        return ""
    firewall = of(inside, "gcp:compute/securityPolicy:SecurityPolicy")
    outside = dig(services[0], "loadBalancingScheme") == "EXTERNAL_MANAGED"
    return join(
        "open to the internet" if outside else "from inside only",
        "firewall" if firewall else "no firewall",
    )


def _security_policy(inside: Sequence[Resource]) -> str:
    rules = of(inside, "gcp:compute/securityPolicyRule:SecurityPolicyRule")
    listed = [dig(policy, "rules") for policy in of(inside, "gcp:compute/securityPolicy:SecurityPolicy")]
    count = len(rules) + sum(len(found) for found in listed if isinstance(found, list))
    return many(count, "rule") if count else ""


def _failover(inside: Sequence[Resource]) -> str:
    records = of(inside, "gcp:dns/recordSet:RecordSet")
    if not records:
        return ""
    moves = any(dig(record, "routingPolicy", "primaryBackup") for record in records)
    return join(many(len(records), "record"), "primary and backup" if moves else "one address")


def _secret_store(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:secretmanager/secret:Secret")
    return join(many(len(found), "secret"), "values given by people" if found else "")


def _office_secret(inside: Sequence[Resource]) -> str:
    return "made by the program" if of(inside, "gcp:secretmanager/secretVersion:SecretVersion") else ""


def _registry(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:artifactregistry/repository:Repository")
    return f"one repository in {words(dig(found[0], 'location'))}" if found else ""


def _binary_authorization(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:binaryauthorization/policy:Policy")
    if not found:
        return ""
    mode = dig(found[0], "defaultAdmissionRule", "enforcementMode")
    return "other images are refused" if mode == "ENFORCED_BLOCK_AND_AUDIT_LOG" else "other images are logged"


def _replica(inside: Sequence[Resource]) -> str:
    alarms = of(inside, "gcp:monitoring/alertPolicy:AlertPolicy")
    return f"15 minutes, {many(len(alarms), 'alarm')}" if alarms else ""


def _backup(inside: Sequence[Resource]) -> str:
    plans = of(inside, "gcp:gkebackup/backupPlan:BackupPlan")
    tried = of(inside, "gcp:gkebackup/restorePlan:RestorePlan")
    place = f"kept in {words(dig(plans[0], 'location'))}" if plans else ""
    return join(many(len(plans), "plan"), place, "restores prepared" if tried else "")


def _backup_vault(inside: Sequence[Resource]) -> str:
    locks = [
        int(seconds) // DAY
        for bucket in of(inside, "gcp:storage/bucket:Bucket")
        if (seconds := words(dig(bucket, "retentionPolicy", "retentionPeriod"))).isdigit()
    ]
    return f"locked for {span(min(locks), max(locks))} days" if locks else "not locked"


def _audit(inside: Sequence[Resource]) -> str:
    alarms, sinks = (
        of(inside, "gcp:monitoring/alertPolicy:AlertPolicy"),
        of(inside, "gcp:logging/projectSink:ProjectSink"),
    )
    return join(many(len(sinks), "copy", "copies"), many(len(alarms), "alarm")) if sinks else ""


def _baseline(inside: Sequence[Resource]) -> str:
    policies = of(inside, "gcp:orgpolicy/policy:Policy")
    return join(many(len(policies), "guardrail") if policies else "", "OS Login")


def _access(inside: Sequence[Resource]) -> str:
    groups = of(inside, "gcp:iap/tunnelDestGroupIamMember:TunnelDestGroupIamMember")
    tunnels = of(inside, "gcp:compute/vPNTunnel:VPNTunnel")
    return join(
        f"IAP for {many(len(groups), 'group')}" if groups else "",
        f"VPN to the office, {many(len(tunnels), 'tunnel')}" if tunnels else "",
    )


def _pipeline(inside: Sequence[Resource]) -> str:
    found = of(inside, "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider")
    accounts = of(inside, "gcp:serviceaccount/account:Account")
    issuer = words(dig(found[0], "oidc", "issuerUri")) if found else ""
    return join(issuer.removeprefix("https://"), many(len(accounts), "account") if accounts else "")


def _alerts(inside: Sequence[Resource]) -> str:
    told = of(inside, "gcp:monitoring/notificationChannel:NotificationChannel")
    return join(
        *(words(dig(found, "labels", "email_address")) for found in told if dig(found, "type") == "email")
    )


GCP: Final[dict[str, Describer]] = {
    "Access": _access,
    "Alerts": _alerts,
    "Apis": _apis,
    "Audit": _audit,
    "Backup": _backup,
    "BackupVault": _backup_vault,
    "Balancer": _balancer,
    "BinaryAuthorization": _binary_authorization,
    "Budget": _budget,
    "Cache": _cache,
    "Certificate": _certificate,
    "Cluster": _cluster,
    "Database": _database,
    "Dns": _dns,
    "Edge": _edge,
    "Failover": _failover,
    "Identity": _identity,
    "Keys": _keys,
    "Network": _network,
    "NodePool": _pool,
    "OfficeSecret": _office_secret,
    "OperatorAccounts": _identity,
    "Pipeline": _pipeline,
    "ProjectBaseline": _baseline,
    "Registry": _registry,
    "Replica": _replica,
    "SecretStore": _secret_store,
    "SecurityPolicy": _security_policy,
    "SharedKeys": _keys,
    "Storage": _storage,
    "StoreAccess": _store_access,
    "Vpc": _vpc,
}
