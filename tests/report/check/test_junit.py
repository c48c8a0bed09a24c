"""The verdict as JUnit: what turns a build red, and what does not."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from policies.outcome import Outcome
from report.check.junit import render
from tests.report.sample import VPC
from tests.report.verdicts import check, clean, finding


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own


def kinds(root: ET.Element, tag: str) -> list[str]:
    return [case.get("classname", "") for case in root.iter("testcase") if case.find(tag) is not None]


def test_a_mandatory_violation_fails_and_nothing_else_does() -> None:
    root = parsed(render(check()))
    assert kinds(root, "failure") == ["k8s-privileged"]
    assert kinds(root, "error") == ["aws-broken"]
    assert kinds(root, "skipped") == [
        "exemptions",
        "exemptions",
        "aws-flow-logs",
        "aws-flow-logs",
        "aws-encrypted",
        "aws-tags",
    ]


def test_what_was_skipped_says_why() -> None:
    messages = [skipped.get("message", "") for skipped in parsed(render(check())).iter("skipped")]
    assert [message.split(":")[0] for message in messages[2:]] == [
        "advisory",
        "advisory",
        "exempt until 2026-12-01, data@example.com",
        "unknown until deployed",
    ]


def test_the_numbers_of_each_suite_add_up() -> None:
    root = parsed(render(check()))
    for name in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(name, "")) == sum(int(suite.get(name, "")) for suite in root)
    assert root.get("tests") == "10"
    assert parsed(render(clean())).get("failures") == "0"


def test_a_name_that_xml_cannot_hold_makes_no_broken_file() -> None:
    broken = finding("aws-tags", VPC, Outcome.FAIL, "a \x00 \x0b \ufffe <&\" '")
    (case,) = [
        case for case in parsed(render(check(broken))).iter("testcase") if case.find("failure") is not None
    ]
    assert "<&\" '" in case.find("failure").get("message", "")  # pyright: ignore[reportOptionalMemberAccess]
