"""What a stack will cost is known before it is deployed, and has a limit."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from plan.resource import STACK_TYPE
from policies.estimate.estimate import READS, bill
from policies.outcome import Judgement, Outcome, fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.estimate.bill import Bill
    from policies.subject import Subject

__all__ = ["LARGEST"]

LARGEST: Final = 5
"""How many lines of the bill a message shows."""


@policy(
    id="cost-monthly-ceiling",
    title="Estimated monthly cost stays under the ceiling",
    violation="what the stack costs a month at the least, by list prices, is more than the environment's "
    "ceiling; it is unknown while it may become more, or while something has no price on the list",
    severity="high",
    category="cost",
    scope="stack",
    reads={STACK_TYPE: ()},
    related=READS,
    defaults={"ceilingUsd": {"dev": 300, "staging": 1000, "prod": 10000}},
    fix=Fix("none", "Take less, or decide that it may cost so much.", "ceilingUsd: {dev: 400}"),
    enforcement="MMM",
    soc2=("A1.1", "CC3.2"),
    cis=(),
)
def monthly_ceiling(subject: Subject) -> Iterator[Judgement]:
    """A bill is read a month after the mistake; an estimate is read before it.

    Counted are machines, control planes, databases, caches, disks, gateways, balancers, addresses and
    endpoints, by `policies/estimate/prices.csv`: each from its least size to its largest. What is paid by use
    is not counted, nor what is made inside a cluster: Karpenter's node pools, KEDA's replicas, pods' volumes.
    """
    ceiling = subject.config.table("ceilingUsd").get(subject.environment)
    if not isinstance(ceiling, (int, float)):
        yield not_applicable("the environment has no ceiling")
        return
    found = bill(subject.stack)
    if not found.lines:
        yield not_applicable("the stack has nothing that is paid by the hour or by its size")
        return
    low, high = found.total
    above = Truth.YES if low > ceiling else Truth.UNKNOWN if high > ceiling else Truth.NO
    if above == Truth.UNKNOWN:
        yield Judgement(Outcome.UNKNOWN, "", f"it costs {_range(low, high)}, the ceiling is ${ceiling:,}")
    else:
        message = f"it costs {_range(low, high)}, the ceiling is ${ceiling:,}: {_largest(found)}"
        yield fail_if(above, subject.root, message)
    for name in found.uncounted:
        yield Judgement(Outcome.UNKNOWN, "", f"not counted, for want of a price: {name}")


def _range(low: float, high: float) -> str:
    if low == high:
        return f"${low:,.0f} a month"
    return f"${low:,.0f} to {f'${high:,.0f}' if high < inf else 'nobody knows how much'} a month"


def _largest(found: Bill) -> str:
    lines = sorted(((line.cost.low, line) for line in found.lines if line.cost is not None), reverse=True)
    shown = [f"{line.name} ({line.what}) ${cost:,.0f}" for cost, line in lines[:LARGEST]]
    return f"{', '.join([*shown, *(f'not counted: {name}' for name in found.uncounted)])}"
