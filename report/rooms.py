"""One line about each room: what a person would say it is, read from the resources it holds.

A describer is a small function of the resources below a part, found by the last word of the part's
type (``…:aws:Network`` → `network`). It answers an empty line when it does not see what it expects,
so that a new room needs no describer to be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from plan.resource import Plan, Resource
from plan.value import Secret, Unknown, Value

__all__ = ["below", "describe", "dig", "span", "words"]

DATABASE_ENGINES: Final = {
    "aurora-postgresql": "PostgreSQL",
    "postgres": "PostgreSQL",
    "aurora-mysql": "MySQL",
}
DIGEST: Final = 7
"""Characters of an image's digest that are enough to tell two images apart."""

Describer = Callable[[Sequence[Resource]], str]


def describe(plan: Plan, resource: Resource) -> str:
    """The line of a part; for a resource, its type."""
    if resource.custom:
        return resource.type
    describer = DESCRIBERS.get(resource.type.rpartition(":")[2])
    return describer(below(plan, resource)) if describer else ""


def below(plan: Plan, part: Resource) -> list[Resource]:
    """Everything under a part, at any depth."""
    found: list[Resource] = []
    for child in plan.children(part.urn):
        found += [child, *below(plan, child)]
    return found


def dig(resource: Resource, *path: str | int) -> Value:
    """An input at a path, or None where it is not set; what is unknown or secret stays so."""
    value: Value = dict(resource.inputs)
    for step in path:
        if isinstance(value, Unknown | Secret):
            return value
        value = _inside(value, step)
    return value


def _inside(value: Value, step: str | int) -> Value:
    if isinstance(value, dict):
        return value.get(str(step))
    if isinstance(value, list):
        return next((item for index, item in enumerate(value) if index == step), None)
    return None


def words(value: Value) -> str:
    """A value as a word in a sentence."""
    if isinstance(value, Unknown | Secret) or value is None:
        return "?"
    return f"{value:g}" if isinstance(value, float) else str(value)


def span(low: Value, high: Value) -> str:
    """``2-4``, or ``3`` when both ends are the same."""
    return words(low) if low == high else f"{words(low)}-{words(high)}"


def _of(resources: Iterable[Resource], *types: str) -> list[Resource]:
    return [resource for resource in resources if resource.type in types]


