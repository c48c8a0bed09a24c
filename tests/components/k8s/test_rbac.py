from __future__ import annotations

from typing import Any

import pytest

from components.k8s.rbac import ROLES, RULES
from plan.resource import Plan
from tests.components.k8s.manifests import names, objects, of, refused
from tests.components.k8s.who_may_what import (
    API,
    NAMESPACES,
    NOBODY,
    ORCHESTRATOR,
    Case,
    access,
    cases,
    group_of,
)

CASES = cases()


@pytest.fixture(scope="module")
def plan() -> Plan:
    return access()


def allows(plan: Plan, case: Case) -> bool:
    """What the objects say, read as an API server does."""
    roles = {
        (manifest["kind"], manifest["metadata"].get("namespace"), manifest["metadata"]["name"]): manifest
        for _, manifest in objects(plan)
        if manifest["kind"] in {"Role", "ClusterRole"}
    }
    for _, binding in objects(plan):
        if binding["kind"] not in {"RoleBinding", "ClusterRoleBinding"}:
            continue
        where = binding["metadata"].get("namespace")
        if where not in {None, case.namespace} or not any(_is(who, case) for who in binding["subjects"]):
            continue
        reference = binding["roleRef"]
        of_role = (reference["kind"], where if reference["kind"] == "Role" else None, reference["name"])
        if any(_grants(rule, case) for rule in roles[of_role]["rules"]):
            return True
    return False


def _is(subject: dict[str, Any], case: Case) -> bool:
    if subject["kind"] == "ServiceAccount":
        return case.who == f"system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return any(role == case.who and subject["name"] == group_of(role) for role in ROLES)


def _grants(rule: dict[str, Any], case: Case) -> bool:
    return (
        case.verb in rule["verbs"]
        and case.group in rule["apiGroups"]
        and (case.resource in rule["resources"] or "*" in rule["resources"])
        and ("resourceNames" not in rule or case.name in rule["resourceNames"])
    )


def test_every_object_is_what_its_schema_allows(plan: Plan) -> None:
    assert refused(plan) == []


@pytest.mark.parametrize("who", [*ROLES, NOBODY, API, ORCHESTRATOR])
def test_everybody_may_do_what_is_expected_and_nothing_else(plan: Plan, who: str) -> None:
    wrong = [str(case) for case in CASES if case.who == who and allows(plan, case) is not case.allowed]
    assert wrong == []


def test_nothing_is_granted_by_a_star() -> None:
    for grant in RULES:
        assert "*" not in {*grant.verbs, *grant.groups, *grant.resources}


def test_a_role_holds_in_the_platforms_namespaces_and_nowhere_else(plan: Plan) -> None:
    bound = {
        manifest["metadata"]["namespace"]
        for _, manifest in objects(plan)
        if manifest["kind"] == "RoleBinding" and manifest["roleRef"]["name"] == "platform-operator"
    }
    assert bound == set(NAMESPACES)


def test_what_is_bound_everywhere_touches_nothing_in_a_namespace(plan: Plan) -> None:
    for _, binding in objects(plan):
        if binding["kind"] == "ClusterRoleBinding":
            assert binding["roleRef"]["name"].endswith("-cluster")


def test_a_role_that_nobody_has_is_there_and_bound_to_nobody() -> None:
    plan = access(groups={})
    assert "platform-operator" in names(plan, "ClusterRole")
    assert not names(plan, "ClusterRoleBinding")
    assert names(plan, "RoleBinding") == {"orchestrator-lease"}


def test_the_lease_is_made_empty_and_what_its_holder_writes_is_left_alone(plan: Plan) -> None:
    assert "spec" not in of(plan, "Lease")
    (lease,) = [resource for resource in plan if resource.type.endswith(":Lease")]
    assert list(lease.options.ignore_changes) == ["spec"]
    (role,) = [manifest for _, manifest in objects(plan) if manifest["kind"] == "Role"]
    (rule,) = role["rules"]
    assert rule["resourceNames"] == [of(plan, "Lease")["metadata"]["name"]]
    assert "create" not in rule["verbs"], "it cannot be granted by name"
