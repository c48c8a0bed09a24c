"""What the stack says of the loss of its region, in words: read from its output ``recovery``."""

from __future__ import annotations

from dataclasses import dataclass

from plan.resource import Plan
from plan.value import Value, plain
from stacks.recovery import spoken

__all__ = ["Recovery", "RecoveryPart", "recovery_of"]


@dataclass(frozen=True, slots=True)
class RecoveryPart:
    """One part's share; seconds."""

    part: str
    time: int
    """What it adds to the whole."""
    lag: int | None
    promised: bool
    source: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long the platform would be away and what it would lack; seconds."""

    rto: int
    rto_limit: int
    rpo: int
    rpo_limit: int
    slowest: str
    parts: tuple[RecoveryPart, ...]

    @property
    def kept(self) -> bool:
        """Whether both are below their limits."""
        return self.rto < self.rto_limit and self.rpo < self.rpo_limit

    @property
    def line(self) -> str:
        """The sums, and who takes most of the time."""
        return (
            f"back within {spoken(self.rto)} (limit {spoken(self.rto_limit)}), at most {spoken(self.rpo)} of "
            f"writes lost (limit {spoken(self.rpo_limit)}); slowest: {self.slowest}"
        )

    @property
    def exceptions(self) -> tuple[str, ...]:
        """A line for each part whose copies are outside the promise."""
        return tuple(
            f"{part.part}: up to {spoken(part.lag or 0)}, not promised ({part.source})"
            for part in self.parts
            if not part.promised
        )


def recovery_of(plan: Plan) -> Recovery | None:
    """What the plan's stack says; None where nothing stands by, or the plan is of another program."""
    said = plan.outputs.get("recovery")
    if not isinstance(said, dict):
        return None
    parts = said.get("parts")
    return Recovery(
        rto=_seconds(said.get("rto")),
        rto_limit=_seconds(said.get("rto_limit")),
        rpo=_seconds(said.get("rpo")),
        rpo_limit=_seconds(said.get("rpo_limit")),
        slowest=str(plain(said.get("slowest"))),
        parts=tuple(_part(part) for part in parts if isinstance(part, dict))
        if isinstance(parts, list)
        else (),
    )


def _part(said: dict[str, Value]) -> RecoveryPart:
    lag, beside = said.get("lag"), plain(said.get("beside"))
    return RecoveryPart(
        part=f"{plain(said.get('part'))}{f', with the {beside}' if beside else ''}",
        time=_seconds(said.get("counted")),
        lag=None if lag is None else _seconds(lag),
        promised=said.get("promised") is not False,
        source=str(plain(said.get("source"))),
    )


def _seconds(value: Value) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