def _many(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _network(inside: Sequence[Resource]) -> str:
    vpcs = _of(inside, "aws:ec2/vpc:Vpc")
    if not vpcs:
        return ""
    zones = {
        words(dig(subnet, "availabilityZoneId") or dig(subnet, "availabilityZone"))
        for subnet in _of(inside, "aws:ec2/subnet:Subnet")
    }
    return _join(
        f"{words(dig(vpcs[0], 'cidrBlock'))} in {_many(len(zones), 'zone')}",
        f"{len(_of(inside, 'aws:ec2/natGateway:NatGateway'))} NAT",
        "flow logs" if _of(inside, "aws:ec2/flowLog:FlowLog") else "no flow logs",
    )


def _cluster(inside: Sequence[Resource]) -> str:
    clusters = _of(inside, "aws:eks/cluster:Cluster")
    if not clusters:
        return ""
    pools = [
        f"{span(dig(pool, 'scalingConfig', 'minSize'), dig(pool, 'scalingConfig', 'maxSize'))} "
        f"{'spot' if dig(pool, 'capacityType') == 'SPOT' else 'on demand'}"
        for pool in _of(inside, "aws:eks/nodeGroup:NodeGroup")
    ]
    return _join(f"Kubernetes {words(dig(clusters[0], 'version'))}", *pools)


def _pool(inside: Sequence[Resource]) -> str:
    groups = _of(inside, "aws:eks/nodeGroup:NodeGroup")
    if not groups:
        return ""
    types = dig(groups[0], "instanceTypes")
    machines = ", ".join(map(words, types)) if isinstance(types, list) else "?"
    size = span(dig(groups[0], "scalingConfig", "minSize"), dig(groups[0], "scalingConfig", "maxSize"))
    return f"{size} × {machines}"


def _addon(inside: Sequence[Resource]) -> str:
    versions = (dig(addon, "addonVersion") for addon in _of(inside, "aws:eks/addon:Addon"))
    return _join(*(version for version in versions if isinstance(version, str)))


def _database(inside: Sequence[Resource]) -> str:
    clusters = _of(inside, "aws:rds/cluster:Cluster")
    if not clusters:
        return ""
    found = clusters[0]
    scaling = "serverlessv2ScalingConfiguration"
    units = span(dig(found, scaling, "minCapacity"), dig(found, scaling, "maxCapacity"))
    engine = words(dig(found, "engine"))
    return _join(
        f"{DATABASE_ENGINES.get(engine, engine)} {words(dig(found, 'engineVersion'))}",
        f"{units} ACU" if dig(found, scaling) else "",
        _many(len(_of(inside, "aws:rds/clusterInstance:ClusterInstance")), "instance"),
        f"{words(dig(found, 'backupRetentionPeriod'))} days of backup",
    )


def _storage(inside: Sequence[Resource]) -> str:
    buckets = _of(inside, "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
    locked = _of(inside, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    return (
        _join(_many(len(buckets), "bucket"), f"{len(locked)} write-once" if locked else "") if buckets else ""
    )


def _keys(inside: Sequence[Resource]) -> str:
    keys = _of(inside, "aws:kms/key:Key")
    if not keys:
        return ""
    days = dig(keys[0], "rotationPeriodInDays")
    rotated = all(dig(key, "enableKeyRotation") is True for key in keys)
    return _join(_many(len(keys), "key"), f"new every {words(days)} days" if rotated and days else "")


def _identity(inside: Sequence[Resource]) -> str:
    roles = _of(inside, "aws:iam/role:Role")
    return _many(len(roles), "role") if roles else ""


def _budget(inside: Sequence[Resource]) -> str:
    budgets = _of(inside, "aws:budgets/budget:Budget")
    if not budgets:
        return ""
    return f"{words(dig(budgets[0], 'limitAmount'))} {words(dig(budgets[0], 'limitUnit'))} a month"


def _region(inside: Sequence[Resource]) -> str:
    return _join(
        *(
            words(dig(provider, "region"))
            for provider in inside
            if provider.is_provider and isinstance(dig(provider, "region"), str)
        )
    )


def _namespace(inside: Sequence[Resource]) -> str:
    names = [words(dig(found, "metadata", "name")) for found in _of(inside, "kubernetes:core/v1:Namespace")]
    denied = any(
        dig(found, "spec", "policyTypes") == ["Ingress", "Egress"] and not dig(found, "spec", "podSelector")
        for found in _of(inside, "kubernetes:networking.k8s.io/v1:NetworkPolicy")
    )
    return _join(*names, "closed by default" if denied else "") if names else ""


def _configuration(inside: Sequence[Resource]) -> str:
    maps = _of(inside, "kubernetes:core/v1:ConfigMap")
    variables = sum(len(data) for found in maps if isinstance(data := dig(found, "data"), dict))
    return _many(variables, "variable") if maps else ""


def _service(inside: Sequence[Resource]) -> str:
    deployments = _of(inside, "kubernetes:apps/v1:Deployment")
    if not deployments:
        return ""
    found = deployments[0]
    container = ("spec", "template", "spec", "containers", 0)
    replicas = dig(found, "spec", "replicas")
    copies = _many(replicas, "copy", "copies") if isinstance(replicas, int) else "scaled"
    cpu, memory = (dig(found, *container, "resources", "requests", what) for what in ("cpu", "memory"))
    return _join(
        f"{copies} of {_image(words(dig(found, *container, 'image')))}",
        f"{words(cpu)} CPU, {words(memory)} each",
    )


def _image(reference: str) -> str:
    """``trading/api@2c26b46`` for a full reference: enough to tell which."""
    name, _, digest = reference.partition("@sha256:")
    short = name.partition("/")[2] or name
    return f"{short}@{digest[:DIGEST]}" if digest else short


DESCRIBERS: Final[dict[str, Describer]] = {
    "Addon": _addon,
    "AwsRegion": _region,
    "Budget": _budget,
    "Cluster": _cluster,
    "Configuration": _configuration,
    "Database": _database,
    "Identity": _identity,
    "Keys": _keys,
    "Namespace": _namespace,
    "Network": _network,
    "NodePool": _pool,
    "Service": _service,
    "Storage": _storage,
}
