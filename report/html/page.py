"""One page that says it all and needs nothing: no network, no script, light or dark, on paper too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from plan.paths import Path as PropertyPath
from plan.paths import render as render_path
from plan.resource import Resource
from plan.value import Secret, Unknown, Value
from report.html.drawing import draw
from report.model import Report
from report.picture import see
from report.tree import Branch
from report.words import ACTIONS, both_sides, changes_line, fate, show
from stacks.recovery import spoken

__all__ = ["Row", "render", "rows"]

TEMPLATES: Final = Path(__file__).parent / "templates"
LONGEST: Final = 200
"""Characters of a value that the page shows: a policy document has thousands."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input of a resource, as the page shows it."""

    path: str
    text: str
    mark: str
    """``secret``, ``unknown`` or empty."""


def render(report: Report) -> str:
    """The page as HTML."""
    picture = see(report.plan)
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            report=report,
            plan=report.plan,
            judgement=report.judgement,
            mandatory=report.judgement.count(enforcement="mandatory"),
            advisory=report.judgement.count(enforcement="advisory"),
            picture=Markup(draw(picture, _in_words(report))) if picture.regions else "",  # noqa: S704 - drawing escapes
            style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),  # noqa: S704 - our own file
        )
    )


def rows(resource: Resource) -> list[Row]:
    """The inputs of a resource, a line a leaf."""
    return [_row(path, value) for path, value in _leaves((), dict(resource.inputs))]


def _leaves(path: PropertyPath, value: Value) -> Iterator[tuple[PropertyPath, Value]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for index, inner in enumerate(value):
            yield from _leaves((*path, index), inner)
    elif path:
        yield path, value


def _row(path: PropertyPath, value: Value) -> Row:
    if isinstance(value, Secret):
        return Row(render_path(path), "secret", "secret")
    if isinstance(value, Unknown):
        return Row(render_path(path), "known after deployment", "unknown")
    return Row(render_path(path), show(value, LONGEST), "")


def _in_words(report: Report) -> str:
    """The picture for who cannot see it: the same tree, spoken."""
    lines = (
        f"{branch.label}: {branch.summary}"
        for root in report.roots
        for branch in root.walk()
        if not branch.resource.custom and branch.summary
    )
    return ". ".join(lines)


def _held(branch: Branch) -> list[Branch]:
    """The resources right below a part."""
    return [child for child in branch.children if child.resource.custom]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: dict[str, object] = {
        "rows": rows,
        "held": _held,
        "signs": ACTIONS,
        "both_sides": both_sides,
        "changes_line": changes_line,
        "fate": fate,
        "spoken": spoken,
    }
    cast("dict[str, object]", environment.globals).update(helpers)
    return environment
