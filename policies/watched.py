"""Which properties the enabled security policies read: what nobody may turn a blind eye to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from policies.families import covers

if TYPE_CHECKING:
    from policies.outcome import Level
    from policies.policy import Policy

__all__ = ["Watched"]

STEP: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[([^\]]*)\]|([^.\[\]]+)')
ANY: Final = "*"


class Watched:
    """An index from a type to the places that are read there, made when it is first asked."""

    def __init__(self, policies: Iterable[Policy], levels: Mapping[str, Level]) -> None:
        self._policies = [
            policy for policy in policies if policy.category == "security" and levels[policy.id] != "disabled"
        ]
        self._by_type: dict[str, list[tuple[str, tuple[str, ...]]]] = {}

    def readers(self, token: str, path: str) -> list[str]:
        """The policies that read what stands at a path of a canonical type, or above or below it."""
        steps = _steps(path)
        return list(dict.fromkeys(policy for policy, read in self._read(token) if _touches(steps, read)))

    def _read(self, token: str) -> list[tuple[str, tuple[str, ...]]]:
        found = self._by_type.get(token)
        if found is None:
            found = self._by_type[token] = list(self._of(token))
        return found

    def _of(self, token: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        for policy in self._policies:
            for reads in (policy.reads, policy.related):
                for pattern, paths in reads.items():
                    if covers(pattern, token):
                        yield from ((policy.id, _steps(path)) for path in paths if not path.startswith("@"))


@cache
def _steps(path: str) -> tuple[str, ...]:
    """``a["b.c"][0].d`` as ``a``, ``b.c``, ``0``, ``d``."""
    return tuple(quoted or index or word for quoted, index, word in STEP.findall(path))


def _touches(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether one place is the other, or above it, or below it."""
    return all(mine == its or ANY in (mine, its) for mine, its in zip(one, other, strict=False))
