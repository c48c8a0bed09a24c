"""Who watches the services and scales them: the settings as the rooms' arguments, a function a room.

`stacks.workloads` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import pulumi

from components.k8s import entry
from components.k8s.autoscaling import Autoscaling, AutoscalingArgs
from components.k8s.market_hours import MarketHours, MarketHoursArgs
from components.k8s.monitoring import alertmanager
from components.k8s.monitoring.elk import Elk, ElkArgs
from components.k8s.monitoring.grafana import Dashboards, Grafana, GrafanaArgs
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.prometheus import Measured, Probe, Prometheus, PrometheusArgs
from components.k8s.namespaces import Namespace
from components.k8s.places import GATEWAY, MONITORING
from components.k8s.right_sizing import RightSizing, RightSizingArgs
from components.k8s.secrets import Secrets, SecretsArgs
from components.k8s.triggers import Trigger, floor, latency, queue, requests, volatility, volume
from config.services import Service
from stacks.cluster_place import ClusterPlace
from stacks.operator_rooms import ELASTICSEARCH_CPU, ELASTICSEARCH_MEMORY, receivers
from stacks.service_rooms import replicas

__all__ = [
    "alarm_secrets",
    "autoscaling",
    "dashboards",
    "logs",
    "market_hours",
    "prometheus",
    "right_sizing",
    "service_secrets",
]

RUNBOOKS: Final = "docs/runbooks/alerts.md"
CRITICAL: Final = "system-node-critical"
"""Without it a full machine would lose the logs that say why it is full."""
FALLBACK_SHARE: Final = 10
"""Of the most pods that a service may have, a tenth is held while Prometheus is away."""
FORECAST_SHARE: Final = 2
"""A forecast alone brings half of the pods at most: it is a guess."""
KINDS: Final[Mapping[str, str]] = {
    "web": "argoproj.io/v1alpha1/Rollout",
    "worker": "apps/v1/Deployment",
    "singleton": "apps/v1/StatefulSet",
    "observer": "apps/v1/Deployment",
}
SCALED: Final = {"web": "Rollout", "worker": "Deployment"}


def service_secrets(at: ClusterPlace) -> Secrets | None:
    """Copies of what the services may read, each for the one that declares it."""
    keys = at.region.operators.secret_keys
    wanted = {
        name: {secret: keys[secret] for secret in service.secrets}
        for name, service in at.settings.services.items()
        if service.secrets
    }
    return _secrets(at, "secrets", at.namespace, wanted)


def alarm_secrets(at: ClusterPlace) -> Secrets | None:
    """Copies of the keys of whoever is told by alarms, as the files that Alertmanager reads."""
    told, keys = at.settings.monitoring, at.region.operators.secret_keys
    secrets = {
        "pager": told.pager,
        "chat": told.chat,
        "heartbeat": told.heartbeat,
        "mail-password": told.mail.secret if told.mail else None,
    }
    wanted = {file: secrets[file] for file in alertmanager.files(receivers(at))}
    said = {file: keys[secret] for file, secret in wanted.items() if secret is not None}
    return _secrets(at, "alarm-secrets", at.standing[MONITORING], {alertmanager.SECRET: said} if said else {})


def _secrets(
    at: ClusterPlace,
    name: str,
    namespace: pulumi.Input[str],
    wanted: Mapping[str, Mapping[str, pulumi.Input[str]]],
) -> Secrets | None:
    if not wanted:
        return None
    return Secrets(
        at.named(name),
        SecretsArgs(
            namespace=namespace,
            labels=at.labels,
            provider=at.region.operators.secret_provider,
            secrets=wanted,
            after=at.after("external-secrets.io/ExternalSecret"),
        ),
        at.inside,
    )


def limits(at: ClusterPlace) -> Limits:
    """What the environment promises and may cost."""
    settings = at.settings
    return Limits(
        services=list(settings.services),
        budget=settings.budget.monthly,
        availability=Decimal(str(settings.objectives.availability)),
        volatility=Decimal(str(settings.scaling.volatility)),
        latency_seconds=Decimal(settings.scaling.latency_milliseconds) / 1000,
        queue_length=int(settings.scaling.queue_per_worker * max(map(_most, settings.services.values()))),
        standby=settings.cloud.dr_region is not None,
    )


def prometheus(at: ClusterPlace, before: Sequence[pulumi.Resource]) -> Prometheus:
    """Rules, alarms, and what is measured."""
    implementation = at.settings.gateway.implementation
    return Prometheus(
        at.named("prometheus"),
        PrometheusArgs(
            labels=at.labels,
            limits=limits(at),
            runbooks=RUNBOOKS,
            namespace=at.standing[MONITORING],
            services_namespace=at.namespace,
            measured=[
                Measured(
                    name="gateway",
                    namespace=GATEWAY,
                    pods=entry.pods(),
                    port=entry.metrics_port(implementation),
                    path="/stats/prometheus" if implementation == "envoy" else "/metrics",
                )
            ],
            probes=[Probe(name="entry", url=f"https://{at.settings.domain}/healthz")],
            after=[*before, *at.after("monitoring.coreos.com/PrometheusRule")],
        ),
        at.inside,
    )


def dashboards(at: ClusterPlace) -> Grafana:
    """What people look at."""
    settings = at.settings
    return Grafana(
        at.named("dashboards"),
        GrafanaArgs(
            namespace=at.standing[MONITORING],
            labels=at.labels,
            dashboards=Dashboards(
                environment=settings.environment,
                region=at.region.region,
                limits=limits(at),
                latency_seconds=settings.scaling.latency_milliseconds / 1000,
                runbooks=RUNBOOKS,
                karpenter=at.region.operators.machines is not None,
                mesh=settings.addons.mesh,
            ),
        ),
        at.inside,
    )


def logs(at: ClusterPlace, namespace: Namespace) -> Elk:
    """Elasticsearch, Kibana and who ships to them."""
    said = at.settings.logs
    assert said is not None  # noqa: S101 - the namespace is there
    return Elk(
        at.named("logs"),
        ElkArgs(
            namespace=namespace.namespace,
            labels=at.labels,
            nodes=said.nodes,
            disk_gib=said.disk_gib,
            cpu=ELASTICSEARCH_CPU,
            memory=ELASTICSEARCH_MEMORY,
            storage_class=at.storage.retained_class,
            kibana_replicas=1 if at.settings.environment == "dev" else 2,
            hot_days=said.hot_days,
            keep_days=said.keep_days,
            audit_days=said.audit_days,
            priority=CRITICAL,
            after=at.after("elasticsearch.k8s.elastic.co/Elasticsearch"),
        ),
        at.inside,
    )


def market_hours(at: ClusterPlace) -> MarketHours:
    """When the exchanges trade, for the service that tells everybody."""
    return MarketHours(
        at.named("market-hours"),
        MarketHoursArgs(namespace=at.namespace, labels=at.labels, calendars=at.settings.market.calendars),
        at.inside,
    )


def autoscaling(at: ClusterPlace, name: str, before: pulumi.Resource) -> Autoscaling | None:
    """How many pods one service has; None for one that has always the same number."""
    service = at.settings.services[name]
    if service.max_replicas is None:
        return None
    least = replicas(at, service)
    return Autoscaling(
        at.named(f"{name}-scaling"),
        AutoscalingArgs(
            service=name,
            namespace=at.namespace,
            labels=at.labels,
            kind="Rollout" if service.kind == "web" else "Deployment",
            minimum=least,
            maximum=service.max_replicas,
            fallback=max(least, service.max_replicas // FALLBACK_SHARE),
            triggers=_triggers(at, name, service, service.max_replicas),
            after=[before, *at.after("keda.sh/ScaledObject")],
        ),
        at.inside,
    )


def _triggers(at: ClusterPlace, name: str, service: Service, most: int) -> list[Trigger]:
    """Who answers customers follows the requests; who computes follows the market and the queue."""
    said = at.settings.scaling
    hours = floor(at.settings.market.calendars, pods=min(said.session_pods, most))
    if service.kind == "web":
        return [
            requests(name, per_pod=said.requests_per_pod),
            latency(
                name,
                per_pod=said.requests_per_pod,
                seconds=said.latency_milliseconds / 1000,
            ),
            *hours,
        ]
    return [
        volume(counted_by=name, per_pod=said.volume_per_pod, forecast_pods=most // FORECAST_SHARE),
        volatility(pods=min(said.volatility_pods, most), above=said.volatility),
        queue(per_worker=said.queue_per_worker),
        *hours,
    ]


def right_sizing(at: ClusterPlace) -> RightSizing:
    """Recommendations of how large each pod should be; nothing is changed."""
    return RightSizing(
        at.named("right-sizing"),
        RightSizingArgs(
            namespace=at.namespace,
            labels=at.labels,
            workloads={name: KINDS[service.kind] for name, service in at.settings.services.items()},
            after=at.after("autoscaling.k8s.io/VerticalPodAutoscaler"),
        ),
        at.inside,
    )


def _most(service: Service) -> int:
    return service.max_replicas or service.replicas
