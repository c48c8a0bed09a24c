"""What a stack costs a month: what is paid by the hour, disks and databases by the size they are made with.

Not counted: what is paid by use (requests, traffic, objects, logs, storage that grows), what is made inside a
cluster (Karpenter's node pools, KEDA's replicas, volumes that pods claim), discounts, free tiers and taxes.
`flat.csv` lists what has one price for each, and what is paid by time and has no price on the list;
`reads.csv` what is read of all others. A disk whose size no plan shows is named as not counted.
"""

from __future__ import annotations

import csv
from functools import cache
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final

from policies.estimate.bill import NONE, ONE, Bill, Line, Meter, Range
from policies.estimate.fleets import FLEETS, fleet
from policies.estimate.stores import STORES
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.subject import Stack

__all__ = ["READS", "bill"]

FILE: Final = Path(__file__).with_name("flat.csv")
READS_FILE: Final = FILE.with_name("reads.csv")
EKS: Final = "aws:eks/cluster:Cluster"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
MANAGED: Final = "azure-native:containerservice:ManagedCluster"
FORWARDING: Final = (
    "gcp:compute/globalForwardingRule:GlobalForwardingRule",
    "gcp:compute/forwardingRule:ForwardingRule",
)
BUNDLE: Final = 5
"""Google's first forwarding rules have one price together."""
BALANCERS: Final = {"application": "alb", "network": "nlb", "": "alb"}
HOW_MANY: Final = {Truth.NO: NONE, Truth.UNKNOWN: Range(0, 1), Truth.YES: ONE}


@cache
def flat() -> Mapping[str, Mapping[str, str]]:
    """What has one price for each, by type."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["type"]: row for row in csv.DictReader(file)}


def _reads() -> Mapping[str, tuple[str, ...]]:
    with READS_FILE.open(encoding="utf-8", newline="") as file:
        found = {row["type"]: tuple(row["reads"].split()) for row in csv.DictReader(file)}
    for token, row in flat().items():
        found[token] = tuple(dict.fromkeys([*found.get(token, ()), *row["unless"].split()]))
    return found


READS: Final = _reads()
"""For each type what is read of it."""


def bill(stack: Stack) -> Bill:
    """The bill of a stack."""
    return Bill(tuple(line for body in stack.bodies for line in _lines(Meter(stack, body))))


def _lines(meter: Meter) -> Iterator[Line]:
    token = meter.body.type
    row = flat().get(token)
    if row is not None:
        free = meter.at(row["unless"]).equals(row["says"]) if row["unless"] else Truth.NO
        rate = meter.rate(row["service"], row["sku"], row["dimension"])
        yield meter.line(row["sku"] or token, rate, HOW_MANY[~free])
    if token in FLEETS:
        yield from fleet(meter)
    if token in STORES:
        yield from STORES[token](meter)
    if token in {EKS, MANAGED}:
        yield _control_plane(meter)
    elif token == BALANCER:
        kind = BALANCERS.get(meter.at("loadBalancerType").text, "")
        yield meter.line(f"balancer {kind}", meter.rate("load-balancer", kind, "load-balancer"))
    elif token == ENDPOINT:
        interface = HOW_MANY[meter.at("vpcEndpointType").equals("Interface")]
        subnets = meter.at("subnetIds")
        zones = Range(0, inf) if subnets.is_open else Range(len(subnets.items()), len(subnets.items()))
        rate = meter.rate("private-endpoint", "vpc-interface-endpoint", "endpoint-az")
        yield meter.line("interface endpoint", rate, interface, zones)
    elif token in FORWARDING:
        yield _forwarding(meter)


def _control_plane(meter: Meter) -> Line:
    """Amazon's costs six times as much once the version is old, unless the cluster is then upgraded."""
    if meter.body.type == MANAGED:
        tier = meter.at("sku.tier")
        rate = meter.rate("kubernetes", f"aks-{tier.text.lower() or 'standard'}", "control-plane")
        paid = HOW_MANY[~tier.test(lambda said: said == "Free", absent=Truth.YES)]
        return meter.line("control plane", Range(0, inf) if tier.is_open else rate, paid)
    standard = meter.rate("kubernetes", "eks-cluster", "control-plane-standard")
    extended = meter.rate("kubernetes", "eks-cluster", "control-plane-extended-total")
    if standard is None or extended is None or meter.at("upgradePolicy.supportType").text == "STANDARD":
        return meter.line("control plane", standard)
    return meter.line("control plane", Range(standard.low, extended.high))


def _forwarding(meter: Meter) -> Line:
    target = meter.at("target").text
    if "serviceAttachments/" in target:
        return meter.line("private endpoint", meter.rate("private-endpoint", "psc-endpoint", "endpoint"))
    place = meter.stack.of(*FORWARDING).index(meter.body)
    if 0 < place < BUNDLE:
        return meter.line("forwarding rule of the first five", NONE)
    dimension = "additional-rule" if place else "first-5-rules-bundle"
    return meter.line("forwarding rule", meter.rate("load-balancer", "forwarding-rule", dimension))
