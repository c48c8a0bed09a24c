"""What AWS answers that follows from what the program chose, in ways that a table cannot say.

Each function sets answers that are not there yet; the table fills the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from plan import sdk
from plan.forms.form import Facts, fill
from plan.shape import WRITE_ONLY
from plan.value import UNKNOWN, Value, reveal

__all__ = ["compute"]

ROTATION: Final = "applications/SecretsManager"
"""In the id of the applications that AWS publishes to rotate secrets with."""


def compute(facts: Facts) -> None:
    """Set the answers of this kind, for any type of AWS."""
    given, outputs = facts.properties, sdk.outputs(facts.token)
    tags = given.get("tags")
    if "tagsAll" in outputs:
        given.setdefault("tagsAll", tags if isinstance(tags, dict) else {})
    for name in outputs:
        if name.startswith("has") and name.endswith(WRITE_ONLY):  # hasSecretStringWo
            given.setdefault(name, given.get(f"{name[3].lower()}{name[4:]}") is not None)
    if facts.token.startswith("aws:rds/") and given.get("manageMasterUserPassword") is not True:
        given.setdefault("masterUserSecrets", [])
    if special := SPECIAL.get(facts.token):
        for name, value in special(facts).items():
            given.setdefault(name, value)


def _certificate(facts: Facts) -> dict[str, Value]:
    imported = {"privateKey", "privateKeyWo"} & facts.properties.keys()
    return {
        "domainValidationOptions": _validations(facts),
        "renewalSummaries": [],
        "type": "IMPORTED" if imported else "AMAZON_ISSUED",
    }


def _validations(facts: Facts) -> Value:
    """One record for each name on the certificate.

    ACM makes the record from the account and the domain alone: a name and its wildcard share it, and so
    do certificates of one name in several regions.
    """
    others = reveal(facts.properties.get("subjectAlternativeNames"))
    hosts = [facts.properties.get("domainName"), *(others if isinstance(others, list) else [])]
    account = Facts("aws", facts.place["account"], {}, {})
    found: list[Value] = []
    for host in dict.fromkeys(host for host in hosts if isinstance(host, str)):
        domain = host.removeprefix("*.")
        token = account.digest(domain)
        found.append(
            {
                "domainName": host,
                "resourceRecordName": f"_{token[:32]}.{domain}.",
                "resourceRecordType": "CNAME",
                "resourceRecordValue": f"_{token[32:]}.acm-validations.aws.",
            }
        )
    return found


def _global_cluster(facts: Facts) -> dict[str, Value]:
    """The cluster that it was made from is its first member; one that was made empty has none."""
    source = facts.properties.get("sourceDbClusterIdentifier")
    member: Value = {"dbClusterArn": source, "isWriter": True}
    return {"globalClusterMembers": [] if source in (None, UNKNOWN) else [member]}


def _cache(facts: Facts) -> dict[str, Value]:
    """With cluster mode there is one address for all, without it one to write and one to read."""
    given = facts.properties
    shards, nodes = given.get("numNodeGroups", 1), given.get("numCacheClusters", 1)
    sharded = given.get("clusterMode") == "enabled" or (isinstance(shards, int) and shards > 1)
    names = (
        ("primaryEndpointAddress", "readerEndpointAddress") if sharded else ("configurationEndpointAddress",)
    )
    members: list[Value] = []
    if not sharded and isinstance(nodes, int):
        members = [fill(f"{{replicationGroupId}}-{node:03}", facts, "id") for node in range(1, nodes + 1)]
    return {**dict.fromkeys(names, ""), "clusterEnabled": sharded, "memberClusters": members}


def _load_balancer(facts: Facts) -> dict[str, Value]:
    if facts.properties.get("loadBalancerType") != "network":
        return {}
    return {"dnsName": fill("{ownName}-{hex:16}.elb.{region}.{suffix}", facts, "dnsName")}


def _secret(facts: Facts) -> dict[str, Value]:
    """A copy in another region says how it does."""
    replicas = facts.properties.get("replicas")
    for replica in replicas if isinstance(replicas, list) else []:
        if isinstance(replica, dict):
            replica.setdefault("status", "InSync")
    return {}


def _stack(facts: Facts) -> dict[str, Value]:
    """An application that rotates secrets gives the address of its function."""
    given = facts.properties
    parameters, application = given.get("parameters"), given.get("applicationId")
    if not isinstance(application, str) or ROTATION not in application:
        return {}
    name = parameters.get("functionName") if isinstance(parameters, dict) else None
    function = name if isinstance(name, str) else fill("{ownName}-{alnum:12}", facts, "outputs")
    arn = fill("arn:{partition}:lambda:{region}:{account}:function:", facts, "outputs")
    return {"outputs": {"RotationLambdaARN": f"{arn}{function}"}}


SPECIAL: Final[Mapping[str, Callable[[Facts], dict[str, Value]]]] = {
    "aws:acm/certificate:Certificate": _certificate,
    "aws:elasticache/replicationGroup:ReplicationGroup": _cache,
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:lb/targetGroup:TargetGroup": lambda _: {"loadBalancerArns": []},
    "aws:rds/globalCluster:GlobalCluster": _global_cluster,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": _stack,
}
