"""All rules of the platform, by the file that they are kept in.

The chart's own rules are off: what rings here has a section in the runbook and a test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.k8s.monitoring.alerts_cluster import cluster
from components.k8s.monitoring.alerts_cost import cost
from components.k8s.monitoring.alerts_monitoring import monitoring
from components.k8s.monitoring.alerts_recovery import recovery
from components.k8s.monitoring.alerts_scaling import scaling
from components.k8s.monitoring.alerts_security import security
from components.k8s.monitoring.alerts_technical import services
from components.k8s.monitoring.alerts_trading import trading
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import RUNBOOKS, Group, rule_file
from components.k8s.monitoring.rules import recordings
from components.k8s.monitoring.slo import objectives

__all__ = ["files", "groups"]


def groups(limits: Limits) -> dict[str, Sequence[Group]]:
    """By file: recordings first, then what is promised, then what rings."""
    return {
        "recordings": recordings(limits),
        "objectives": objectives(limits),
        "trading": [trading(limits)],
        "technical": [services(limits), scaling(), cluster(limits), monitoring()],
        "security": [security(limits)],
        "recovery": [recovery(limits)],
        "cost": [cost(limits)],
    }


def files(limits: Limits, runbooks: str = RUNBOOKS) -> Mapping[str, dict[str, Any]]:
    """By file, what Prometheus reads: the ``spec`` of a PrometheusRule, or a rule file for promtool."""
    return {name: rule_file(inside, runbooks) for name, inside in groups(limits).items()}
