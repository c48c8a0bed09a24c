"""Lower half of the dashboard for operations: pods, machines, new versions, data, and those who watch."""

from __future__ import annotations

from components.k8s.backup import LAST_SUCCESS, OLDEST
from components.k8s.monitoring.dashboards.panels import (
    ANYWHERE,
    NODES,
    RATE,
    SCRAPED,
    WITHIN,
    Query,
    Row,
    Steps,
    above,
    bars,
    curve,
    number,
)
from components.k8s.monitoring.limits import Limits

__all__ = ["data", "machines", "pods", "releases", "watchers"]


def pods() -> Row:
    """What runs, and what keeps it from running."""
    blocked = (
        f"kube_poddisruptionbudget_status_pod_disruptions_allowed{{{WITHIN}}} == 0"
        f" and kube_poddisruptionbudget_status_expected_pods{{{WITHIN}}} > 0"
    )
    return Row(
        "Pods",
        (
            curve(
                "Pods by phase",
                "short",
                "Pending pods wait for a machine or an image; failed ones were thrown out.",
                Query(f"sum by (phase) (kube_pod_status_phase{{{WITHIN}}})", "{{phase}}"),
                stacked=True,
                alert="PodNotRunning",
            ),
            curve(
                "Restarts",
                "short",
                "Containers that were started again within the last hour, the ten worst pods.",
                Query(
                    "topk(10, sum by (namespace, pod)"
                    f" (increase(kube_pod_container_status_restarts_total{{{WITHIN}}}[1h])))",
                    "{{namespace}}/{{pod}}",
                ),
                alert="PodCrashLooping",
            ),
            curve(
                "CPU held back",
                "percentunit",
                "Share of its scheduling periods in which a container with a CPU limit had to wait."
                " Services have no such limit: who is here slows itself down.",
                Query(
                    "topk(10, max by (namespace, container)"
                    f" (namespace_pod_container:container_cpu_throttled:ratio_rate5m{{{WITHIN}}}))",
                    "{{namespace}}/{{container}}",
                ),
                maximum=1,
                steps=above(0.25, 0.5),
                alert="CpuThrottled",
            ),
            number(
                "Budgets with nothing to spare",
                "short",
                "Pods of these disruption budgets cannot be moved now, so their machines cannot be renewed.",
                Query(f"count({blocked}) or vector(0)", "budgets"),
                steps=Steps("green", ((1, "yellow"),)),
                alert="DisruptionBudgetBlocks",
            ),
            bars(
                "Quotas",
                "percentunit",
                "Used of what a namespace may have. At the end no pod is started any more.",
                Query(
                    "max by (namespace, resource)"
                    f" (namespace_resourcequota:kube_resourcequota:ratio{{{WITHIN}}})",
                    "{{namespace}} {{resource}}",
                ),
                maximum=1,
                steps=above(0.8, 0.95),
                alert="QuotaNearlyUsed",
            ),
            bars(
                "Volumes",
                "percentunit",
                "Used of each volume.",
                Query(
                    "max by (namespace, persistentvolumeclaim)"
                    f" (namespace_persistentvolumeclaim:volume_used:ratio{{{WITHIN}}})",
                    "{{namespace}}/{{persistentvolumeclaim}}",
                ),
                maximum=1,
                steps=above(0.8, 0.9),
                alert="VolumeAlmostFull",
            ),
        ),
    )


def machines(*, karpenter: bool) -> Row:
    """What pods run on; ``karpenter`` where Karpenter orders it."""
    panels = [
        curve(
            "CPU of machines",
            "percentunit",
            "Share that was not idle.",
            Query(f"max by (instance) (instance:node_cpu_used:ratio_rate5m{{{NODES}}})", "{{instance}}"),
            maximum=1,
            steps=above(0.8, 0.95),
        ),
        curve(
            "Memory of machines",
            "percentunit",
            "Share that programs hold. Near the end the kernel chooses who dies.",
            Query(f"max by (instance) (instance:node_memory_used:ratio{{{NODES}}})", "{{instance}}"),
            maximum=1,
            steps=above(0.8, 0.95),
            alert="NodeMemoryLow",
        ),
        curve(
            "Pods without a machine",
            "short",
            "No machine takes them: there are too few, or none of the kind that they ask for.",
            Query(f"sum(kube_pod_status_unschedulable{{{WITHIN}}}) or vector(0)", "pods"),
            steps=Steps("green", ((1, "red"),)),
            alert="PodsUnschedulable",
        ),
    ]
    if karpenter:
        by = "max by (nodepool, resource_type)"
        panels += [
            bars(
                "Machines made by Karpenter",
                "percentunit",
                "Of what each pool may make. At 1 it makes no more, whoever waits.",
                Query(
                    f"{by} (karpenter_nodepools_usage{{{ANYWHERE}}})"
                    f" / {by} (karpenter_nodepools_limit{{{ANYWHERE}}})",
                    "{{nodepool}} {{resource_type}}",
                ),
                width=12,
                maximum=1,
                steps=above(0.8, 0.95),
                alert="MachinePoolNearLimit",
            ),
            curve(
                "Machines refused by the cloud",
                "cps",
                "Orders that the cloud did not fill, a second, by reason. No capacity of a kind is"
                " the usual one: Karpenter then takes another kind.",
                Query(
                    f"sum by (error) (rate(karpenter_cloudprovider_errors_total{{{ANYWHERE}}}[{RATE}]))",
                    "{{error}}",
                ),
                width=12,
                alert="MachinesRefused",
            ),
        ]
    return Row("Machines", tuple(panels))


