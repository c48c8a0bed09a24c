"""Every rule before promtool: its syntax, and each of its cases."""

from __future__ import annotations

import pytest

from lab.prometheus import checked, proved
from tests.components.k8s.monitoring.cases import RULES, documents

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("file", RULES)
def test_promtool_takes_the_rules(file: str) -> None:
    verdict = checked({file: RULES[file]})
    assert verdict.passed, verdict.output
    assert "duplicate" not in verdict.output


@pytest.mark.parametrize("file", RULES)
def test_alerts_ring_when_they_should_and_recordings_have_the_value_that_they_should(file: str) -> None:
    read = {name: spec for name, spec in RULES.items() if name in {"recordings", file}}
    assert documents(file)
    for document in documents(file):
        verdict = proved(read, document)
        assert verdict.passed, verdict.output
