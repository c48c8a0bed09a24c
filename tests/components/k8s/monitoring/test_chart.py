from __future__ import annotations

from typing import Any

import pytest

from components.k8s.monitoring.alertmanager import SECRET, Receivers
from components.k8s.monitoring.chart import ChartArgs, values
from components.k8s.monitoring.grafana import LABEL
from components.k8s.operator_table import OPERATORS
from components.k8s.places import MONITORING


def told(**changed: Any) -> dict[str, Any]:
    args: dict[str, Any] = {
        "environment": "prod",
        "region": "us-east-1",
        "cluster_name": "trading-prod",
        "retention_days": 45,
        "disk_gib": 200,
        "replicas": 2,
        "storage_class": "encrypted",
        "receivers": Receivers(chat=True),
    }
    return values(ChartArgs(**(args | changed)))


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    return told()["kube-prometheus-stack"]


def test_values_are_for_operators_that_there_are() -> None:
    assert told().keys() <= OPERATORS.keys()


def test_rules_and_monitors_count_wherever_they_are_and_whoever_made_them(stack: dict[str, Any]) -> None:
    spec = stack["prometheus"]["prometheusSpec"]
    for kind in ("rule", "serviceMonitor", "podMonitor", "probe"):
        assert spec[f"{kind}SelectorNilUsesHelmValues"] is False
        assert spec[f"{kind}Selector"] == {}
        assert spec[f"{kind}NamespaceSelector"] == {}


def test_no_alert_rings_that_has_no_section_in_our_runbook(stack: dict[str, Any]) -> None:
    assert stack["defaultRules"]["create"] is False


def test_what_only_the_cloud_can_reach_is_not_called_down(stack: dict[str, Any]) -> None:
    off = {part for part, said in stack.items() if said == {"enabled": False}}
    assert off == {"coreDns", "kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler"}


def test_the_disk_is_never_full_of_what_prometheus_may_keep() -> None:
    for disk in (20, 50, 200):
        spec = told(disk_gib=disk)["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
        kept = int(spec["retentionSize"].removesuffix("GiB"))
        claimed = spec["storageSpec"]["volumeClaimTemplate"]["spec"]["resources"]["requests"]["storage"]
        assert claimed == f"{disk}Gi"
        assert 0.7 * disk < kept < 0.9 * disk


def test_two_that_measure_the_same_are_never_on_one_machine_and_one_of_them_may_be_moved() -> None:
    for part, spec in (("prometheus", "prometheusSpec"), ("alertmanager", "alertmanagerSpec")):
        two = told()["kube-prometheus-stack"][part]
        assert two[spec]["podAntiAffinity"] == "hard"
        assert two["podDisruptionBudget"]["enabled"] is True
        one = told(replicas=1)["kube-prometheus-stack"][part]
        assert one["podDisruptionBudget"]["enabled"] is False, "a single one would hold up every drain"


def test_silences_and_measurements_outlive_their_pods(stack: dict[str, Any]) -> None:
    for claim in (
        stack["prometheus"]["prometheusSpec"]["storageSpec"]["volumeClaimTemplate"],
        stack["alertmanager"]["alertmanagerSpec"]["storage"]["volumeClaimTemplate"],
    ):
        assert claim["spec"]["storageClassName"] == "encrypted"


def test_without_a_class_the_clusters_own_is_taken() -> None:
    spec = told(storage_class=None)["kube-prometheus-stack"]["prometheus"]["prometheusSpec"]
    assert "storageClassName" not in spec["storageSpec"]["volumeClaimTemplate"]["spec"]


def test_keys_of_receivers_are_mounted_only_where_there_are_any() -> None:
    def secrets(receivers: Receivers) -> list[str]:
        stack = told(receivers=receivers)["kube-prometheus-stack"]
        return stack["alertmanager"]["alertmanagerSpec"]["secrets"]

    assert secrets(Receivers(pager=True)) == [SECRET]
    assert secrets(Receivers()) == [], "a secret that nobody brings would keep the pod from starting"


def test_grafana_has_no_password_and_whoever_the_cluster_lets_through_may_only_look(
    stack: dict[str, Any],
) -> None:
    grafana = stack["grafana"]
    assert grafana["env"]["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert "password" not in str(grafana).lower()
    ini = grafana["grafana.ini"]
    assert ini["auth"]["disable_login_form"] is True
    assert ini["auth.anonymous"] == {"enabled": True, "org_role": "Viewer"}
    assert ini["auth.basic"]["enabled"] is False
    assert ini["auth.generic_oauth"] == {"enabled": False}


def test_people_come_to_grafana_through_the_houses_own_login() -> None:
    login = {"client_id": "grafana", "auth_url": "https://login.example.com/authorize"}
    grafana = told(grafana_login=login, grafana_url="https://grafana.example.com")["kube-prometheus-stack"][
        "grafana"
    ]
    assert grafana["grafana.ini"]["auth.generic_oauth"] == {"enabled": True, **login}
    assert grafana["grafana.ini"]["server"] == {"root_url": "https://grafana.example.com"}


def test_grafana_finds_our_dashboards_and_may_read_no_secret(stack: dict[str, Any]) -> None:
    grafana = stack["grafana"]
    dashboards = grafana["sidecar"]["dashboards"]
    assert (dashboards["label"], dashboards["labelValue"]) == (LABEL, "1")
    assert grafana["rbac"]["namespaced"] is True
    for part in ("dashboards", "datasources"):
        assert grafana["sidecar"][part]["resource"] == "configmap"
        assert grafana["sidecar"][part]["searchNamespace"] == MONITORING


def test_two_clusters_alerts_can_be_told_apart(stack: dict[str, Any]) -> None:
    labels = stack["prometheus"]["prometheusSpec"]["externalLabels"]
    assert labels == {"environment": "prod", "region": "us-east-1", "cluster": "trading-prod"}


def test_who_reports_about_other_namespaces_keeps_their_name() -> None:
    chart = told()
    for monitor in (
        chart["keda"]["prometheus"]["operator"]["serviceMonitor"],
        chart["argo-rollouts"]["controller"]["metrics"]["serviceMonitor"],
    ):
        back, away = monitor["metricRelabelings"]
        assert back["sourceLabels"] == ["exported_namespace"]
        assert back["targetLabel"] == "namespace"
        assert back["regex"] == "(.+)", "series that say no namespace keep the operator's"
        assert away == {"regex": "exported_namespace", "action": "labeldrop"}
    assert chart["external-secrets"]["serviceMonitor"]["honorLabels"] is True
    assert chart["cert-manager"]["prometheus"]["servicemonitor"]["honorLabels"] is True
