"""The sum of what the loss of a region costs, and the refusal of a prod that costs too much.

The parts come back one after the other, so their times add up, but for those that people put in place side
by side; copies lag side by side, so the worst lag counts. Each figure is its part's own
(`components.contracts.Recovery`), documented or bounded by an alarm: the sum is what may be promised, not
what is hoped for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Final

from components.contracts import Recovery
from config.settings import Environment
from stacks.cloud import CloudRegion
from stacks.refusal import RefusalError

__all__ = ["RPO", "RTO", "RecoveryBudget", "RecoveryBudgetError", "spoken", "standby_parts"]

RTO: Final = 15 * 60
"""Seconds until the platform is back: less than this is promised."""
RPO: Final = 5 * 60
"""Seconds of what was written last that may be lost: less than this is promised."""
DECISION: Final = "decision"
DEPLOYMENT_SECONDS: Final = 120
"""``pulumi up`` with the runbook's targets. Assumed, and the drill measures it: a few dozen resources change,
most of them pods'."""

_FIXES: Final = {
    DECISION: "trading-platform:recovery: {decision_minutes: 3}",
    "cluster": "trading-platform:recovery: {nodes: 3}  # as many as cluster.on_demand.min",
    "database": "trading-platform:recovery: {database_instances: 2}",
}
"""The line that makes a part faster, where a setting does."""


def spoken(seconds: int) -> str:
    """``12 min 30 s``."""
    minutes, rest = divmod(seconds, 60)
    return (
        " ".join(part for part in (f"{minutes} min" if minutes else "", f"{rest} s" if rest else "") if part)
        or "0 s"
    )


def standby_parts(standby: CloudRegion | None, name: Recovery) -> list[Recovery]:
    """What comes back in the region that stands by, and the name that leads there; else nothing."""
    if standby is None:
        return []
    rooms = (standby.cluster, standby.database, standby.cache, standby.storage)
    return [name, *(room.recovery for room in rooms)]


class RecoveryBudgetError(RefusalError):
    """The platform would be away for too long, or would lose too much, after the loss of its region."""


@dataclass(frozen=True, slots=True)
class RecoveryBudget:
    """What each part takes to come back in the other region."""

    parts: tuple[Recovery, ...]

    @classmethod
    def of(cls, parts: Sequence[Recovery], *, decision_minutes: int) -> RecoveryBudget:
        """The parts' own figures, the people's, and the deployment's."""
        people = Recovery(
            part=DECISION, detection=decision_minutes * 60, source="recovery.decision_minutes of the settings"
        )
        deployment = Recovery(
            part="deployment",
            promotion=DEPLOYMENT_SECONDS,
            source="pulumi up with the targets of the runbook; assumed, the drill measures it",
        )
        return cls((*parts, people, deployment))

    @property
    def time(self) -> int:
        """Seconds until all parts are back."""
        return sum(self.counted(part) for part in self.parts)

    def counted(self, part: Recovery) -> int:
        """Seconds that the part adds to the whole: what is put in place beside another adds the rest."""
        meanwhile = sum(other.time for other in self.parts if other.part == part.beside)
        return max(0, part.time - meanwhile)

    @property
    def lag(self) -> int:
        """Seconds of what was written last that may be lost, whatever is outside the promise aside."""
        return max((part.lag or 0 for part in self.parts if part.promised), default=0)

    @property
    def slowest(self) -> Recovery:
        """The part that is away longest."""
        return max(self.parts, key=lambda part: part.time)

    @property
    def stalest(self) -> Recovery:
        """The part that may lose most, of those that are promised."""
        return max((part for part in self.parts if part.promised), key=lambda part: part.lag or 0)

    def check(self, environment: Environment, region: str) -> None:
        """Refuse a prod that does not keep the promise; the other environments are told what they get.

        Raises:
            RecoveryBudgetError: with the sum, the part that takes most of it, and what would help.
        """
        if environment != "prod":
            return
        if self.time >= RTO:
            raise RecoveryBudgetError(self._refused(region))
        if self.lag >= RPO:
            worst = self.stalest
            msg = (
                f"after the loss of {region}, prod would lack what was written in the last "
                f"{spoken(self.lag)}, expected less than {spoken(RPO)}\n"
                f"  most of it: {worst.part} ({worst.source})"
            )
            raise RecoveryBudgetError(msg)

    def _refused(self, region: str) -> str:
        slowest = self.slowest
        others = sorted((part for part in self.parts if self.counted(part)), key=lambda part: -part.time)
        away, promised = spoken(self.time), spoken(RTO)
        lines = [
            f"after the loss of {region}, prod would be away for {away}, expected less than {promised}",
            f"  slowest: {slowest.part}, {spoken(slowest.time)} ({slowest.source})",
            f"  sum: {' + '.join(f'{part.part} {spoken(self.counted(part))}' for part in others)}",
        ]
        if fix := _FIXES.get(slowest.part):
            lines.append(f"  fix: {fix}")
        return "\n".join(lines)

    def as_output(self) -> dict[str, object]:
        """What the stack tells of it: times in seconds."""
        return {
            "rto": self.time,
            "rto_limit": RTO,
            "rpo": self.lag,
            "rpo_limit": RPO,
            "slowest": self.slowest.part,
            "parts": [{**asdict(part), "counted": self.counted(part)} for part in self.parts],
            "not_promised": [part.part for part in self.parts if not part.promised],
        }
