"""From a verdict of the policies to what a reader is told."""

from __future__ import annotations

from datetime import date

from policies.evaluate import evaluate
from policies.exemption import Exemption
from policies.registry import load
from report.judgement import judged
from tests.report.sample import CLUSTER, plan

TODAY = date(2026, 11, 22)


def test_every_finding_of_a_verdict_is_told_with_its_policys_own_words() -> None:
    registry = load()
    verdict = evaluate(plan(), environment="dev", today=TODAY)
    found = judged(verdict, plan(), registry)
    assert found.count(enforcement="mandatory") == verdict.counts.mandatory
    assert found.count(enforcement="advisory") == verdict.counts.advisory
    assert (found.unknown, found.exempt, found.passed) == (verdict.counts.unknown, 0, verdict.counts.passed)
    assert found.rules == len(registry) - len(verdict.disabled)
    for issue in found.issues:
        assert issue.title == registry[issue.policy].title
        assert issue.message
        assert issue.fix
        assert issue.doc == f"docs/policies/{issue.policy}.md"
    assert any(issue.address == "platform › aws › database › cluster" for issue in found.issues)


def test_an_exempt_violation_is_counted_as_exempt_and_one_that_ended_is_noted() -> None:
    before = evaluate(plan(), environment="dev", today=TODAY)
    finding = next(f for f in before.findings if f.urn == CLUSTER and f.outcome == "fail")
    exempt = Exemption(finding.policy, CLUSTER, "a scratch database of a test", "test@example.com", TODAY)
    ended = Exemption(
        finding.policy, CLUSTER, "a scratch database of a test", "test@example.com", date(2026, 1, 1)
    )
    found = judged(
        evaluate(plan(), environment="dev", exemptions=[exempt, ended], today=TODAY), plan(), load()
    )
    assert found.exempt >= 1
    assert f"the exemption from {finding.policy} for {CLUSTER} ended 2026-01-01" in found.notes
