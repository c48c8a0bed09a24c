"""What is paid for and used by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.machines import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Subject

__all__ = ["USERS"]

EIP: Final = "aws:ec2/eip:Eip"
VOLUME: Final = "aws:ebs/volume:Volume"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
NAT: Final = "aws:ec2/natGateway:NatGateway"
ADDRESS: Final = "gcp:compute/address:Address"
DISK: Final = "gcp:compute/disk:Disk"
PUBLIC_IP: Final = "azure-native:network:PublicIPAddress"
AZURE_DISK: Final = "azure-native:compute:Disk"
INSTANCE: Final = "gcp:compute/instance:Instance"

USERS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    EIP: {
        "aws:ec2/eipAssociation:EipAssociation": ("allocationId", "publicIp"),
        NAT: ("allocationId", "secondaryAllocationIds[*]"),
        BALANCER: ("subnetMappings[*].allocationId",),
    },
    VOLUME: {"aws:ec2/volumeAttachment:VolumeAttachment": ("volumeId",)},
    BALANCER: {"aws:lb/listener:Listener": ("loadBalancerArn",)},
    NAT: {
        "aws:ec2/route:Route": ("natGatewayId",),
        "aws:ec2/routeTable:RouteTable": ("routes[*].natGatewayId",),
        "aws:ec2/defaultRouteTable:DefaultRouteTable": ("routes[*].natGatewayId",),
    },
    ADDRESS: {
        "gcp:compute/forwardingRule:ForwardingRule": ("ipAddress",),
        "gcp:compute/routerNat:RouterNat": ("natIps[*]", "drainNatIps[*]"),
        INSTANCE: ("networkInterfaces[*].accessConfigs[*].natIp",),
    },
    DISK: {
        "gcp:compute/attachedDisk:AttachedDisk": ("disk",),
        INSTANCE: ("bootDisk.source", "attachedDisks[*].source"),
    },
    PUBLIC_IP: {
        "azure-native:network:NetworkInterface": ("ipConfigurations[*].publicIPAddress.id",),
        "azure-native:network:LoadBalancer": ("frontendIPConfigurations[*].publicIPAddress.id",),
        "azure-native:network:NatGateway": ("publicIpAddresses[*].id",),
    },
    AZURE_DISK: {
        "azure-native:compute:VirtualMachine": (
            "storageProfile.osDisk.managedDisk.id",
            "storageProfile.dataDisks[*].managedDisk.id",
        ),
    },
}
"""For each type that may be left over: who uses one, and where they name it."""
OWN: Final = {EIP: ("instance", "networkInterface"), ADDRESS: ("addressType",)}
NAMES: Final = ("id", "allocationId", "publicIp", "arn", "selfLink", "address", "name")
"""By what a resource is named elsewhere."""
NEEDED: Final = {
    BALANCER: "no listener takes requests for it",
    NAT: "no route leads to it",
}
"""Where it is not enough that somebody depends on it: a record may point at a balancer without listener."""


@policy(
    id="cost-no-orphans",
    title="No unattached addresses, volumes or load balancers",
    violation="an address, volume or disk that names no instance, and that nothing in the stack names or "
    "depends on; a load balancer without a listener; a NAT gateway that no route names",
    severity="low",
    category="cost",
    scope="stack",
    reads={token: OWN.get(token, ()) for token in USERS},
    related={
        user: tuple(path for users in USERS.values() for path in users.get(user, ()))
        for user in {user: None for users in USERS.values() for user in users}
    },
    fix=Fix("none", "Use it or take it out.", "aws.ec2.EipAssociation(name, allocation_id=address.id, ...)"),
    enforcement="AAA",
    soc2=("A1.1",),
    cis=(),
)
def no_orphans(subject: Subject) -> Iterator[Judgement]:
    """An address or a disk costs by the hour whether it is used or not, and nobody looks for it."""
    if subject.type == ADDRESS and subject.at("addressType").text == "INTERNAL":
        yield not_applicable("an internal address costs nothing")
        return
    stack, body = subject.stack, subject.body
    named = some(
        _names(user, path, body)
        for token, paths in USERS[subject.type].items()
        for user in stack.of(token)
        for path in paths
    )
    attached = some(_given(body, path) for path in OWN[EIP]) if subject.type == EIP else Truth.NO
    leaned_on = known(
        value=subject.type not in NEEDED
        and any(
            body.urn in urns
            for other in stack.bodies
            for urns in other.resource.property_dependencies.values()
        )
    )
    why = NEEDED.get(subject.type, "nothing in the stack uses it")
    yield fail_if(~(named | attached | leaned_on), subject.root, why)


def _given(body: Body, path: str) -> Truth:
    """Whether it names one; what comes from another resource names it before it is known."""
    return known(value=True) if body.resource.property_dependencies.get(path) else body.root.at(path).exists


def _names(user: Body, path: str, target: Body) -> Truth:
    key = path.replace("[", ".").partition(".")[0]
    sources = user.resource.property_dependencies.get(key, ())
    if target.urn in sources:
        return Truth.YES
    called = [name for name in map(target.root.key, NAMES) if name.is_known]
    return some(_is_one(place, called, traced=bool(sources)) for place in places(user.root, path))


def _is_one(place: Node, called: list[Node], *, traced: bool) -> Truth:
    if place.is_open:
        return known(value=False) if traced else Truth.UNKNOWN
    return some(place.equals(name.value) for name in called)
