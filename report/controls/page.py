"""The control report as one page that needs nothing: no network, no script, light or dark, on paper too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from policies.controls.coverage import Status
from report.check import words as check_words
from report.controls import words
from report.html.page import TEMPLATES

if TYPE_CHECKING:
    from policies.controls.coverage import Coverage
    from report.check.model import Check

__all__ = ["is_ours", "render"]

BADGES: Final = {
    Status.FAIL: "mandatory",
    Status.UNKNOWN: "advisory",
    Status.EXEMPT: "advisory",
    Status.PASS: "protected",
}


def render(check: Check, coverages: Sequence[Coverage]) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("controls.html.jinja").render(
        check=check,
        coverages=coverages,
        origin=check_words.origin(check),
        exemptions=check_words.exemptions(check),
        meaning=words.MEANING,
        columns=words.COLUMNS,
        shown=words.WITH_A_POLICY,
        none_at_all=Status.NOT_COVERED,
        badges=BADGES,
        resources=words.resources,
        evidence=words.evidence,
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
    )


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return '<meta name="generator" content="tradectl">' in text and "<title>Controls" in text
