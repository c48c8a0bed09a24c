"""How much of what the stacks ask of Google Cloud is held against Google's own API documents."""

from __future__ import annotations

import pytest

from tests.google.plans import findings
from tests.google.tables import shipped
from tests.support import ROOT

GOLDEN = ROOT / "tests" / "golden" / "google.txt"
UPDATE = "pytest tests/golden --update-golden   (or: make golden), then read `git diff tests/golden`"


def coverage() -> str:
    """The sums, one line a type, and what is not covered."""
    found = findings()
    rows: list[tuple[str, ...]] = [("type", "document", "schema", "fields", "enums", "others")]
    for token, kind in sorted(shipped().kinds.items()):
        counts = (len(group[token]) for group in (found.fields, found.choices, found.excepted))
        rows.append((token, kind.document, kind.schema, *map(str, counts)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    fields, enums, others = (
        sum(map(len, group.values())) for group in (found.fields, found.choices, found.excepted)
    )
    lines = [
        f"{fields} properties of {len(rows) - 1} types are fields of Google's APIs,",
        f"{enums} of them with one of the values that Google lists.",
        f"{others} others are no fields: part of a call's address, or the provider's own.",
        "",
        *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows),
        "",
        f"{len(shipped().uncovered)} are not covered (tests/google/uncovered.csv):",
        *(f"{row.what}: {row.reason}" for _, row in sorted(shipped().uncovered.items())),
    ]
    return "\n".join([*lines, ""])


def test_so_much_is_held_against_googles_documents(request: pytest.FixtureRequest) -> None:
    found = coverage()
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8"), f"the coverage changed; if that is wanted: {UPDATE}"
