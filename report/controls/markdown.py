"""The control report as Markdown: the page that an auditor is handed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from policies.controls.coverage import Status
from report.check import words as check_words
from report.check.markdown import escaped
from report.controls import words

if TYPE_CHECKING:
    from policies.controls.coverage import Coverage
    from report.check.model import Check

__all__ = ["is_ours", "render"]

MARK: Final = "<!-- tradectl policy controls"


def render(check: Check, coverages: Sequence[Coverage]) -> str:
    """The whole report."""
    return "\n".join([*_head(check), *_summary(coverages), *_body(coverages)]) + "\n"


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return text.startswith(MARK)


def _head(check: Check) -> Iterator[str]:
    yield f"{MARK} {check.plan.stack} -->"
    yield f"# Controls of {escaped(check.plan.stack)}"
    yield ""
    yield (
        f"{escaped(check_words.headline(check))} ({escaped(check_words.origin(check))}) on {check.today}. "
        f"{escaped(check_words.numbers(check))}. Exemptions: {check_words.exemptions(check)}."
    )
    yield ""
    yield words.MEANING


def _summary(coverages: Sequence[Coverage]) -> Iterator[str]:
    yield ""
    yield "| framework | requirements | " + " | ".join(words.COLUMNS) + " |"
    yield "|---|---:|" + "---:|" * len(words.COLUMNS)
    for coverage in coverages:
        counts = " | ".join(str(coverage.count(status)) for status in words.COLUMNS)
        yield f"| {escaped(coverage.framework.name)} | {len(coverage.controls)} | {counts} |"


def _body(coverages: Sequence[Coverage]) -> Iterator[str]:
    for coverage in coverages:
        framework = coverage.framework
        yield from ("", f"## {escaped(framework.name)}", "")
        yield f"{escaped(words.line(coverage))}: {escaped(framework.note)}."
        yield f"The list: {escaped(framework.source)}, read on {framework.read}."
        yield from ("", "| | about | answer | resources | policies |", "|---|---|---|---|---|")
        for control in coverage.controls:
            if control.status is not Status.NOT_COVERED:
                yield (
                    f"| {control.requirement.id} | {escaped(control.requirement.area)} | {control.status} "
                    f"| {words.resources(control)} | {escaped(words.evidence(control))} |"
                )
        absent = [c.requirement.id for c in coverage.controls if c.status is Status.NOT_COVERED]
        if absent:
            yield from ("", f"No policy for {len(absent)}: {', '.join(absent)}.")
