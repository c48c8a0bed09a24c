"""The verdict as Markdown, for a comment on a pull request: what stops it in full, the rest folded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from report.check import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.outcome import Finding
    from policies.policy import Policy
    from report.check.model import Check, Group

__all__ = ["is_ours", "render"]

MARK: Final = "<!-- tradectl policy check"
"""How a comment is found again by who updates it."""
LONGEST: Final = 60_000
"""Characters. GitHub takes 65,536, GitLab a million."""
SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>|#&~])")
TOLD: Final = {
    "mandatory": "Stops the deployment",
    "broken": "Rules that broke",
    "advisory": "Advisory",
    "unknown": "Unknown until deployed",
    "exempt": "Exempt",
}


def render(check: Check) -> str:
    """The whole comment. What does not fit is counted at its end."""
    return _fitting([*_head(check), *_body(check)])


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return text.startswith(MARK)


def _head(check: Check) -> Iterator[str]:
    counts = check.counts
    verdict = "must not be deployed" if counts.mandatory else "may be deployed"
    yield f"{MARK} {check.plan.stack} -->"
    yield f"### {escaped(check.plan.stack)} {verdict}, say its policies"
    yield ""
    yield "| pass | mandatory | advisory | unknown until deployed | exempt | rules |"
    yield "|---:|---:|---:|---:|---:|---:|"
    yield (
        f"| {counts.passed} | {counts.mandatory} | {counts.advisory} | {counts.unknown} | {counts.exempt} "
        f"| {check.rules} |"
    )
    yield ""
    yield (
        f"{escaped(words.headline(check))} ({escaped(words.origin(check))}) on {check.today}. "
        f"Exemptions: {words.exemptions(check)}."
    )


def _body(check: Check) -> Iterator[str]:
    for kind, groups in (
        ("broken", check.broken),
        ("mandatory", check.mandatory),
        ("advisory", check.advisory),
        ("unknown", check.unknown),
        ("exempt", check.exempt),
    ):
        if groups:
            yield from _section(check, kind, groups)
    remedied = [f"* {escaped(line)}" for line in words.remedied(check)]
    if remedied:
        yield from ("", "#### Put right by a policy", "", *remedied)
    tidy = [f"* {escaped(line)}" for line in words.tidy(check)]
    if tidy:
        yield from ("", "#### Exemptions to tidy up", "", *tidy)


def _section(check: Check, kind: str, groups: Sequence[Group]) -> Iterator[str]:
    title = f"{TOLD[kind]}: {sum(len(group.findings) for group in groups)}"
    folded = kind not in {"mandatory", "broken"}
    yield ""
    yield f"<details><summary>{title}</summary>" if folded else f"#### {title}"
    for group in groups:
        policy = group.policy
        yield ""
        yield f"**{policy.id}** ({policy.severity}) {escaped(policy.title)} · `{policy.url}`"
        yield ""
        for finding in group.findings:
            yield from _finding(check, kind, policy, finding)
    if folded:
        yield from ("", "</details>")


def _finding(check: Check, kind: str, policy: Policy, finding: Finding) -> Iterator[str]:
    excuse = f" — exempt {escaped(words.excuse(finding.exemption))}" if finding.exemption else ""
    said = escaped(words.said(policy, finding))
    yield f"- {escaped(words.where(check, finding))}: {said}{excuse}"
    if kind in {"mandatory", "advisory"}:
        yield from (f"  - fix: {_code(fix)}" for fix in words.fixes(policy, finding))


def escaped(text: str) -> str:
    """Text in which nothing is Markdown or HTML, on one line."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    """A span of code around any text: as many backticks as it takes."""
    line = " ".join(text.split())
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _fitting(lines: Sequence[str]) -> str:
    """All lines, or as many whole ones as a comment holds; a fold that was cut is closed."""
    text = "\n".join(lines) + "\n"
    if len(text) <= LONGEST:
        return text
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > LONGEST:
            break
        kept.append(line)
    opened = sum(line.startswith("<details>") for line in kept) - kept.count("</details>")
    left = sum(line.startswith("- ") for line in lines[len(kept) :])
    closing = ["", "</details>"] * opened
    return "\n".join([*kept, *closing, "", f"… and {left} more findings: a comment holds no more.", ""])
