from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from lab.autoscaling_picture import Point, draw

SVG = "{http://www.w3.org/2000/svg}"


def picture(**changes: list[Point]) -> ET.Element:
    text = draw(
        predicted=changes.get("predicted", [(0, 3), (30, 100), (100, 3)]),
        observed=changes.get("observed", [(0, 3), (35, 100), (105, 3)]),
        load=changes.get("load", [(0, 10), (25, 5000), (60, 10), (120, 10)]),
        title="3 → 100 → 3 & back",
        load_name="req/s",
    )
    return ET.fromstring(text)  # noqa: S314 - our own text


def corners(svg: ET.Element, kind: str) -> list[Point]:
    (line,) = [found for found in svg.iter(f"{SVG}polyline") if found.get("class") == kind]
    pairs = (pair.split(",") for pair in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def words(svg: ET.Element) -> list[str]:
    return [found.text or "" for found in svg.iter(f"{SVG}text")]


def test_what_was_foretold_and_what_there_was_are_two_lines_on_one_scale() -> None:
    svg = picture()
    foretold, there = corners(svg, "foretold"), corners(svg, "there")
    assert min(y for _, y in foretold) == min(y for _, y in there)
    assert foretold[0] == there[0]
    assert foretold[1][0] < there[1][0], "it really came five seconds later"


def test_a_number_lasts_until_the_next_one() -> None:
    """Pods jump: a slope between two numbers would show pods that never were."""
    line = corners(picture(), "foretold")
    assert all(x == later or y == after for (x, y), (later, after) in pairwise(line))


def test_the_time_is_that_of_all_three_and_the_scales_are_round() -> None:
    shown = words(picture())
    assert {"0 s", "60 s", "120 s", "100", "4,000"} <= set(shown)
    assert "40 min" in words(picture(load=[(0, 1), (2400, 1)]))
    assert "2 h" in words(picture(load=[(0, 1), (12 * 3600, 1)]))


def test_it_says_what_it_shows_also_to_who_does_not_see_it() -> None:
    svg = picture()
    assert {"3 → 100 → 3 & back", "pods", "req/s", "foretold", "real control plane"} <= set(words(svg))
    assert svg.findtext(f"{SVG}title") == "3 → 100 → 3 & back"
    told = svg.findtext(f"{SVG}desc")
    assert told == "Pods over 120 s: real 3 to 100, foretold 3 to 100; load 10 to 5000."


def test_it_is_whole_without_the_page_it_stands_in() -> None:
    style = picture().findtext(f"{SVG}style") or ""
    assert "font-family" in style
    assert "var(" not in style


def test_an_idle_service_has_a_picture_too() -> None:
    flat: list[Point] = [(0, 0)]
    assert corners(picture(predicted=flat, observed=flat, load=flat), "there")


def test_without_one_of_the_lines_there_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match="0 observed"):
        picture(observed=[])
