"""What every form of the report says: one value, made once, that terminal, JSON and page only render."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from plan.diff import Diff
from plan.resource import Plan
from plan.value import plain
from report.judgement import Judgement
from report.recovery import Recovery, recovery_of
from report.tree import Branch, grow

__all__ = ["Place", "Report"]


@dataclass(frozen=True, slots=True)
class Place:
    """A cloud and a region that the plan has a provider for."""

    cloud: str
    region: str

    def __str__(self) -> str:
        return f"{self.cloud} {self.region}".rstrip()


@dataclass(frozen=True)
class Report:
    """A plan, what the policies say of it, and what it changes."""

    plan: Plan
    judgement: Judgement
    changes: Diff | None = None
    """Against what was saved; None when nothing was compared."""
    against: str = ""
    """Name of the file that was compared with."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Where the platform would live, each place once, in the order of the program."""
        found = (
            Place(resource.package, region)
            for resource in self.plan
            if resource.is_provider and isinstance(region := plain(resource.inputs.get("region")), str)
        )
        return tuple(dict.fromkeys(found))

    @cached_property
    def roots(self) -> tuple[Branch, ...]:
        """The tree of components, from the top."""
        return grow(self.plan)

    @cached_property
    def recovery(self) -> Recovery | None:
        """What the loss of the region would cost; None where nothing stands by."""
        return recovery_of(self.plan)

    @property
    def resources(self) -> int:
        """How many things a cloud or a cluster would make: no components, no providers."""
        return sum(branch.count for branch in self.roots)

    @property
    def components(self) -> int:
        """How many parts hold them."""
        return sum(not resource.custom for resource in self.plan) - 1

    @property
    def providers(self) -> int:
        """How many explicit providers make them."""
        return sum(resource.is_provider for resource in self.plan)

    @cached_property
    def by_type(self) -> dict[str, int]:
        """How many resources there are of each type, the most first."""
        made = (resource.type for resource in self.plan if resource.custom and not resource.is_provider)
        return dict(sorted(Counter(made).items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def obstacle(self) -> str:
        """Why it must not be deployed as it is; empty where nothing stands against it."""
        if mandatory := self.judgement.count(enforcement="mandatory"):
            return f"{mandatory} mandatory finding{'' if mandatory == 1 else 's'}"
        if self.changes is not None and self.changes.refused:
            return "something protected would be lost"
        return ""

    @property
    def origin(self) -> str:
        """Whose answers the plan holds, said to everyone who reads it."""
        if not self.plan.simulated:
            return "read from the engine's own file"
        if self.plan.mode == "preview":
            return "simulated providers, no account used"
        return "simulated providers, simulated answers, no account used"
