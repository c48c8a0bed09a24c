"""What a policy says: four outcomes, the judgement of one place, and the finding that people read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.edit import Edit
    from policies.exemption import Exemption
    from policies.node import Node

__all__ = ["Finding", "Judgement", "Level", "Outcome", "Place", "fail_if", "not_applicable"]

Level = Literal["advisory", "mandatory", "disabled"]
"""What a violation does: tell, or stop. ``disabled``: the policy is not asked."""


class Outcome(StrEnum):
    """The four answers. Declared from the strongest to the weakest: see `Finding`."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    PASS = "pass"  # noqa: S105 - an outcome, not a password
    NOT_APPLICABLE = "not applicable"


OF_TRUTH = {Truth.YES: Outcome.FAIL, Truth.UNKNOWN: Outcome.UNKNOWN, Truth.NO: Outcome.PASS}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says about one place. A rule yields as many as it has places to judge."""

    outcome: Outcome
    part: str
    """Which part of a composite policy; empty: the whole of it."""
    message: str
    """What is wrong there, as a clause: ``container api runs privileged``."""
    node: Node | None = None
    mend: tuple[Edit, ...] = ()
    """What puts a violation right, where that is mechanical and safe."""


def fail_if(
    violation: Truth, node: Node, message: str, *, part: str = "", mend: Sequence[Edit] = ()
) -> Judgement:
    """A violation if the condition holds, unknown if nobody can tell yet, else a pass.

    ``mend``: of a policy whose fix is ``auto``, the edits after which this place passes.
    """
    return Judgement(OF_TRUTH[violation], part, message, node, tuple(mend))


def not_applicable(reason: str, *, part: str = "") -> Judgement:
    """The policy has nothing to say here, and why."""
    return Judgement(Outcome.NOT_APPLICABLE, part, reason)


@dataclass(frozen=True, slots=True)
class Place:
    """One place that failed, or that cannot be judged yet."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} ({self.path})" if self.path else self.message


@dataclass(frozen=True, slots=True)
class Finding:
    """What one policy, or one part of it, says about one resource.

    Its outcome is the strongest of its judgements: a violation, then an unknown, then a pass. So a
    value that is not known yet hides no violation beside it, and never reads as a pass.
    """

    policy: str
    part: str
    urn: str
    """The resource; empty where the policy found none to judge."""
    outcome: Outcome
    level: Level
    """What it does if it is a violation."""
    places: tuple[Place, ...] = ()
    """The places of that outcome; none for a pass."""
    edits: tuple[Edit, ...] = ()
    """What puts the violation right, of a policy that can say it to the letter."""
    exemption: Exemption | None = None
    """The live exemption that covers this violation. It is still a violation, and is still counted."""

    @property
    def name(self) -> str:
        """``policy`` or ``policy#part``: what an exemption can name."""
        return f"{self.policy}#{self.part}" if self.part else self.policy

    @property
    def message(self) -> str:
        """All places in one line."""
        return "; ".join(str(place) for place in self.places)

    @property
    def is_blocking(self) -> bool:
        """Whether it stops a deployment."""
        return self.outcome is Outcome.FAIL and self.level == "mandatory" and self.exemption is None
