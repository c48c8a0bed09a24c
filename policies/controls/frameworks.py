"""The frameworks that a verdict is held against: all their requirements, by number, with who answers to them.

A requirement without a policy is listed too, or a report would show only what is good at being checked.
``frameworks.csv`` says where each list is from and how many requirements it must have.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from plan.resource import URN_JOINTS

if TYPE_CHECKING:
    from policies.policy import Policy
    from policies.registry import Registry

__all__ = ["Bridge", "Framework", "Requirement", "bridges", "frameworks"]

FOLDER: Final = Path(__file__).parent
FILES: Final = {
    "soc2": "soc2-2017.csv",
    "cis-aws": "cis-aws-7.0.csv",
    "cis-gcp": "cis-gcp-5.0.csv",
    "cis-azure": "cis-azure-6.0.csv",
    "cis-kubernetes": "cis-kubernetes-2.0.1.csv",
    "dora": "dora-2022-2554.csv",
}
ANY: Final = "any"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a framework."""

    id: str
    """Its number there."""
    area: str
    """What it is about, in our words."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Which policies of a SOC 2 criterion are evidence for an article of DORA, and why."""

    article: str
    criterion: str
    categories: tuple[str, ...]
    without: tuple[str, ...]
    why: str

    def carries(self, policy: Policy) -> bool:
        """Whether it means this policy."""
        return (
            self.criterion in policy.soc2
            and policy.id not in self.without
            and (ANY in self.categories or policy.category in self.categories)
        )


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework with every requirement that it has."""

    key: str
    name: str
    letter: str
    """How its rows begin in `Policy.cis`; empty for the others."""
    package: str
    """Whose resources it speaks of, such as ``aws``; empty: everybody's."""
    source: str
    read: str
    """The day on which the list was taken from there."""
    note: str
    """What of it no plan can show."""
    requirements: tuple[Requirement, ...]

    def evidence(self, registry: Registry) -> Mapping[str, tuple[Policy, ...]]:
        """For each requirement the policies that are evidence for it; none for most."""
        found: dict[str, tuple[Policy, ...]] = dict.fromkeys((r.id for r in self.requirements), ())
        for policy in registry:
            for requirement in self.answered(policy):
                found[requirement] = (*found[requirement], policy)
        return found

    def speaks_of(self, urn: str) -> bool:
        """Whether a resource is its business: no AWS bucket shows that Azure's locks are set."""
        token = urn.split("::")[2].rpartition("$")[2] if urn.count("::") >= URN_JOINTS else ""
        return not self.package or token.partition(":")[0] == self.package

    def answered(self, policy: Policy) -> tuple[str, ...]:
        """The requirements that a policy names."""
        if self.letter:
            return tuple(row[1:] for row in policy.cis if row[0] == self.letter)
        if self.key == "soc2":
            return policy.soc2
        return tuple(dict.fromkeys(bridge.article for bridge in bridges() if bridge.carries(policy)))


@cache
def frameworks() -> tuple[Framework, ...]:
    """All frameworks, in the order of the table.

    Raises:
        ValueError: a list does not have as many requirements as the table says, or has one twice.
    """
    return tuple(_framework(row) for row in _rows("frameworks.csv"))


@cache
def bridges() -> tuple[Bridge, ...]:
    """The way from SOC 2 to DORA."""
    return tuple(
        Bridge(
            row["article"],
            row["criterion"],
            tuple(row["categories"].split()),
            tuple(row["without"].split()),
            row["why"],
        )
        for row in _rows("dora-by-soc2.csv")
    )


def _framework(row: Mapping[str, str]) -> Framework:
    name = FILES[row["key"]]
    requirements = tuple(Requirement(line["id"], line["area"]) for line in _rows(name))
    different = len({requirement.id for requirement in requirements})
    if not len(requirements) == different == int(row["whole"]):
        msg = f"{name} has {len(requirements)} requirements, {different} different ones, not {row['whole']}"
        raise ValueError(msg)
    told = {field: row[field] for field in ("key", "name", "letter", "package", "source", "read", "note")}
    return Framework(**told, requirements=requirements)


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
