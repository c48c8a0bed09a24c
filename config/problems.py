"""What is wrong with a stack file, said so that the reader can mend it without opening the code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from config.base import Json, KeyPath
from config.yaml_text import dotted, flow, line, printable

__all__ = ["SECRET", "Problem", "SettingsError", "nearest", "problem", "shown"]

SECRET = "[secret]"  # noqa: S105 - a word shown in place of one
"""Stands for an encrypted value wherever a value would be shown."""

_LONGEST = 72
_LEAST = 3  # letters that two words share before one can stand for the other


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and what mends it.

    ``path`` is the address of the value (``services.api.image``), or the file's name when the file as a
    whole cannot be read. ``fix`` is a line of YAML to paste, or a command. ``line`` counts from 1; it is
    None where the value came from the engine, which does not say.
    """

    path: str
    given: str
    expected: str
    why: str
    fix: str
    file: str = ""
    line: int | None = None

    @property
    def place(self) -> str:
        """``Pulumi.dev.yaml:12``, in the form that editors and terminals open."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        """Five short lines."""
        where = f"{self.path}  ({self.place})" if self.place else self.path
        return (
            f"{self.place if self.path == self.file else where}\n"
            f"  given     {self.given}\n"
            f"  expected  {self.expected}\n"
            f"  why       {self.why}\n"
            f"  fix       {self.fix}"
        )


class SettingsError(ValueError):
    """A stack file, or the engine's configuration, was refused. Carries every problem in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort by line; what has none comes last."""
        self.problems: tuple[Problem, ...] = tuple(
            sorted(problems, key=lambda found: (found.file, found.line is None, found.line or 0))
        )
        super().__init__(str(self))

    def __str__(self) -> str:
        """The whole report as plain text."""
        files = ", ".join(dict.fromkeys(found.file for found in self.problems if found.file))
        count = len(self.problems)
        heading = f"{files or 'settings'}: {count} problem{'' if count == 1 else 's'}"
        return "\n\n".join((heading, *map(str, self.problems)))


def shown(value: Json) -> str:
    """A value as an error shows it: on one line, not too long, without control characters."""
    safe = printable(flow(value))
    return safe if len(safe) <= _LONGEST else f"{safe[: _LONGEST - 1]}…"


def nearest(given: str, known: Sequence[str]) -> str | None:
    """The word that was probably meant: a like one, or one that begins the given or is begun by it."""
    wanted, by_lower = given.lower()[:_LONGEST], {word.lower(): word for word in known}
    found = get_close_matches(wanted, by_lower, n=1, cutoff=0.6)
    if not found and len(wanted) >= _LEAST:
        found = [word for word in by_lower if word[:_LEAST] == wanted[:_LEAST]]
        found = [word for word in found if word.startswith(wanted) or wanted.startswith(word)]
    return by_lower[found[0]] if found else None


def problem(path: KeyPath, given: Json, *, expected: str, why: str, better: Json) -> Problem:
    """A problem of one value whose fix is to write ``better`` in its place."""
    return Problem(dotted(path), shown(given), expected, why, line(path, better))
