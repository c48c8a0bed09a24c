from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.gitops import ACCOUNT, KINDS, GitOps, GitOpsArgs
from components.k8s.operator_pods import Situation
from components.k8s.operator_values_delivery import argo_cd
from components.k8s.quiet_hours import busy_windows
from plan.resource import Plan
from tests.components.k8s.support import LABELS, deploy, the
from tests.components.kit import before


def args(**changed: Any) -> GitOpsArgs:
    given: dict[str, Any] = {
        "namespace": "trading",
        "labels": LABELS,
        "repository": "https://git.example.com/trading/manifests.git",
        "path": "prod/us-east-1",
        "revision": "main",
        "busy": busy_windows(["XNYS"]),
    }
    return GitOpsArgs(**{**given, **changed})


@pytest.fixture(scope="module")
def plan() -> Plan:
    told = args()
    return deploy(lambda provider: GitOps("gitops", told, ResourceOptions(provider=provider)))


@pytest.fixture(scope="module")
def project(plan: Plan) -> dict[str, Any]:
    return the(plan, "AppProject")["spec"]


@pytest.fixture(scope="module")
def application(plan: Plan) -> dict[str, Any]:
    return the(plan, "Application")["spec"]


def test_the_repository_cannot_give_itself_rights(project: dict[str, Any]) -> None:
    assert project["clusterResourceWhitelist"] == []
    allowed = {(one["group"], one["kind"]) for one in project["namespaceResourceWhitelist"]}
    for group, kind in (
        ("rbac.authorization.k8s.io", "Role"),
        ("rbac.authorization.k8s.io", "RoleBinding"),
        ("", "Secret"),
        ("", "ResourceQuota"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("*", "*"),
    ):
        assert (group, kind) not in allowed


def test_it_is_one_repository_into_one_namespace(project: dict[str, Any]) -> None:
    assert project["sourceRepos"] == ["https://git.example.com/trading/manifests.git"]
    (destination,) = project["destinations"]
    assert destination["namespace"] == "trading"


def test_argo_cd_acts_as_an_account_that_may_do_just_what_the_project_may(
    plan: Plan, project: dict[str, Any]
) -> None:
    (acting,) = project["destinationServiceAccounts"]
    assert acting["defaultServiceAccount"] == the(plan, "ServiceAccount")["metadata"]["name"] == ACCOUNT
    rules = the(plan, "Role")["rules"]
    assert {(rule["apiGroups"][0], plural) for rule in rules for plural in rule["resources"]} == {
        (group, plural) for group, _, plural in KINDS
    }
    assert "*" not in str(rules)
    allowed = {(one["group"], one["kind"]) for one in project["namespaceResourceWhitelist"]}
    assert allowed == {(group, kind) for group, kind, _ in KINDS}


def test_its_chart_lets_it_act_as_that_account_and_as_no_other() -> None:
    situation = Situation(cluster_name="c", domain="d", highly_available=True, velero_plugin="p")
    _, acts = argo_cd(situation)["controller"]["clusterRoleRules"]["rules"]
    assert acts["resourceNames"] == [ACCOUNT]


def test_what_keda_and_a_rollout_decide_is_left_as_it_is_found(application: dict[str, Any]) -> None:
    left = application["ignoreDifferences"]
    counted = {(one["group"], one["kind"]) for one in left if one.get("jsonPointers") == ["/spec/replicas"]}
    assert counted == {("apps", "Deployment"), ("apps", "StatefulSet"), ("argoproj.io", "Rollout")}
    (weights,) = [one["jqPathExpressions"] for one in left if one["kind"] == "HTTPRoute"]
    assert weights == [".spec.rules[].backendRefs[].weight"]
    assert "RespectIgnoreDifferences=true" in application["syncPolicy"]["syncOptions"], (
        "else they are only not shown, and still overwritten"
    )


def test_through_market_hours_nothing_is_applied_unless_a_person_does_it(project: dict[str, Any]) -> None:
    (window,) = project["syncWindows"]
    assert (window["kind"], window["schedule"], window["duration"]) == ("deny", "0 13 * * 1-5", "8h30m")
    assert window["timeZone"] == "UTC"
    assert window["manualSync"] is True


def test_an_empty_folder_does_not_take_everything_away(application: dict[str, Any]) -> None:
    assert application["syncPolicy"]["automated"]["allowEmpty"] is False


def test_nothing_is_applied_before_the_account_has_its_rights(plan: Plan) -> None:
    (application,) = plan.of_type("kubernetes:argoproj.io/v1alpha1:Application")
    waits = {kind for kind, _ in before(plan, application)}
    assert "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding" in waits
    assert "kubernetes:argoproj.io/v1alpha1:AppProject" in waits


@pytest.mark.parametrize("path", ["/etc", "../other", "prod/../../x"])
def test_a_folder_outside_the_repositorys_own_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="expected a folder in the repository"):
        args(path=path)


def test_a_repository_that_is_not_read_over_tls_is_refused() -> None:
    with pytest.raises(ValueError, match="begins with https://"):
        args(repository="http://git.example.com/x.git")
