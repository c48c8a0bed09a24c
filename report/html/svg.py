"""The few strokes that the picture is made of: boxes, words, chips. Colours come from the page's style."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Final

__all__ = ["Canvas", "chip_width", "cut", "width_of"]

CHARACTER: Final = 0.56
"""Mean width of a letter of the page's typeface, in ems: SVG text does not wrap, so it is cut by this."""

BOLD: Final = 0.62


@dataclass(slots=True)
class Canvas:
    """Strokes in the order of drawing."""

    strokes: list[str] = field(default_factory=list[str])

    def box(self, x: float, y: float, width: float, height: float, kind: str, radius: float = 10) -> None:
        """A rectangle with round corners."""
        self.strokes.append(
            f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'rx="{radius:g}"/>'
        )

    def text(
        self,
        x: float,
        y: float,
        content: str,
        kind: str,
        *,
        size: float = 13,
        room: float = 0,
        anchor: str = "start",
    ) -> None:
        """Words on one line, cut to ``room`` px where it is given; the whole is in the tooltip."""
        shown = cut(content, room, size) if room else content
        title = f"<title>{escape(content)}</title>" if shown != content else ""
        self.strokes.append(
            f'<text class="{kind}" x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}">'
            f"{title}{escape(shown)}</text>"
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A straight connection."""
        self.strokes.append(f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>')

    def chip(self, right: float, y: float, content: str, kind: str, *, size: float = 10.5) -> float:
        """A word in a capsule that ends at ``right``; the x where it begins."""
        width = chip_width(content, size)
        self.box(right - width, y, width, 19, f"chip {kind}", 9.5)
        self.text(right - width / 2, y + 13.2, content, f"chip-text {kind}", size=size, anchor="middle")
        return right - width

    def shield(self, right: float, y: float) -> float:
        """The mark of what Pulumi and the cloud refuse to delete; the x where it begins."""
        return self.chip(right, y, "protected", "protected")


def width_of(content: str, size: float) -> float:
    """About how wide a text is, in px."""
    return len(content) * size * CHARACTER


def chip_width(content: str, size: float = 10.5) -> float:
    """How wide a capsule is around its word, which is bold."""
    return len(content) * size * BOLD + 18


def cut(content: str, room: float, size: float) -> str:
    """As much of a text as there is room for."""
    letters = max(int(room / (size * CHARACTER)), 1)
    return content if len(content) <= letters else f"{content[: letters - 1].rstrip()}…"
