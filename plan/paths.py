"""Property paths: where in a resource's inputs a value stands, in Pulumi's own notation.

``ignoreChanges``, ``replaceOnChanges`` and every reported difference name a value as
``spec.template.spec.containers[0].image`` or ``tags["kubernetes.io/role/elb"]``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

__all__ = ["Path", "covers", "parse", "render"]

Path: TypeAlias = tuple[str | int, ...]

WILDCARD: Final = "*"
STEP: Final = re.compile(r"""\.?([^.\[\]"']+)|\[(\d+)\]|\[(\*)\]|\[(?:"([^"]*)"|'([^']*)')\]""")


def parse(text: str) -> Path:
    """The steps of a written path; ``*`` and ``[*]`` stand for any step."""
    steps: list[str | int] = []
    for match in STEP.finditer(text):
        name, index, star, double, single = match.groups()
        steps.append(int(index) if index else next(s for s in (name, star, double, single) if s is not None))
    return tuple(steps)


def render(path: Sequence[str | int]) -> str:
    """The inverse of `parse`: keys that are not plain words are quoted."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$-]*", step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def covers(pattern: Path, path: Path) -> bool:
    """Whether a change at ``path`` is one that ``pattern`` speaks of: at it, above it or below it.

    A list's index may be left out of the pattern (``ingress.fromPort``), as bridged providers do.
    """
    if not pattern or not path:
        return True
    head, rest = path[0], path[1:]
    if pattern[0] in (WILDCARD, head):
        return covers(pattern[1:], rest)
    return isinstance(head, int) and not isinstance(pattern[0], int) and covers(pattern, rest)
