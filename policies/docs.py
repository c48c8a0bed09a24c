"""A page of documentation for each policy, made from what is on record, so that no page can lie.

``python -m policies.docs`` says which pages differ; ``python -m policies.docs --write`` makes them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

from plan.value import plain
from policies.configuration import LEVEL_KEY
from policies.policy import ENVIRONMENTS, Policy
from policies.registry import load
from policies.testing import Case, cases

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["FOLDER", "main", "pages", "stale"]

FOLDER: Final = Path(__file__).parents[1] / "docs" / "policies"
LETTERS: Final = {"A": "advisory", "M": "mandatory", "R": "mandatory until remedied", "D": "disabled"}
FIXES: Final = {
    "auto": "mechanical and safe",
    "suggest": "for a person to decide",
    "none": "needs design",
}
BENCHMARKS: Final = {
    "A": "CIS AWS Foundations 7.0",
    "G": "CIS Google Cloud 5.0",
    "Z": "CIS Azure 6.0",
    "K": "CIS Kubernetes 2.0.1",
}
MANY_TYPES: Final = 6
HEAD: Final = "<!-- Made by `python -m policies.docs --write`; change the policy, not this page. -->"


def pages() -> dict[str, str]:
    """All pages by file name."""
    found = {f"{policy.id}.md": _page(policy) for policy in load()}
    return {"README.md": _index(), **found}


def stale() -> list[str]:
    """The names of pages that are missing, differ, or belong to no policy."""
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def _index() -> str:
    rows = [
        f"| [{policy.id}]({policy.id}.md) | {policy.title} | {policy.severity} | {policy.category} "
        f"| {' / '.join(LETTERS[letter] for letter in policy.enforcement)} |"
        for policy in sorted(load(), key=lambda policy: policy.id)
    ]
    return "\n".join(
        [
            "# Policies",
            "",
            HEAD,
            "",
            f"{len(rows)} policies. Each is judged offline (`tradectl preview`) and by the engine",
            "(`pulumi preview --policy-pack policies`) with the same findings. An exemption goes into",
            "`policies/exemptions.yaml`.",
            "",
            "| policy | what is so when it passes | severity | category | dev / staging / prod |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _page(policy: Policy) -> str:
    return "\n".join([f"# {policy.id}", "", HEAD, "", *_body(policy), ""])


def _body(policy: Policy) -> Iterator[str]:
    yield f"**{policy.title}.** {policy.severity}, {policy.category}."
    yield from (
        "",
        policy.why,
        "",
        "## Violation",
        "",
        policy.violation[0].upper() + policy.violation[1:] + ".",
    )
    if policy.parts:
        parts = ", ".join(f"`{policy.id}#{part}`" for part in policy.parts)
        yield from ("", f"It is judged in parts, each of which an exemption can name: {parts}.")
    yield from ("", "## Fix", "", f"{policy.fix.steps} ({FIXES[policy.fix.kind]})")
    if policy.fix.line:
        yield from ("", "```", policy.fix.line, "```")
    for kind, title in (("bad", "Bad"), ("good", "Good")):
        example = next((case for case in cases() if case.policy == policy.id and case.kind == kind), None)
        if example is not None:
            yield from ("", f"## {title}", "", "```yaml", _example(example), "```")
    yield from ("", "## Reads", "", *_reads("", policy.reads), *_reads("related ", policy.related))
    yield from ("", "## Enforcement", "", "| " + " | ".join(ENVIRONMENTS) + " |", "|---|---|---|")
    yield "| " + " | ".join(LETTERS[letter] for letter in policy.enforcement) + " |"
    yield from ("", *_configuration(policy))
    yield from ("", "## Controls", "", "SOC 2: " + ", ".join(policy.soc2) + ".")
    for row in policy.cis:
        yield f"{BENCHMARKS[row[0]]}: {row[1:]}."


def _reads(kind: str, reads: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The paths by type; the many kinds of workload in one line each is more than anybody reads."""
    shown = list(reads.items())
    for token, paths in shown[:MANY_TYPES]:
        yield f"- {kind}`{token}`: " + (", ".join(f"`{path}`" for path in paths) or "its existence")
    if len(shown) > MANY_TYPES:
        yield "- and the like in " + ", ".join(f"`{token}`" for token, _ in shown[MANY_TYPES:])


def _configuration(policy: Policy) -> Iterator[str]:
    yield from ("## Configuration", "", "Defaults, in the form of `--policy-pack-config`:", "", "```json")
    level = LETTERS[policy.enforcement[-1]].split()[0]
    said = json.dumps({policy.id: {LEVEL_KEY: level, **policy.defaults}}, indent=2)
    yield from (said.strip(), "```")


def _example(case: Case) -> str:
    shown: dict[str, Any] = {}
    for resource in case.plan:
        options = {"options": {"protect": True}} if resource.options.protect else {}
        properties = _ordered(plain(dict(resource.inputs), unknown="<known after deployment>"))
        shown[resource.name] = {"type": resource.type, "properties": properties, **options}
    return yaml.safe_dump(shown, sort_keys=False, width=100).strip()


def _ordered(value: Any) -> Any:  # noqa: ANN401 - any property value
    """By key: the wire keeps no order, and a page must not change by itself."""
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        return {key: _ordered(found[key]) for key in sorted(found)}
    return [_ordered(item) for item in cast("list[Any]", value)] if isinstance(value, list) else value


def main(arguments: list[str]) -> int:
    """Write the pages, or say which differ. Returns the exit code."""
    if "--write" in arguments:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in stale():
            (FOLDER / name).unlink(missing_ok=True)
        for name, text in pages().items():
            (FOLDER / name).write_text(text, encoding="utf-8")
        return 0
    different = stale()
    for name in different:
        sys.stderr.write(f"docs/policies/{name} is not what the policies say\n")
    if different:
        sys.stderr.write("fix: python -m policies.docs --write\n")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
