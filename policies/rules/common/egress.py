"""What a way out costs: gateways by the hour, and by each byte that need not have gone through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__ = ["NAT"]

NAT: Final = "aws:ec2/natGateway:NatGateway"
ROUTER_NAT: Final = "gcp:compute/routerNat:RouterNat"
AZURE_NAT: Final = "azure-native:network:NatGateway"
SUBNET: Final = "aws:ec2/subnet:Subnet"
VPC: Final = "aws:ec2/vpc:Vpc"
ROUTER: Final = "gcp:compute/router:Router"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
HOMES: Final = {
    NAT: (("subnetId", SUBNET, ("id",), ("vpcId",)),),
    ROUTER_NAT: (("router", ROUTER, ("name", "id"), ("network", "region")),),
    AZURE_NAT: (),
}
"""Through what a gateway belongs to a network, and what there tells one network from another."""
AZURE_KEYS: Final = ("resourceGroupName", "location")


@policy(
    id="cost-single-nat-dev",
    title="One NAT gateway outside production",
    violation="more than maxNat NAT gateways in one VPC (Google: in one region of a network; Azure: of one "
    "resource group in one place)",
    severity="medium",
    category="cost",
    scope="stack",
    reads={NAT: ("subnetId",), ROUTER_NAT: ("router",), AZURE_NAT: AZURE_KEYS},
    related={SUBNET: ("vpcId",), ROUTER: ("name", "network", "region")},
    defaults={"maxNat": {"dev": 1, "staging": 1}},
    fix=Fix("none", "Send all private subnets through one gateway.", "nat_gateways: 1"),
    enforcement="MAD",
    soc2=("A1.1",),
    cis=(),
)
def single_nat_dev(subject: Subject) -> Iterator[Judgement]:
    """A gateway in each zone costs three times as much, for a test environment that may lose a zone."""
    limit = subject.config.table("maxNat").get(subject.environment)
    if not isinstance(limit, (int, float)):
        yield not_applicable("the environment has no limit")
        return
    mine = _network(subject.stack, subject.body)
    others = [other for other in subject.stack.of(subject.type) if other.urn < subject.body.urn]
    before = [Truth.YES, *(_same(mine, _network(subject.stack, other)) for other in others)]
    sure, perhaps = before.count(Truth.YES), len(before) - before.count(Truth.NO)
    many = Truth.YES if sure > limit else known(value=False) if perhaps <= limit else Truth.UNKNOWN
    yield fail_if(many, subject.root, f"it is gateway {perhaps} of its network, at most {limit}")


def _network(stack: Stack, gateway: Body) -> tuple[object, ...] | None:
    """What tells a gateway's network from another; None where nobody knows yet."""
    for path, token, names, keys in HOMES[gateway.type]:
        for between in stack.of(token):
            if stack.refers(gateway, path, between, *names) == Truth.YES:
                return _facts(between, keys)
    return _facts(gateway, AZURE_KEYS) if gateway.type == AZURE_NAT else None


def _facts(body: Body, keys: tuple[str, ...]) -> tuple[object, ...] | None:
    found: list[object] = []
    for key in keys:
        sources = body.resource.property_dependencies.get(key, ())
        place = body.root.at(key)
        if place.is_known and not sources:
            found.append(place.shown)
        elif sources:
            found.append(tuple(sorted(sources)))
        elif place.is_absent:
            found.append("")
        else:
            return None
    return tuple(found)


def _same(one: tuple[object, ...] | None, other: tuple[object, ...] | None) -> Truth:
    return Truth.UNKNOWN if one is None or other is None else known(value=one == other)


@policy(
    id="cost-vpc-endpoints",
    title="S3/DynamoDB gateway endpoints avoid NAT data charges",
    violation="a VPC with a NAT gateway and without gateway endpoints for S3 and DynamoDB",
    severity="low",
    category="cost",
    scope="stack",
    reads={VPC: ()},
    related={
        NAT: ("subnetId",),
        SUBNET: ("vpcId",),
        ENDPOINT: ("vpcId", "serviceName", "vpcEndpointType"),
    },
    fix=Fix(
        "suggest",
        "Give the VPC a gateway endpoint for each of the two; they are free.",
        'aws.ec2.VpcEndpoint(name, vpc_id=vpc.id, service_name=f"com.amazonaws.{region}.s3", '
        "route_table_ids=tables)",
    ),
    enforcement="AAA",
    soc2=("A1.1",),
    cis=("A6.8",),
)
def vpc_endpoints(subject: Subject) -> Iterator[Judgement]:
    """Each image layer and each log that goes to S3 through a NAT gateway is paid by the gigabyte.

    An endpoint that says no type is a gateway's.
    """
    stack, vpc = subject.stack, subject.body
    leaves = some(
        stack.refers(gateway, "subnetId", subnet, "id") & stack.refers(subnet, "vpcId", vpc, "id")
        for gateway in stack.of(NAT)
        for subnet in stack.of(SUBNET)
    )
    if leaves == Truth.NO:
        yield not_applicable("it has no NAT gateway")
        return
    for service in ("s3", "dynamodb"):
        covered = some(
            every(
                [
                    stack.refers(endpoint, "vpcId", vpc, "id"),
                    endpoint.root.key("serviceName").test(
                        lambda name, service=service: str(name).endswith(f".{service}")
                    ),
                    endpoint.root.key("vpcEndpointType").test(
                        lambda said: said == "Gateway", absent=Truth.YES
                    ),
                ]
            )
            for endpoint in stack.of(ENDPOINT)
        )
        yield fail_if(leaves & ~covered, subject.root, f"what goes to {service} goes through a NAT gateway")
