"""Files that are no stack files are refused in one sentence each, and values are those of the engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.loader import to_config
from config.yaml_text import flow, resolve
from tests.config.desk import Desk


def test_a_missing_file_names_the_stacks_that_exist(desk: Desk) -> None:
    desk.write("config: {}", "staging")
    desk.write("config: {}", "prod")
    (problem,) = desk.problems(lambda: desk.load(desk.folder / "Pulumi.prd.yaml"))
    assert problem.expected == "one of the stacks prod, staging"
    assert problem.fix == "tradectl preview prod"


def test_a_missing_file_in_an_empty_or_missing_directory_says_how_to_begin(desk: Desk) -> None:
    for folder in (desk.folder, desk.folder / "nowhere"):
        (problem,) = desk.problems(lambda folder=folder: desk.load(folder / "Pulumi.dev.yaml"))
        assert problem.fix == "pulumi stack init dev"


def test_a_directory_and_a_file_of_another_encoding_are_named_as_such(desk: Desk) -> None:
    folder = desk.folder / "Pulumi.folder.yaml"
    folder.mkdir()
    (problem,) = desk.problems(lambda: desk.load(folder))
    assert problem.given == "a directory"
    (problem,) = desk.problems(lambda: desk.load(desk.write("config: {}".encode("utf-16"))))
    assert (problem.given, problem.fix) == (
        "UTF-16 text",
        "iconv -f UTF-16 -t UTF-8 Pulumi.test.yaml > fixed.yaml",
    )
    (problem,) = desk.problems(lambda: desk.load(desk.write(b"config:\n  a: \xe9\n")))
    assert (problem.given, problem.line) == ("byte 0xe9 at offset 13", 2)


def test_a_name_that_no_file_system_takes_is_refused(desk: Desk) -> None:
    (problem,) = desk.problems(lambda: desk.load(desk.folder / ("x" * 5000)))
    assert problem.given


def test_a_byte_order_mark_does_no_harm(desk: Desk) -> None:
    path = desk.write("x", "dev")
    assert desk.settings().settings.environment == "dev"
    marked = desk.write(b"\xef\xbb\xbf" + (path.parent / "Pulumi.test.yaml").read_bytes(), "marked")
    assert desk.load(marked).settings.environment == "dev"


def test_a_control_character_is_named_with_its_line(desk: Desk) -> None:
    (problem,) = desk.problems(lambda: desk.load(desk.write("config:\n  a: \x07\n")))
    assert (problem.given, problem.line) == ("a control character in line 2", 2)


def test_a_file_too_large_is_not_even_parsed(desk: Desk) -> None:
    (problem,) = desk.problems(lambda: desk.load(desk.write("#" * 300_000)))
    assert problem.expected == "at most 65536 bytes"


@pytest.mark.parametrize(
    "text",
    [
        "config:\n  trading-platform:market: " + "[" * 5000,
        "config:\n  trading-platform:market: " + "[" * 50 + "]" * 50,
        "config:\n  trading-platform:market: " + "{a: " * 100 + "1" + "}" * 100,
        "config:\n  trading-platform:market: &a [*a]",
        "config:\n  trading-platform:market: &a {b: *a}",
        "config:\n  a:a: &a [1,1,1,1,1,1,1,1]\n"
        + "".join(f"  a:{new}: &{new} [*{old},*{old},*{old},*{old},*{old},*{old},*{old},*{old}]\n"
                  for old, new in zip("abcdefg", "bcdefgh", strict=True)),
    ],
    ids=["deep", "deep and closed", "deep mappings", "inside itself", "inside its mapping", "a billion"],
)  # fmt: skip
def test_a_file_that_would_eat_the_reader_is_refused_at_once(desk: Desk, text: str) -> None:
    assert desk.problems(lambda: desk.load(desk.write(text)))


def test_a_tab_between_key_and_value_is_fine_and_a_tab_as_indent_is_not(desk: Desk) -> None:
    (problem,) = desk.problems(lambda: desk.load(desk.write("config:\n\ta: 1\n")))
    assert (problem.given, problem.expected, problem.line) == ("a tab in column 1", "spaces", 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("True", True), ("~", None), ("", None),
        ("012", 10), ("0o12", 10), ("0x1F", 31), ("0b11", 3), ("08", 8), ("1_000", 1000), ("+5", 5),
        ("-0x10", -16),
        ("1e3", 1000), ("2.0", 2), ("0.5", 0.5), (".5", 0.5), ("-.5", -0.5), ("1.", 1),
        ("012345678901", 12345678901), ("18446744073709551616", 2.0**64), ("9" * 5000, "9" * 5000),
        (".nan", ".nan"), (".inf", ".inf"), ("1e999", "1e999"), ("12:30", "12:30"), ("_1", "_1"),
        ("2026-01-01", "2026-01-01 00:00:00 +0000 UTC"), ("2026-13-45", "2026-13-45"),
        ("2026-01-01T10:00:00.50+02:00", "2026-01-01 10:00:00.5 +0200 +0200"),
        ("24000 USD", "24000 USD"), ("1.35", 1.35), ("0o9", "0o9"),
    ],
)  # fmt: skip
def test_an_unquoted_word_is_what_it_is_to_the_engine(text: str, value: object) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text", ["true", "08", "1e3", "null", "", "a: b", "# x", "- x", "2026-01-01", "x:", " x", "é"]
)
def test_a_pasted_text_stays_a_text(text: str) -> None:
    assert flow(text) == json.dumps(text)


@pytest.mark.parametrize(
    "text", ["m7g.large", "24000 USD", "10.16.0.0/16", "no", "arn:aws:iam::1:role/x", "a@b.example"]
)
def test_a_plain_text_is_pasted_without_quotes(text: str) -> None:
    assert flow(text) == text


def test_the_engine_s_form_has_scalars_as_written_and_the_rest_as_json(desk: Desk) -> None:
    text = """
config:
  trading-platform:protect: True
  trading-platform:domain: 012
  trading-platform:network: {zones: 0x3, nat: "3", more: [2.0, 0.5, no, ~]}
  trading-platform:market:
  aws:region: us-east-1
  pulumi:disable-default-providers: ["*"]
  aws:secretKey: {secure: AAABBBCCC}
"""
    assert to_config(desk.write(text)) == {
        "trading-platform:protect": "true",
        "trading-platform:domain": "10",
        "trading-platform:network": '{"zones": 3, "nat": "3", "more": [2, 0.5, "no", null]}',
        "trading-platform:market": "",
        "aws:region": "us-east-1",
        "pulumi:disable-default-providers": '["*"]',
    }


def test_a_file_that_cannot_be_read_has_no_engine_s_form(desk: Desk) -> None:
    assert desk.problems(lambda: to_config(desk.write("config:\n  a:b: 1\n  a:b: 2\n")))


def test_the_shipped_files_are_read_from_any_directory(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    monkeypatch.chdir(desk.folder)
    for stack in ("dev", "staging", "prod"):
        assert to_config(root / f"Pulumi.{stack}.yaml")["trading-platform:environment"] == stack
