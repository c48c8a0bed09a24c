"""Alerts about what the platform stands on: machines, disks, clocks, the API server."""

from __future__ import annotations

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group, literal

__all__ = ["cluster"]

_CLAIM = "{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }}"


def cluster(limits: Limits) -> Group:
    """What every service would suffer from."""
    return Group(name="alerts-cluster", rules=(*_MACHINES, *_clocks(limits), *_DISKS, *_API))


_READY = 'kube_node_status_condition{condition="Ready",status="true"}'

_MACHINES = (
    Alert(
        name="NodeNotReady",
        expr=f"max by (node) ({_READY}) == 0",
        for_="5m",
        severity="ticket",
        summary="{{ $labels.node }} is not ready",
        description="{{ $labels.node }} does not report to the cluster; its pods are replaced elsewhere.",
    ),
    Alert(
        name="ManyNodesNotReady",
        expr=f"avg(max by (node) ({_READY})) < 0.8",
        for_="3m",
        severity="page",
        summary="Only {{ $value | humanizePercentage }} of the machines are ready",
        description="{{ $value | humanizePercentage }} of the machines report to the cluster: a zone, "
        "the network or the control plane is in trouble.",
    ),
    Alert(
        name="NodeUnderPressure",
        expr="""
            max by (node, condition) (
              kube_node_status_condition{
                condition=~"MemoryPressure|DiskPressure|PIDPressure",status="true"}) == 1""",
        for_="5m",
        severity="ticket",
        summary="{{ $labels.node }} has {{ $labels.condition }}",
        description="{{ $labels.node }} evicts pods: {{ $labels.condition }}.",
    ),
    Alert(
        name="NodeMemoryLow",
        expr="instance:node_memory_used:ratio > 0.95",
        for_="10m",
        severity="ticket",
        summary="{{ $labels.instance }} has hardly any memory left",
        description="{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its memory.",
    ),
)


def _clocks(limits: Limits) -> tuple[Alert, ...]:
    return (
        Alert(
            name="ClockSkew",
            expr=f"max by (instance) (abs(node_timex_offset_seconds)) > {literal(limits.clock_seconds)}",
            for_="5m",
            severity="page",
            summary="The clock of {{ $labels.instance }} is wrong",
            description="The clock of {{ $labels.instance }} is {{ $value | humanizeDuration }} off: "
            "timestamps of orders are no evidence any more, tokens may be refused.",
        ),
        Alert(
            name="ClockNotSynchronised",
            expr="max by (instance) (node_timex_sync_status) == 0",
            for_="15m",
            severity="ticket",
            summary="The clock of {{ $labels.instance }} follows nothing",
            description="{{ $labels.instance }} has no time source; its clock drifts.",
        ),
    )


_DISKS = (
    Alert(
        name="VolumeFilling",
        expr="""
            namespace_persistentvolumeclaim:volume_used:ratio > 0.85
            and on (namespace, persistentvolumeclaim)
            max by (namespace, persistentvolumeclaim) (
              predict_linear(kubelet_volume_stats_available_bytes[6h], 345600)) < 0""",
        for_="1h",
        severity="ticket",
        summary=f"{_CLAIM} will be full within four days",
        description=f"{_CLAIM} is {{{{ $value | humanizePercentage }}}} full and growing.",
    ),
    Alert(
        name="VolumeAlmostFull",
        expr="namespace_persistentvolumeclaim:volume_used:ratio > 0.97",
        for_="1m",
        severity="page",
        summary=f"{_CLAIM} is full",
        description=f"{_CLAIM} is {{{{ $value | humanizePercentage }}}} full: what writes to it stops.",
    ),
    Alert(
        name="VolumeFilesNearlyUsed",
        expr="""
            max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_inodes_free)
            / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_inodes > 0) < 0.05""",
        for_="15m",
        severity="ticket",
        summary=f"{_CLAIM} can take hardly any more files",
        description=f"{_CLAIM} has {{{{ $value | humanizePercentage }}}} of its inodes left.",
    ),
    Alert(
        name="VolumeNotBound",
        expr="""
            max by (namespace, persistentvolumeclaim, phase) (
              kube_persistentvolumeclaim_status_phase{phase=~"Pending|Lost"}) == 1""",
        for_="15m",
        severity="ticket",
        summary=f"{_CLAIM} has no disk",
        description=f"{_CLAIM} is {{{{ $labels.phase }}}}.",
    ),
    Alert(
        name="NodeDiskFilling",
        expr="""
            max by (instance, mountpoint) (
              node_filesystem_avail_bytes{fstype!~"tmpfs|ramfs"} / node_filesystem_size_bytes > 0) < 0.1""",
        for_="15m",
        severity="ticket",
        summary="A disk of {{ $labels.instance }} fills up",
        description="{{ $labels.mountpoint }} of {{ $labels.instance }} has "
        "{{ $value | humanizePercentage }} left.",
    ),
)

_API = (
    Alert(
        name="ApiServerErrors",
        expr="""
            sum(rate(apiserver_request_total{code=~"5.."}[5m]))
            / (sum(rate(apiserver_request_total[5m])) > 0) > 0.05""",
        for_="10m",
        severity="page",
        summary="The API server fails",
        description="{{ $value | humanizePercentage }} of the requests to the API server fail: nothing "
        "is scaled, replaced or rolled out.",
    ),
    Alert(
        name="ApiServerSlow",
        expr="""
            histogram_quantile(0.99, sum by (le, verb) (
              rate(apiserver_request_duration_seconds_bucket{verb=~"GET|POST|PUT|PATCH|DELETE"}[5m]))) > 1""",
        for_="15m",
        severity="ticket",
        summary="The API server is slow",
        description="One {{ $labels.verb }} in a hundred takes longer than {{ $value | humanizeDuration }}.",
    ),
)
