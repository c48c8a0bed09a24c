"""The sentences and the order that every form of the control report has in common."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from policies.controls.coverage import Status
from report.look import many

if TYPE_CHECKING:
    from policies.controls.coverage import Control, Coverage

__all__ = ["COLUMNS", "MEANING", "WITH_A_POLICY", "evidence", "in_brief", "line", "resources"]

MEANING: Final = (
    "One violation breaks a requirement, an advisory one too; what is unknown or exempt is no pass. "
    "A pass says that its policies hold, not that nothing else is asked."
)
COLUMNS: Final = tuple(Status)
FEW: Final = 6
WITH_A_POLICY: Final = tuple(status for status in Status if status is not Status.NOT_COVERED)


def line(coverage: Coverage) -> str:
    """How much of a framework the policies look at: of how many."""
    whole = len(coverage.controls)
    return f"{coverage.framework.name}: {coverage.covered} of {whole} requirements have a policy"


def resources(control: Control) -> str:
    """How many resources were looked at, and how many of them did not pass; empty where there is none."""
    whole = many(control.judged, "resource")
    if not control.judged:
        return ""
    not_passed = [
        f"{count} {status}"
        for status, count in control.resources.items()
        if count and status is not Status.PASS
    ]
    return f"{', '.join(not_passed)} of {whole}" if not_passed else whole


def evidence(control: Control) -> str:
    """All policies: those first that gave the answer, the others with their own."""
    decisive = control.decisive
    others = (f"{policy} ({status})" for policy, status in control.policies.items() if policy not in decisive)
    return ", ".join([*decisive, *others])


def in_brief(control: Control) -> str:
    """The policies that gave the answer, the first few by name, and how many others said what."""
    named = control.decisive[:FEW]
    left = len(control.decisive) - len(named)
    counts = Counter(status for status in control.policies.values() if status is not control.status)
    others = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    more = f" and {left} more" if left else ""
    return ", ".join(named) + more + (f"; {others}" if others else "")
