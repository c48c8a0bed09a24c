"""What the engine says about one operation, read from its JSON.

Every operation writes one event a line while it works, so that progress can be told and a broken
run has said what it did. Source of the form: ``apitype.EngineEvent`` of the engine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

__all__ = ["Finding", "Json", "Outcome", "Step", "events", "from_events", "plain_messages"]

Json: TypeAlias = "dict[str, Any]"

NOISE: Final = ("using pulumi-language-python from $PATH",)
"""Warnings about how the lab itself is put together."""
LAST_LINES: Final = 20
LOUD: Final = frozenset({"error", "warning", "info#err"})
QUIET_STEPS: Final = frozenset({"same", "refresh", "read"})


@dataclass(frozen=True, slots=True)
class Step:
    """What was done, or would be, to one resource."""

    operation: str
    """The engine's word: ``create``, ``same``, ``update``, ``replace``, ``delete`` …"""
    urn: str
    changed: tuple[str, ...] = ()
    """Property paths that differ, as the provider reported them."""

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happens to the resource."""
        return self.operation in QUIET_STEPS

    def __str__(self) -> str:
        return f"{self.operation} {self.urn}" + (f" ({', '.join(self.changed)})" if self.changed else "")


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation that a policy pack reported."""

    policy: str
    level: str
    """``mandatory`` or ``advisory``."""
    urn: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One operation of the engine, from start to end."""

    operation: str
    seconds: float
    steps: tuple[Step, ...] = ()
    messages: tuple[str, ...] = ()
    """Errors and warnings, in the order in which they came."""
    findings: tuple[Finding, ...] = ()
    changes: Mapping[str, int] = field(default_factory=dict[str, int])
    """How often each operation was done, in the engine's own count."""

    def urns(self, *operations: str) -> list[str]:
        """The resources to which one of these operations was done."""
        return [step.urn for step in self.steps if step.operation in operations]

    @property
    def changed(self) -> int:
        """How many resources were touched at all."""
        return sum(count for operation, count in self.changes.items() if operation not in QUIET_STEPS)


def events(output: str) -> list[Json]:
    """The events in what the engine wrote, one a line; other lines are none."""
    return [event for line in output.splitlines() if (event := _event(line)) is not None]


def from_events(operation: str, seconds: float, found: Iterable[Json]) -> Outcome:
    """The outcome that a stream of events tells."""
    every = list(found)
    steps = tuple(
        _step(event["resourcePreEvent"]["metadata"]) for event in every if "resourcePreEvent" in event
    )
    summary: Json = next((event["summaryEvent"] for event in every if "summaryEvent" in event), {})
    return Outcome(
        operation=operation,
        seconds=seconds,
        steps=steps,
        messages=tuple(_messages(event["diagnosticEvent"] for event in every if "diagnosticEvent" in event)),
        findings=tuple(_finding(event["policyEvent"]) for event in every if "policyEvent" in event),
        changes=summary.get("resourceChanges") or Counter(step.operation for step in steps),
    )


def plain_messages(errors: str) -> tuple[str, ...]:
    """The last lines that the engine wrote for people, when it wrote no JSON."""
    lines = [line.strip() for line in errors.splitlines()]
    return tuple(line for line in lines if line and not any(noise in line for noise in NOISE))[-LAST_LINES:]


def _event(line: str) -> Json | None:
    if not line.startswith("{"):
        return None
    try:
        return cast("Json", json.loads(line))
    except json.JSONDecodeError:
        return None


def _step(metadata: Json) -> Step:
    changed = metadata.get("detailedDiff") or metadata.get("diffs") or metadata.get("diffReasons") or ()
    return Step(metadata["op"], metadata["urn"], tuple(changed))


def _messages(diagnostics: Iterable[Json]) -> Iterator[str]:
    for diagnostic in diagnostics:
        message = str(diagnostic.get("message", "")).strip()
        if message and diagnostic.get("severity") in LOUD and not any(noise in message for noise in NOISE):
            yield message


def _finding(event: Json) -> Finding:
    return Finding(
        policy=event.get("policyName", ""),
        level=event.get("enforcementLevel", ""),
        urn=event.get("resourceUrn", ""),
        message=str(event.get("message", "")).strip(),
    )
