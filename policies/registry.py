"""All policies of the project, found by looking into ``rules/``, and an index from type to policy.

With 160 policies and 500 resources, asking each policy about each resource would be 80,000 calls of
which a few thousand matter; the index makes only those.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from policies.families import covers
from policies.policy import RECORD, Policy

__all__ = ["Registry", "load"]

RULES: Final = Path(__file__).parent / "rules"


class Registry:
    """Policies by id and by the type that they judge."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._by_id: Mapping[str, Policy] = {policy.id: policy for policy in policies}
        self._by_type: dict[str, tuple[Policy, ...]] = {}

    def __iter__(self) -> Iterator[Policy]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, policy_id: object) -> bool:
        return policy_id in self._by_id

    def __getitem__(self, policy_id: str) -> Policy:
        return self._by_id[policy_id]

    def judging(self, token: str) -> tuple[Policy, ...]:
        """The policies that judge resources of a canonical type."""
        found = self._by_type.get(token)
        if found is None:
            found = tuple(
                policy for policy in self if any(covers(pattern, token) for pattern in policy.types)
            )
            self._by_type[token] = found
        return found


@cache
def load() -> Registry:
    """Every policy under ``rules/``, in order of file and of place in the file."""
    for path in sorted(RULES.rglob("*.py")):
        if path.stem != "__init__":
            importlib.import_module(
                "policies.rules." + ".".join(path.relative_to(RULES).with_suffix("").parts)
            )
    return Registry(RECORD.values())
