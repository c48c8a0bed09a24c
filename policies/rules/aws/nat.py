"""The way out of private networks: one in each zone, where a zone may fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__ = ["NAT"]

NAT: Final = "aws:ec2/natGateway:NatGateway"
SUBNET: Final = "aws:ec2/subnet:Subnet"
ROUTE: Final = "aws:ec2/route:Route"
TABLE: Final = "aws:ec2/routeTable:RouteTable"
ASSOCIATION: Final = "aws:ec2/routeTableAssociation:RouteTableAssociation"


@policy(
    id="net-nat-per-az-prod",
    title="Production has one NAT per zone",
    violation="the private subnets of a network stand in more zones than it has public NAT gateways, and "
    "none of these is a regional one",
    severity="medium",
    category="reliability",
    scope="stack",
    reads={NAT: ("subnetId", "vpcId", "connectivityType", "availabilityMode")},
    related={
        SUBNET: ("vpcId", "availabilityZone", "availabilityZoneId", "mapPublicIpOnLaunch"),
        ASSOCIATION: ("subnetId", "routeTableId"),
        TABLE: ("routes[*].gatewayId",),
        ROUTE: ("routeTableId", "gatewayId"),
    },
    fix=Fix(
        "none", "Give each zone with private subnets a NAT gateway of its own.", "network: {nat: per-zone}"
    ),
    enforcement="DAM",
    soc2=("A1.2",),
    cis=(),
)
def nat_per_az(subject: Subject) -> Iterator[Judgement]:
    """With fewer gateways than zones, the loss of one zone cuts the others off, and they pay for the detour.

    A private subnet gives its machines no public addresses, has no route to an internet gateway and holds no
    gateway itself. Outside production one gateway is enough.
    """
    if subject.environment != "prod":
        yield not_applicable("the loss of a zone is borne outside production")
        return
    public = ~subject.at("connectivityType").equals("private")
    if public == Truth.NO:
        yield not_applicable("it leads to other private networks, not out")
        return
    gateways = [(gateway, _serves(subject, gateway)) for gateway in subject.stack.of(NAT)]
    regional = some(
        serves & gateway.root.key("availabilityMode").equals("regional") for gateway, serves in gateways
    )
    least, most = _zones(subject, [gateway for gateway, _ in gateways])
    sure = sum(serves == Truth.YES for _, serves in gateways)
    possible = sum(serves != Truth.NO for _, serves in gateways)
    too_few = Truth.YES if least > possible else Truth.NO if most <= sure else Truth.UNKNOWN
    message = f"{sure} NAT gateways serve private subnets in {max(least, most)} zones"
    yield fail_if(too_few & ~regional & public, subject.root, message)


def _zones(subject: Subject, gateways: list[Body]) -> tuple[int, int]:
    """In how many zones the network has private subnets, at least and at most."""
    stack, named, possible = subject.stack, set[str](), set[str]()
    open_ones = 0
    for subnet in stack.of(SUBNET):
        private = ~_is_public(stack, subnet, gateways) & _in_network(subject, subnet)
        zone = subnet.root.key("availabilityZoneId").text or subnet.root.key("availabilityZone").text
        if private == Truth.NO:
            continue
        if zone:
            possible.add(zone)
            named |= {zone} if private == Truth.YES else set()
        else:
            open_ones += 1
    return len(named), len(possible) + open_ones


def _is_public(stack: Stack, subnet: Body, gateways: list[Body]) -> Truth:
    holds = some(stack.refers(gateway, "subnetId", subnet, "id") for gateway in gateways)
    tables = [
        table
        for association in stack.of(ASSOCIATION)
        if stack.refers(association, "subnetId", subnet, "id") == Truth.YES
        for table in stack.of(TABLE)
        if stack.refers(association, "routeTableId", table, "id") == Truth.YES
    ]
    routed = some(
        some(route.key("gatewayId").exists for route in table.root.key("routes").items())
        | some(
            stack.refers(route, "routeTableId", table, "id") & route.root.key("gatewayId").exists
            for route in stack.of(ROUTE)
        )
        for table in tables
    )
    return subnet.root.key("mapPublicIpOnLaunch").is_true | holds | routed


def _networks(subject: Subject, gateway: Body) -> list[Body]:
    """The subnets that a gateway certainly stands in."""
    return [
        subnet
        for subnet in subject.stack.of(SUBNET)
        if subject.stack.refers(gateway, "subnetId", subnet, "id") == Truth.YES
    ]


def _in_network(subject: Subject, subnet: Body) -> Truth:
    """Whether a subnet is of the network that the judged gateway stands in."""
    homes = _networks(subject, subject.body)
    return some(_together(home, subnet) for home in homes) if homes else Truth.UNKNOWN


def _serves(subject: Subject, other: Body) -> Truth:
    """Whether a gateway leads out of the network that the judged one stands in."""
    public = ~other.root.key("connectivityType").equals("private")
    if other is subject.body:
        return public
    homes = _networks(subject, other)
    return public & (some(_in_network(subject, home) for home in homes) if homes else Truth.UNKNOWN)


def _together(one: Body, other: Body) -> Truth:
    """Whether two subnets are of one network: of the same resource, or of the same id."""
    if one is other:
        return Truth.YES
    mine, its = (body.resource.property_dependencies.get("vpcId", ()) for body in (one, other))
    if set(mine) & set(its):
        return Truth.YES
    first, second = one.root.key("vpcId"), other.root.key("vpcId")
    if first.is_known and second.is_known:
        return first.equals(second.value)
    # What is traced to another source is of another network.
    return Truth.NO if mine or its else Truth.UNKNOWN
