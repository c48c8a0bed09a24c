"""A picture of an autoscaler at work: the pods that were foretold, those that there were, and the load.

One SVG, complete in itself: its colours and typefaces are written in it, so that it looks the same in a page,
in a document and alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

__all__ = ["Point", "draw"]

Point = tuple[float, float]
"""Second, and what there was from then on."""

WIDTH, HEIGHT = 1120.0, 600.0
LEFT, RIGHT = 84.0, 1084.0
PODS_TOP, PODS_BOTTOM = 116.0, 392.0
LOAD_TOP, LOAD_BOTTOM = 452.0, 540.0
TICKS: Final = 5
"""Lines of a scale, about."""
LETTER: Final = 6.9
"""Mean width of a letter of the legend, px."""

STYLE: Final = """
text { font-family: Inter, "Segoe UI", system-ui, "Helvetica Neue", "DejaVu Sans", sans-serif; fill: #5b6675;
} .title { fill: #1c2430; font-size: 19px; font-weight: 600; } .said { font-size: 13px; } .tick { font-size:
12px; } .name { fill: #1c2430; font-size: 13px; font-weight: 600; } .rule { stroke: #e2e0d8; } .base { stroke:
#aab2bd; } .foretold { fill: none; stroke: #d97706; stroke-width: 2.5; stroke-dasharray: 7 5; } .there { fill:
none; stroke: #0f6b62; stroke-width: 2.5; } .under { fill: #0f6b62; opacity: .1; } .load { fill: none; stroke:
#2563a8; stroke-width: 1.8; } .under-load { fill: #2563a8; opacity: .12; }
"""


@dataclass(frozen=True, slots=True)
class _Panel:
    """A part of the picture with scales of its own."""

    seconds: float
    most: float
    top: float
    bottom: float

    def x(self, second: float) -> float:
        return LEFT + (RIGHT - LEFT) * second / self.seconds

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.most

    def steps(self, points: Sequence[Point]) -> list[Point]:
        """The corners of a line that jumps: each value lasts until the next, the last one to the end."""
        corners = [(self.x(points[0][0]), self.y(points[0][1]))]
        for (_, before), (second, after) in pairwise(points):
            corners += [(self.x(second), self.y(before)), (self.x(second), self.y(after))]
        return [*corners, (RIGHT, corners[-1][1])]

    def under(self, points: Sequence[Point]) -> list[Point]:
        """The area below that line."""
        corners = self.steps(points)
        return [(corners[0][0], self.bottom), *corners, (RIGHT, self.bottom)]


def draw(
    *,
    predicted: Sequence[Point],
    observed: Sequence[Point],
    load: Sequence[Point],
    title: str,
    subtitle: str = "",
    load_name: str = "load",
) -> str:
    """The picture as SVG text.

    Args:
        predicted: Pods that the simulation (`lab.scaling`) foretells.
        observed: Pods that a control plane really had.
        load: What they were for.
        title: The first line.
        subtitle: Under what conditions, in one line.
        load_name: What the load is, with its unit.
    """
    if not (predicted and observed and load):
        message = (
            f"{len(predicted)} points predicted, {len(observed)} observed and {len(load)} of load; wanted "
            "one of each at least"
        )
        raise ValueError(message)
    seconds = max(line[-1][0] for line in (predicted, observed, load)) or 1
    pods_ticks = _ticks(max(value for _, value in (*predicted, *observed)))
    load_ticks = _ticks(max(value for _, value in load), 3)
    pods = _Panel(seconds, pods_ticks[-1], PODS_TOP, PODS_BOTTOM)
    loads = _Panel(seconds, load_ticks[-1], LOAD_TOP, LOAD_BOTTOM)
    strokes = [
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#f7f6f2"/>',
        _box(PODS_TOP - 40, PODS_BOTTOM + 14),
        _box(LOAD_TOP - 34, LOAD_BOTTOM + 36),
        _text(36, 38, title, "title"),
        _text(36, 60, subtitle, "said"),
        *_scale(pods, pods_ticks),
        *_scale(loads, load_ticks),
        *_clock(seconds, (pods, loads)),
        _text(LEFT - 36, PODS_TOP - 16, "pods", "name"),
        _text(LEFT - 36, LOAD_TOP - 12, load_name, "name"),
        *_legend(RIGHT, PODS_TOP - 20, (("there", "real control plane"), ("foretold", "foretold"))),
        _area(pods.under(observed), "under"),
        _line(pods.steps(observed), "there"),
        _line(pods.steps(predicted), "foretold"),
        _area(loads.under(load), "under-load"),
        _line(loads.steps(load), "load"),
    ]
    said = (_range(observed), _range(predicted), _range(load))
    told = "Pods over {:g} s: real {}, foretold {}; load {}.".format(seconds, *said)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img">'
        f"<title>{escape(title)}</title><desc>{escape(told)}</desc><style>{STYLE}</style>"
        f"{''.join(strokes)}</svg>\n"
    )


def _range(points: Iterable[Point]) -> str:
    values = [value for _, value in points]
    return f"{min(values):g} to {max(values):g}"


def _ticks(most: float, about: int = TICKS) -> list[float]:
    """Round numbers from zero to the first that is not below the most."""
    rough = max(most, 1) / about
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [step * index for index in range(math.ceil(max(most, 1) / step) + 1)]


def _scale(panel: _Panel, ticks: Sequence[float]) -> list[str]:
    lines: list[str] = []
    for tick in ticks:
        y = panel.y(tick)
        kind = "rule" if tick else "base"
        lines.append(f'<line class="{kind}" x1="{LEFT:g}" x2="{RIGHT:g}" y1="{y:g}" y2="{y:g}"/>')
        lines.append(_text(LEFT - 10, y + 4, f"{tick:,g}", "tick", "end"))
    return lines


def _clock(seconds: float, panels: Sequence[_Panel]) -> list[str]:
    steps = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400)
    step = next((found for found in steps if seconds / found <= 2 * TICKS), steps[-1])
    lines: list[str] = []
    for second in range(0, int(seconds) + 1, step):
        x = panels[0].x(second)
        lines += [
            f'<line class="rule" x1="{x:g}" x2="{x:g}" y1="{panel.top:g}" y2="{panel.bottom:g}"/>'
            for panel in panels
        ]
        lines.append(_text(x, LOAD_BOTTOM + 22, _spoken(second, step), "tick", "middle"))
    return lines


def _spoken(second: int, step: int) -> str:
    if step < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{second} s"
    if step < 3600:  # noqa: PLR2004 - seconds of an hour
        return f"{second / 60:g} min"
    return f"{second / 3600:g} h"


def _legend(right: float, y: float, entries: Sequence[tuple[str, str]]) -> list[str]:
    found: list[str] = []
    for kind, words in entries:
        right -= len(words) * LETTER
        found.append(_text(right, y + 4, words, "said"))
        found.append(f'<line class="{kind}" x1="{right - 42:g}" x2="{right - 9:g}" y1="{y:g}" y2="{y:g}"/>')
        right -= 66
    return found


def _box(top: float, bottom: float) -> str:
    return (
        f'<rect x="24" y="{top:g}" width="{WIDTH - 48:g}" height="{bottom - top:g}" rx="12" fill="#fff" '
        'stroke="#e2e0d8"/>'
    )


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _line(points: Iterable[Point], kind: str) -> str:
    return f'<polyline class="{kind}" points="{_points(points)}"/>'


def _area(points: Iterable[Point], kind: str) -> str:
    return f'<polygon class="{kind}" points="{_points(points)}"/>'


def _points(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
