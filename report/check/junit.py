"""The verdict as JUnit XML, which GitLab, Jenkins and most others show as tests.

A suite a policy, a case a resource. The format knows passed, failed, broken and skipped: a mandatory
violation failed; what is advisory, exempt or not known yet is skipped and says so: it turns no build red.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

from report.check import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.outcome import Finding
    from policies.policy import Policy
    from report.check.model import Check, Group

__all__ = ["is_ours", "render"]

NAME: Final = "tradectl policy check"
UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def render(check: Check) -> str:
    """The document as text."""
    root = ET.Element("testsuites", name=NAME)
    _summary(check, ET.SubElement(root, "testsuite", name="summary"))
    suites: dict[str, ET.Element] = {}
    for kind, groups in (
        ("broken", check.broken),
        ("mandatory", check.mandatory),
        ("advisory", check.advisory),
        ("exempt", check.exempt),
        ("unknown", check.unknown),
        ("passed", check.passed),
    ):
        for group in groups:
            suite = suites.get(group.policy.id)
            if suite is None:
                suite = suites[group.policy.id] = ET.SubElement(root, "testsuite", name=group.policy.id)
            _cases(check, suite, kind, group)
    _count(root)
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return f'<testsuites name="{NAME}"' in text[:200]


def _summary(check: Check, suite: ET.Element) -> None:
    """What was judged and all the numbers, and a case for each exemption that wants tidying."""
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("judged", words.headline(check)),
        ("from", words.origin(check)),
        ("policies", words.numbers(check)),
        ("exemptions", words.exemptions(check)),
        ("today", check.today.isoformat()),
    ):
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for line in words.remedied(check):
        ET.SubElement(suite, "testcase", classname="remedied", name=_clean(line))
    for line in words.tidy(check):
        case = ET.SubElement(suite, "testcase", classname="exemptions", name=_clean(line))
        ET.SubElement(case, "skipped", message="exemption to tidy up")


def _cases(check: Check, suite: ET.Element, kind: str, group: Group) -> None:
    for finding in group.findings:
        name = _clean(words.where(check, finding))
        case = ET.SubElement(suite, "testcase", classname=group.policy.id, name=name)
        if kind == "passed":
            continue
        message = _clean(_message(kind, group.policy, finding))
        if kind == "mandatory":
            ended = ET.SubElement(case, "failure", type=group.policy.severity, message=message)
        elif kind == "broken":
            ended = ET.SubElement(case, "error", type="rule", message=message)
        else:
            ended = ET.SubElement(case, "skipped", message=message)
        ended.text = _clean("\n".join(_lines(kind, group.policy, finding)))


def _message(kind: str, policy: Policy, finding: Finding) -> str:
    said = words.said(policy, finding)
    if finding.exemption:
        return f"exempt {words.excuse(finding.exemption)}: {said}"
    return {"advisory": f"advisory: {said}", "unknown": f"unknown until deployed: {said}"}.get(kind, said)


def _lines(kind: str, policy: Policy, finding: Finding) -> Sequence[str]:
    fixes = [f"fix: {fix}" for fix in words.fixes(policy, finding)] if kind != "unknown" else []
    return [finding.urn, *(str(place) for place in finding.places), *fixes, f"why: {policy.url}"]


def _count(root: ET.Element) -> None:
    """Each suite's numbers, and their sums."""
    kinds = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (*root, root):
        element.set("tests", str(len(list(element.iter("testcase")))))
        for name, tag in kinds.items():
            element.set(name, str(len(list(element.iter(tag)))))


def _clean(text: str) -> str:
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
