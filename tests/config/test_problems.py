"""A refusal reads well: heading, place, four sentences; and a near word is found when there is one."""

from __future__ import annotations

import pytest

from config.problems import Problem, SettingsError, nearest, problem, shown


def test_a_report_is_plain_text_that_shows_place_value_reason_and_fix() -> None:
    first = Problem(
        "cloud.region", "us-esat-1", "one of us-east-1, us-west-2", "Where.", "region: us-east-1", "P.yaml", 5
    )
    second = Problem(
        "domain", "nothing", "a name", "Records.", "trading-platform:domain: a.example", "P.yaml"
    )
    assert str(SettingsError([second, first])) == (
        "P.yaml: 2 problems\n"
        "\n"
        "cloud.region  (P.yaml:5)\n"
        "  given     us-esat-1\n"
        "  expected  one of us-east-1, us-west-2\n"
        "  why       Where.\n"
        "  fix       region: us-east-1\n"
        "\n"
        "domain  (P.yaml)\n"
        "  given     nothing\n"
        "  expected  a name\n"
        "  why       Records.\n"
        "  fix       trading-platform:domain: a.example"
    )


def test_a_problem_of_a_whole_file_has_the_file_as_its_place_once() -> None:
    whole = Problem("P.yaml", "nothing", "YAML", "It is empty.", "config: {}", "P.yaml")
    assert str(SettingsError([whole])).startswith("P.yaml: 1 problem\n\nP.yaml\n  given")


def test_a_fix_says_under_which_section_it_stands() -> None:
    made = problem(("services", "api", "port"), 80, expected="x", why="y", better=8080)
    assert made.fix == "port: 8080  # in trading-platform:services.api"
    assert (
        problem(("protect",), False, expected="x", why="y", better=True).fix
        == "trading-platform:protect: true"
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("netwrok", "network"), ("NETWORK", "network"), ("production", "prod"), ("stage", "staging"),
        ("development", "dev"), ("xyz", None), ("", None), ("p" * 10_000, None),
    ],
)  # fmt: skip
def test_the_nearest_word_is_found_when_there_is_one(given: str, meant: str | None) -> None:
    assert nearest(given, ["network", "dev", "staging", "prod"]) == meant


def test_a_shown_value_is_short_and_does_nothing_to_a_terminal() -> None:
    assert len(shown("x" * 1000)) == 72
    assert "\x1b" not in shown("\x1b[31mred")
    assert shown({"a": [1, None, "b c"]}) == "{a: [1, null, b c]}"
