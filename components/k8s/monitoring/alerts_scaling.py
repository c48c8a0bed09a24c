"""Alerts about autoscalers and the machines that they ask for."""

from __future__ import annotations

from components.k8s.monitoring.rule_file import Alert, Group
from components.k8s.places import TRADING

__all__ = ["scaling"]

_SCALER = "{{ $labels.namespace }}/{{ $labels.scaledObject }}"
_HPA = "{{ $labels.namespace }}/{{ $labels.horizontalpodautoscaler }}"


def scaling() -> Group:
    """What keeps the platform from having as many pods as it needs."""
    return Group(name="alerts-scaling", rules=(*_SCALERS, *_CAPACITY))


_SCALERS = (
    Alert(
        name="AutoscalerAtMax",
        expr="""
            max by (namespace, horizontalpodautoscaler) (
              kube_horizontalpodautoscaler_status_current_replicas)
            >= max by (namespace, horizontalpodautoscaler) (
              kube_horizontalpodautoscaler_spec_max_replicas)""",
        for_="10m",
        severity="ticket",
        summary=f"{_HPA} can grow no more",
        description=f"{_HPA} runs {{{{ $value }}}} pods, which is all it may.",
    ),
    Alert(
        name="AutoscalerNotFollowed",
        expr="""
            max by (namespace, horizontalpodautoscaler) (
              kube_horizontalpodautoscaler_status_desired_replicas)
            - max by (namespace, horizontalpodautoscaler) (
              kube_horizontalpodautoscaler_status_current_replicas) > 0""",
        for_="10m",
        severity="page",
        summary=f"{_HPA} wants more pods and does not get them",
        description=f"{_HPA} wants {{{{ $value }}}} pods more than there are.",
    ),
    Alert(
        name="AutoscalerBlind",
        expr="""
            max by (namespace, horizontalpodautoscaler) (
              kube_horizontalpodautoscaler_status_condition{
                condition="ScalingActive",status="false"}) == 1""",
        for_="5m",
        severity="page",
        summary=f"{_HPA} does not scale",
        description=f"{_HPA} cannot read its metrics and leaves the number of pods as it is.",
    ),
    Alert(
        name="ScalerBlind",
        expr="""
            sum by (namespace, scaledObject) (
              label_replace(
                rate(keda_scaler_empty_upstream_responses_total{ignoreNullValues="false"}[5m]),
                "scaledObject", "$1", "scaledResource", "(.*)")
              or rate(keda_scaler_detail_errors_total[5m])) > 0""",
        for_="5m",
        severity="page",
        summary=f"{_SCALER} scales without seeing",
        description=f"KEDA gets no answer for {_SCALER}: its pods are as many as the fallback says.",
    ),
    Alert(
        name="ScalerPaused",
        expr="max by (namespace, scaledObject) (keda_scaled_object_paused) == 1",
        for_="4h",
        severity="ticket",
        summary=f"{_SCALER} is held by hand",
        description=f"Somebody holds the number of pods of {_SCALER} for four hours.",
    ),
    Alert(
        name="MetricsApiUnavailable",
        expr='max by (name) (aggregator_unavailable_apiservice{name=~".*metrics.k8s.io"}) == 1',
        for_="5m",
        severity="page",
        summary="{{ $labels.name }} does not answer",
        description="The API that autoscalers read is away: nothing scales.",
    ),
)

_CAPACITY = (
    Alert(
        name="PodsUnschedulable",
        expr=f'sum by (namespace) (kube_pod_status_unschedulable{{namespace="{TRADING}"}}) > 0',
        for_="10m",
        severity="page",
        summary="{{ $value }} pods find no machine",
        description="{{ $value }} pods of {{ $labels.namespace }} wait for a machine for ten minutes.",
    ),
    Alert(
        name="MachinesRefused",
        expr='sum by (error) (increase(karpenter_cloudprovider_errors_total{method="Create"}[30m])) > 5',
        for_="10m",
        severity="ticket",
        summary="The cloud gives no machines: {{ $labels.error }}",
        description="The cloud refused {{ $value | humanize }} machines within half an hour: "
        "{{ $labels.error }}.",
    ),
    Alert(
        name="MachinePoolNearLimit",
        expr="""
            max by (nodepool, resource_type) (karpenter_nodepools_usage)
            / max by (nodepool, resource_type) (karpenter_nodepools_limit > 0) > 0.9""",
        for_="15m",
        severity="ticket",
        summary="Pool {{ $labels.nodepool }} is nearly as large as it may be",
        description="{{ $labels.nodepool }} has {{ $value | humanizePercentage }} of its "
        "{{ $labels.resource_type }}.",
    ),
    Alert(
        name="QuotaNearlyUsed",
        expr="namespace_resourcequota:kube_resourcequota:ratio > 0.9",
        for_="15m",
        severity="ticket",
        summary="Namespace {{ $labels.namespace }} has nearly all {{ $labels.resource }} that it may have",
        description="{{ $labels.namespace }} uses {{ $value | humanizePercentage }} of its "
        "{{ $labels.resource }}; more pods will be refused.",
    ),
)
