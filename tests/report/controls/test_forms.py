"""Every form of the control report: a golden file holds it, and none hides what nobody looks at."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from rich.console import Console

from policies.controls.coverage import Coverage, cover
from policies.controls.frameworks import frameworks
from report.check.model import Check
from report.controls import document, markdown, page, text
from tests.report.verdicts import check
from tests.support import ROOT

UPDATE = "pytest tests/report --update-golden, then read `git diff tests/golden`"
FORMS: dict[str, tuple[Callable[[Check, Sequence[Coverage]], str], Callable[[str], bool]]] = {
    "controls.txt": (text.render, text.is_ours),
    "controls.json": (document.render, document.is_ours),
    "controls.md": (markdown.render, markdown.is_ours),
    "controls.html": (page.render, page.is_ours),
}
HELD = ("controls.txt", "controls.json", "controls.md")
CHOSEN = [framework for framework in frameworks() if framework.key in {"soc2", "cis-aws"}]


def rendered(name: str) -> str:
    found = check()
    return FORMS[name][0](found, cover(found.verdict, found.registry, CHOSEN))


@pytest.mark.parametrize("name", HELD)
def test_the_form_is_what_it_was(name: str, request: pytest.FixtureRequest) -> None:
    golden = ROOT / "tests" / "golden" / name
    found = rendered(name)
    if request.config.getoption("--update-golden"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8"), f"{name} changed; if that is wanted: {UPDATE}"


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_told_from_the_others(name: str) -> None:
    for made in FORMS:
        assert FORMS[name][1](rendered(made)) == (made == name)


@pytest.mark.parametrize("name", FORMS)
def test_requirements_without_a_policy_are_in_every_form(name: str) -> None:
    shown = rendered(name)
    assert "CC1.1" in shown
    assert "P8.1" in shown


@pytest.mark.parametrize("name", ["controls.txt", "controls.md", "controls.html"])
def test_every_form_for_people_says_what_a_pass_is_worth(name: str) -> None:
    assert "not that nothing else is asked" in " ".join(rendered(name).split())
    assert "1 in use, 1 unused, 1 expired" in rendered(name)


@pytest.mark.parametrize("width", [80, 110])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    found = check()
    text.show(found, cover(found.verdict, found.registry), console, full=True)
    lines = console.file.getvalue().splitlines()  # pyright: ignore[reportAttributeAccessIssue]
    assert all(len(line) <= width for line in lines[3:])
    assert lines[0].startswith("trading-platform · dev")


def test_a_short_report_lists_what_wants_a_person_and_says_how_to_see_the_rest() -> None:
    console = Console(file=io.StringIO(), width=110, force_terminal=False)
    found = check()
    text.show(found, cover(found.verdict, found.registry, CHOSEN), console)
    shown = console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]
    assert "fail     CC6.1" in shown
    assert "no policy for" not in shown
    assert "--full lists every requirement" in shown


def test_every_name_of_the_json_is_documented() -> None:
    page = (ROOT / "docs" / "policy-checks.md").read_text(encoding="utf-8")
    found = check()
    (report, *_) = document.document(found, cover(found.verdict, found.registry, CHOSEN))["frameworks"]
    names = {*report, *report["requirements"][0]}
    assert not {name for name in names if f"`{name}`" not in page}
