"""What Prometheus is told: whom to measure, what to work out, when to ring.

The platform's own pods are found as pods, not behind their services: a stable service and its canary's
select the same pods most of the time, and each would be counted twice. The hash of a rollout's version
comes along as a label, by which a canary is compared with the stable version.

An operator's chart brings its own monitor; here are those of whom no chart speaks: the services, the
gateway's pods, and the platform's addresses as its customers see them.

Sources: Prometheus Operator 0.93, *API reference* (PodMonitor, Probe, PrometheusRule).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.monitoring.alerts import files
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import RUNBOOKS
from components.k8s.monitoring.rules import FAST
from components.k8s.objects import custom
from components.k8s.places import MONITORING, TRADING

__all__ = ["BLACKBOX", "Measured", "Probe", "Prometheus", "PrometheusArgs"]

RULE: Final = "monitoring.coreos.com/v1/PrometheusRule"
POD_MONITOR: Final = "monitoring.coreos.com/v1/PodMonitor"
PROBE: Final = "monitoring.coreos.com/v1/Probe"
BLACKBOX: Final = f"blackbox-exporter.{MONITORING}.svc:9115"
"""Who looks at addresses from outside."""
NAME_LABEL: Final = "app.kubernetes.io/name"
VERSION_LABEL: Final = "rollouts-pod-template-hash"
SAMPLES: Final = 20_000
"""Of one pod at most: a label with a customer's name in it must not take everybody's memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Pods that no chart's monitor finds."""

    name: str
    namespace: str
    pods: Mapping[str, str]
    """Labels that select them."""
    port: int
    path: str = "/metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """An address that is called every half minute."""

    name: str
    url: str
    module: str = "https_2xx"
    """What the answer must be: a module of the blackbox exporter's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusArgs:
    """What is measured and promised."""

    labels: Labels
    limits: Limits
    runbooks: str = RUNBOOKS
    """Address of the alerts' runbook; an alert's section is ``#`` and its name in lower case."""
    namespace: pulumi.Input[str] = MONITORING
    services_namespace: pulumi.Input[str] = TRADING
    measured: Sequence[Measured] = ()
    probes: Sequence[Probe] = ()
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of objects, and the webhook that looks at each of them."""


class Prometheus(Part):
    """Rules, monitors, probes."""

    rule_files: Sequence[str]

    def __init__(self, name: str, args: PrometheusArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        rules = files(args.limits, args.runbooks)
        for file, spec in rules.items():
            self._object(f"rules-{file}", RULE, f"platform-{file}", spec)
        self.rule_files = tuple(rules)
        self._services()
        for one in args.measured:
            self._object(f"pods-{one.name}", POD_MONITOR, one.name, _pods(one))
        for one in args.probes:
            self._object(f"probe-{one.name}", PROBE, one.name, _probe(one))
        self.finish()

    def _services(self) -> None:
        """All of the platform's pods that serve HTTP; a new service needs no monitor of its own."""
        part_of = "app.kubernetes.io/part-of"
        spec = {
            "jobLabel": NAME_LABEL,
            "selector": {"matchLabels": {part_of: self._args.labels.tags.project}},
            "podTargetLabels": [VERSION_LABEL],
            "sampleLimit": SAMPLES,
            "podMetricsEndpoints": [
                {"port": "http", "path": "/metrics", "interval": FAST, "scrapeTimeout": "10s"}
            ],
        }
        self._object("services", POD_MONITOR, "services", spec, self._args.services_namespace)

    def _object(
        self,
        child: str,
        kind: str,
        called: str,
        spec: Mapping[str, Any],
        namespace: pulumi.Input[str] | None = None,
    ) -> None:
        custom(
            self.named(child),
            kind,
            ObjectMetaArgs(
                name=called,
                namespace=self._args.namespace if namespace is None else namespace,
                labels=self._args.labels.of("prometheus", "monitoring"),
            ),
            spec,
            ResourceOptions(parent=self, depends_on=[*self._args.after]),
        )


def _pods(one: Measured) -> dict[str, Any]:
    return {
        "jobLabel": NAME_LABEL,
        "selector": {"matchLabels": dict(one.pods)},
        "namespaceSelector": {"matchNames": [one.namespace]},
        "podMetricsEndpoints": [{"portNumber": one.port, "path": one.path, "interval": "30s"}],
    }


def _probe(one: Probe) -> dict[str, Any]:
    return {
        "jobName": "probe",
        "interval": "30s",
        "scrapeTimeout": "10s",
        "module": one.module,
        "prober": {"url": BLACKBOX, "path": "/probe", "scheme": "http"},
        "targets": {"staticConfig": {"static": [one.url]}},
    }
