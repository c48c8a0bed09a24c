"""The line about each room of the shipped stacks."""

from __future__ import annotations

import pytest

from plan.resource import Plan
from plan.value import UNKNOWN, Secret
from report.look import dig, span, words
from report.rooms import DESCRIBERS, describe
from tests.report.sample import CLUSTER, SUBNET, plan
from tests.support import STACKS, planned


def lines(found: Plan) -> dict[str, str]:
    return {found.label(r): describe(found, r) for r in found if not r.custom}


def test_dev_says_what_its_rooms_are() -> None:
    found = lines(planned("dev", "preview"))
    assert found["network"] == "10.16.0.0/16 in 2 zones, 1 NAT, flow logs"
    assert found["cluster"].startswith("Kubernetes 1.35, 2-3 on demand")
    assert found["database"] == "PostgreSQL 17.7, 0.5-4 ACU, 1 instance, 7 days of backup"
    assert found["orchestrator"].startswith("1 copy of trading/orchestrator@11376b7, 250m CPU")
    assert found["api"].startswith("trading/api@14c2529, 250m CPU")
    assert found["api-scaling"] == "1-10 pods by requests, latency, session, cron"


@pytest.mark.parametrize("stack", STACKS)
def test_every_room_of_a_shipped_stack_has_a_line_that_knows_its_values(stack: str) -> None:
    found = planned(stack, "preview")
    described = [r for r in found if not r.custom and r.type.partition(":")[2] in DESCRIBERS]
    assert len(described) > 10
    for part in described:
        assert "?" not in describe(found, part), found.address(part)


def test_a_room_without_a_describer_is_just_its_name() -> None:
    assert lines(plan())["platform"] == ""


def test_what_is_unknown_or_secret_is_a_question_mark_never_a_value() -> None:
    assert words(dig(plan()[SUBNET], "vpcId", "deeper")) == "?"
    assert words(dig(plan()[CLUSTER], "masterPassword")) == "?"
    assert words(Secret("x")) == words(UNKNOWN) == words(None) == "?"


def test_a_span_of_one_value_is_that_value() -> None:
    assert (span(2, 4), span(3, 3), span(0.5, 4.0)) == ("2-4", "3", "0.5-4")