def releases() -> Row:
    """What is being replaced."""
    return Row(
        "New versions",
        (
            curve(
                "Rollouts by phase",
                "short",
                "Paused ones wait for a person, degraded ones were taken back.",
                Query(f"sum by (phase) (rollout_info{{{WITHIN}}})", "{{phase}}"),
                stacked=True,
                alert="RolloutDegraded",
            ),
            curve(
                "Pods that a rollout lacks",
                "short",
                "Wanted and not available: they start, fail or wait for a machine.",
                Query(
                    f"sum by (name) (rollout_info_replicas_unavailable{{{WITHIN}}})",
                    "{{name}}",
                ),
                alert="RolloutDegraded",
            ),
            curve(
                "Judgements of new versions",
                "short",
                "What each measure of a running or kept analysis says.",
                Query(
                    f"sum by (metric, phase) (analysis_run_metric_phase{{{WITHIN}}})",
                    "{{metric}} {{phase}}",
                ),
                alert="RolloutWaits",
            ),
        ),
    )


def data(limits: Limits) -> Row:
    """What could be lost."""
    panels = [
        number(
            "Hours since the last backup",
            "h",
            "By schedule, without those that people made by hand. Somebody is told after "
            + ", ".join(f"{seconds // 3600} ({name})" for name, seconds in OLDEST.items())
            + " hours.",
            Query(
                f'(time() - max by (schedule) ({LAST_SUCCESS}{{{ANYWHERE}, schedule!=""}})) / 3600',
                "{{schedule}}",
            ),
            steps=above(OLDEST["daily"] / 3600, OLDEST["weekly"] / 3600),
            decimals=1,
            alert="BackupMissing",
        ),
        number(
            "Backups that failed",
            "short",
            "Within a day, those that miss something among them.",
            *(
                Query(
                    f"sum by (schedule) (increase(velero_backup_{kind}_total{{{ANYWHERE}}}[1d]))",
                    f"{{{{schedule}}}} {word}",
                )
                for kind, word in (("failure", "failed"), ("partial_failure", "in part"))
            ),
            steps=Steps("green", ((1, "red"),)),
            decimals=0,
            alert="BackupFailed",
        ),
    ]
    if limits.standby:
        panels.append(
            curve(
                "Database of the other region",
                "s",
                "How far it is behind: so much would be lost with this region.",
                Query(f"max(database_replica_lag_seconds{{{SCRAPED}}})", "behind"),
                steps=above(limits.rpo_seconds / 2, limits.rpo_seconds),
                alert="ReplicationLagHigh",
            )
        )
    return Row("Data", tuple(panels))


def watchers() -> Row:
    """Who tells if all this goes wrong."""
    return Row(
        "Those who watch",
        (
            number(
                "Targets that do not answer",
                "short",
                "Nobody knows how these are: an alert about them cannot ring.",
                Query(f"count(up{{{SCRAPED}}} == 0) or vector(0)", "targets"),
                width=6,
                height=6,
                steps=Steps("green", ((1, "red"),)),
                alert="TargetDown",
            ),
            curve(
                "Series in memory",
                "short",
                "Of Prometheus. It grows with pods and labels, and memory with it.",
                Query(f"max(prometheus_tsdb_head_series{{{ANYWHERE}}})", "series"),
                width=6,
                height=6,
            ),
            curve(
                "Rules that failed",
                "cps",
                "Rules that could not be worked out or were left out, a second. Alerts among them are mute.",
                Query(
                    "sum by (rule_group)"
                    f" (rate(prometheus_rule_evaluation_failures_total{{{ANYWHERE}}}[{RATE}]))",
                    "{{rule_group}} failed",
                ),
                Query(
                    "sum by (rule_group)"
                    f" (rate(prometheus_rule_group_iterations_missed_total{{{ANYWHERE}}}[{RATE}]))",
                    "{{rule_group}} left out",
                ),
                width=6,
                height=6,
                alert="RulesFailing",
            ),
            curve(
                "Messages that did not go out",
                "cps",
                "Alerts that Alertmanager could not deliver, a second.",
                Query(
                    "sum by (integration)"
                    f" (rate(alertmanager_notifications_failed_total{{{ANYWHERE}}}[{RATE}]))",
                    "{{integration}}",
                ),
                width=6,
                height=6,
                alert="AlertmanagerFailing",
            ),
        ),
    )
