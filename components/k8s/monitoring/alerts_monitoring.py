"""Alerts about the alarms themselves: who watches the watchers."""

from __future__ import annotations

from components.k8s.monitoring.rule_file import Alert, Group

__all__ = ["WATCHDOG", "monitoring"]

WATCHDOG = "Watchdog"
"""Always rings: whoever does not hear it knows that no alarm would arrive."""


def monitoring() -> Group:
    """What keeps an alarm from being raised or delivered."""
    return Group(name="alerts-monitoring", rules=(*_PROMETHEUS, *_ALERTMANAGER, *_OPERATORS))


_PROMETHEUS = (
    Alert(
        name=WATCHDOG,
        expr="vector(1)",
        for_="0s",
        severity="none",
        summary="Alarms work",
        description="This alert always rings. The heartbeat service tells somebody when it stops hearing it.",
    ),
    Alert(
        name="RulesFailing",
        expr="sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[5m])) > 0",
        for_="15m",
        severity="page",
        summary="Rules cannot be worked out",
        description="Rules of {{ $labels.rule_group }} fail: their alerts cannot ring, autoscalers that "
        "read them are blind.",
    ),
    Alert(
        name="RulesLate",
        expr="sum by (rule_group) (increase(prometheus_rule_group_iterations_missed_total[5m])) > 0",
        for_="15m",
        severity="ticket",
        summary="Rules are worked out too slowly",
        description="{{ $labels.rule_group }} leaves out evaluations: alerts ring late.",
    ),
    Alert(
        name="PrometheusConfigBroken",
        expr="min(prometheus_config_last_reload_successful) == 0",
        for_="10m",
        severity="ticket",
        summary="Prometheus runs an old configuration",
        description="The newest configuration was refused; what was added since is not watched.",
    ),
    Alert(
        name="PrometheusWithoutAlertmanager",
        expr="max(prometheus_notifications_alertmanagers_discovered) < 1",
        for_="5m",
        severity="page",
        summary="Prometheus finds no Alertmanager",
        description="Alerts are raised and go nowhere; only the heartbeat's silence tells.",
    ),
    Alert(
        name="AlertsDropped",
        expr="sum(increase(prometheus_notifications_dropped_total[5m])) > 0",
        for_="10m",
        severity="page",
        summary="Alerts get lost",
        description="Prometheus could not hand over {{ $value | humanize }} alerts within five minutes.",
    ),
    Alert(
        name="PrometheusCompactionFailing",
        expr="sum(increase(prometheus_tsdb_compactions_failed_total[3h])) > 0",
        for_="1h",
        severity="ticket",
        summary="Prometheus cannot tidy its disk",
        description="Compactions fail: queries get slow and the disk fills up.",
    ),
)

_ALERTMANAGER = (
    Alert(
        name="AlertmanagerConfigBroken",
        expr="min(alertmanager_config_last_reload_successful) == 0",
        for_="10m",
        severity="page",
        summary="Alertmanager runs an old configuration",
        description="The newest configuration was refused: new receivers hear nothing.",
    ),
    Alert(
        name="AlertmanagerFailing",
        expr="""
            sum by (integration) (rate(alertmanager_notifications_failed_total[15m]))
            / (sum by (integration) (rate(alertmanager_notifications_total[15m])) > 0) > 0.01""",
        for_="5m",
        severity="page",
        summary="{{ $labels.integration }} does not take alerts",
        description="{{ $value | humanizePercentage }} of the notifications to {{ $labels.integration }} "
        "fail.",
    ),
    Alert(
        name="AlertmanagersApart",
        expr="min(alertmanager_cluster_members) < max(prometheus_notifications_alertmanagers_discovered)",
        for_="15m",
        severity="ticket",
        summary="Alertmanagers do not see each other",
        description="They tell everything twice, and a silence holds in one of them only.",
    ),
)

_OPERATORS = (
    Alert(
        name="MonitorsRejected",
        expr='sum by (resource) (prometheus_operator_managed_resources{state="rejected"}) > 0',
        for_="5m",
        severity="ticket",
        summary="{{ $labels.resource }} objects were refused",
        description="The Prometheus operator refused {{ $value }} objects of kind "
        "{{ $labels.resource }}: what they ask for is not done.",
    ),
    Alert(
        name="OperatorFailing",
        expr="sum by (controller) (increase(prometheus_operator_reconcile_errors_total[15m])) > 3",
        for_="15m",
        severity="ticket",
        summary="The Prometheus operator fails",
        description="Controller {{ $labels.controller }} fails: changes of rules and monitors do not arrive.",
    ),
    Alert(
        name="DnsNotSynced",
        expr="time() - max(external_dns_controller_last_sync_timestamp_seconds) > 1800",
        for_="5m",
        severity="ticket",
        summary="DNS records are not kept in line",
        description="external-dns last succeeded {{ $value | humanizeDuration }} ago.",
    ),
    Alert(
        name="GitopsOutOfSync",
        expr='max by (name) (argocd_app_info{sync_status!="Synced"}) == 1',
        for_="30m",
        severity="ticket",
        summary="{{ $labels.name }} is not what the repository says",
        description="Argo CD cannot bring {{ $labels.name }} in line with its repository, or somebody "
        "changed it by hand.",
    ),
)
