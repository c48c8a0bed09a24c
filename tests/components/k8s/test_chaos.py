from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.chaos import Chaos, ChaosArgs
from components.k8s.quiet_hours import quiet_cron
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the


def planned(**changed: Any) -> Plan:
    given: dict[str, Any] = {
        "environment": "staging",
        "namespace": "trading",
        "labels": LABELS,
        "calendars": ["XNYS"],
        "worker": "worker",
        "clients": ["api", "worker"],
        "database_host": "db.example.com",
        "groups": ["sre"],
    }
    args = ChaosArgs(**{**given, **changed})
    return deploy(lambda provider: Chaos("chaos", args, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned()


def test_prod_is_refused_before_anything_is_made() -> None:
    with pytest.raises(ValueError, match=r"chaos is on in prod.*Pulumi\.prod\.yaml"):
        planned(environment="prod")


def test_a_fault_comes_when_no_market_is_open(plan: Plan) -> None:
    kill = the(plan, "Schedule", "chaos-kill-worker")["spec"]["schedule"]
    slow = the(plan, "Schedule", "chaos-slow-database")["spec"]["schedule"]
    assert kill == quiet_cron(["XNYS"], minutes=60)
    assert kill != slow, "two faults at once say nothing about either"
    other = planned(calendars=["XNYS", "XTKS", "XLON"])
    assert the(other, "Schedule", "chaos-kill-worker")["spec"]["schedule"] != kill


def test_where_a_market_never_closes_there_are_no_faults() -> None:
    with pytest.raises(ValueError, match="never closes"):
        planned(calendars=["24/7"])


def test_one_worker_dies_as_a_machine_dies(plan: Plan) -> None:
    spec = the(plan, "Schedule", "chaos-kill-worker")["spec"]
    fault = spec["podChaos"]
    assert (spec["type"], fault["action"], fault["mode"]) == ("PodChaos", "pod-kill", "one")
    assert fault["gracePeriod"] == 0
    assert fault["selector"]["namespaces"] == ["trading"]
    (selected,) = fault["selector"]["expressionSelectors"]
    assert selected["values"] == ["worker"]


def test_the_way_to_the_database_is_slow_for_a_while_and_no_other_way_is(plan: Plan) -> None:
    fault = the(plan, "Schedule", "chaos-slow-database")["spec"]["networkChaos"]
    assert fault["externalTargets"] == ["db.example.com"]
    assert fault["direction"] == "to"
    assert fault["duration"] == "5m"


def test_a_fault_that_was_missed_is_not_made_up_for_later(plan: Plan) -> None:
    for name in ("chaos-kill-worker", "chaos-slow-database"):
        spec = the(plan, "Schedule", name)["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["startingDeadlineSeconds"] < 30 * 60


def test_people_may_stop_faults_and_make_none(plan: Plan) -> None:
    (rule,) = the(plan, "Role")["rules"]
    assert rule["apiGroups"] == ["chaos-mesh.org"]
    assert "create" not in rule["verbs"]
    assert "delete" in rule["verbs"]
    (subject,) = the(plan, "RoleBinding")["subjects"]
    assert (subject["kind"], subject["name"]) == ("Group", "sre")
    assert not planned(groups=[]).of_type("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
