"""Every form of a verdict: a golden file holds it, and none leaves out what must be counted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from report.check import document, junit, markdown, sarif, text
from report.check.model import Check
from tests.report.sample import SECRET
from tests.report.verdicts import EXPIRED, LIVE, UNUSED, check, clean
from tests.support import ROOT

UPDATE = "pytest tests/report --update-golden, then read `git diff tests/golden`"
FORMS: dict[str, tuple[Callable[[Check], str], Callable[[str], bool]]] = {
    "check.txt": (text.render, text.is_ours),
    "check.json": (document.render, document.is_ours),
    "check.xml": (junit.render, junit.is_ours),
    "check.sarif": (sarif.render, sarif.is_ours),
    "check.md": (markdown.render, markdown.is_ours),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_form_is_what_it_was(name: str, request: pytest.FixtureRequest) -> None:
    golden = ROOT / "tests" / "golden" / name
    found = FORMS[name][0](check())
    if request.config.getoption("--update-golden"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8"), f"{name} changed; if that is wanted: {UPDATE}"


@pytest.mark.parametrize("name", FORMS)
def test_each_form_is_told_from_the_others_and_from_foreign_files(name: str) -> None:
    for made, (render, _) in FORMS.items():
        assert FORMS[name][1](render(check())) == (made == name)
    assert FORMS[name][1](FORMS[name][0](clean()))
    for foreign in ("", "{}", "<testsuites/>", "# A page", "trading-platform"):
        assert not FORMS[name][1](foreign)


@pytest.mark.parametrize("name", FORMS)
def test_what_is_exempt_unknown_or_to_be_tidied_is_in_every_form(name: str) -> None:
    shown = " ".join(FORMS[name][0](check()).replace("\\", "").split())
    assert LIVE.reason in shown
    assert LIVE.owner in shown
    assert str(LIVE.expires) in shown
    assert str(EXPIRED.expires) in shown
    assert UNUSED.urn in shown
    if name == "check.json":
        assert '"unknown": 2, "exempt": 1' in shown
    elif name == "check.md":
        assert "| 2 | 1 | 2 | 2 | 1 | 6 |" in shown
    else:
        assert "2 unknown until deployed, 1 exempt" in shown
    assert name == "check.json" or "1 in use, 1 unused, 1 expired" in shown


@pytest.mark.parametrize("name", FORMS)
def test_a_change_is_said_to_the_letter_and_no_secret_is_in_it(name: str) -> None:
    shown = FORMS[name][0](check())
    assert SECRET not in shown
    if name == "check.json":
        assert '"action": "remove"' in shown
        assert '"secret": true' in shown
    else:
        assert "spec.containers[0].privileged = false" in shown
        assert "remove spec.hostPID" in shown
        assert "[secret]" in shown


@pytest.mark.parametrize("name", FORMS)
def test_no_form_lets_a_name_move_the_cursor(name: str) -> None:
    assert "\x1b" not in FORMS[name][0](check())


@pytest.mark.parametrize("name", FORMS)
def test_a_rule_that_broke_is_named(name: str) -> None:
    assert "KeyError in aws.network" in FORMS[name][0](check())


def test_every_name_of_the_json_is_documented() -> None:
    page = (ROOT / "docs" / "policy-checks.md").read_text(encoding="utf-8")
    found = document.document(check())
    found["passed"] = {}
    assert not {name for name in _names(found) if f"`{name}`" not in page}


def _names(found: object) -> set[str]:
    if isinstance(found, list):
        return {name for item in found for name in _names(item)}
    if not isinstance(found, dict):
        return set()
    inner = {name for key, item in found.items() if key != "value" for name in _names(item)}
    return {*found, *inner}
