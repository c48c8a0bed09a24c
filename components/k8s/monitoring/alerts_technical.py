"""Alerts about services and their pods: do they answer, start, and become new versions?"""

from __future__ import annotations

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group, literal
from components.k8s.places import TRADING

__all__ = ["services"]


_BUSY = "namespace_service:api_requests:rate5m > 0.1"
"""With fewer requests a share of them says little."""


def services(limits: Limits) -> Group:
    """What is wrong with something that runs."""
    return Group(name="alerts-services", rules=(*_answering(limits), *_PODS, *_VERSIONS))


def _answering(limits: Limits) -> tuple[Alert, ...]:
    # A service without any pod has no series: the list says who must be there.
    wanted = " or ".join(f'label_replace(vector(1), "job", "{name}", "", "")' for name in limits.services)
    return (
        Alert(
            name="ServiceDown",
            expr=f'({wanted}) unless on (job) up{{namespace="{TRADING}"}} == 1',
            for_="2m",
            severity="page",
            summary="{{ $labels.job }} is down",
            description="No pod of {{ $labels.job }} answers.",
        ),
        Alert(
            name="TargetDown",
            expr="up == 0",
            for_="15m",
            severity="ticket",
            summary="{{ $labels.job }} cannot be measured",
            description="{{ $labels.instance }} of {{ $labels.job }} in {{ $labels.namespace }} does not "
            "answer Prometheus.",
        ),
        Alert(
            name="ProbeFailing",
            expr="probe_success == 0",
            for_="3m",
            severity="page",
            summary="{{ $labels.instance }} does not answer",
            description="{{ $labels.instance }} fails as customers reach it: name, certificate, "
            "balancer, gateway and service are all in between.",
        ),
        Alert(
            name="AnswersSlow",
            expr="namespace_service:api_request_duration_seconds:p95_rate5m > "
            f"{literal(limits.latency_seconds)} and on (namespace, service) {_BUSY}",
            for_="15m",
            severity="ticket",
            summary="{{ $labels.service }} answers slowly",
            description="One request in twenty to {{ $labels.service }} takes longer than "
            f"{{{{ $value | humanizeDuration }}}}; {literal(limits.latency_seconds)} s should be enough.",
        ),
        Alert(
            name="GatewayErrorRatioHigh",
            expr="gateway:http_errors:ratio_rate5m > 0.05 and on (namespace) "
            "gateway:http_requests:rate5m > 0.1",
            for_="5m",
            severity="page",
            summary="The gateway answers with errors",
            description="{{ $value | humanizePercentage }} of the gateway's answers are errors; the "
            "services may not even see these requests.",
        ),
    )


_POD = "{{ $labels.namespace }}/{{ $labels.pod }}"

_PODS = (
    Alert(
        name="PodCrashLooping",
        expr='max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) >= 1',
        for_="10m",
        severity="ticket",
        summary=f"{_POD} crashes again and again",
        description=f"Container {{{{ $labels.container }}}} of {_POD} is started, ends, and is held back.",
    ),
    Alert(
        name="PodOutOfMemory",
        expr="""
            increase(kube_pod_container_status_restarts_total[15m]) > 0
            and on (namespace, pod, container)
            kube_pod_container_status_last_terminated_reason{reason="OOMKilled"} == 1""",
        for_="0s",
        severity="ticket",
        summary=f"{_POD} had not enough memory",
        description=f"Container {{{{ $labels.container }}}} of {_POD} was killed at its memory limit.",
    ),
    Alert(
        name="ImageNotPulled",
        expr="""
            max by (namespace, pod, container, reason) (
              kube_pod_container_status_waiting_reason{reason=~"ImagePullBackOff|ErrImagePull|InvalidImageName"}
            ) == 1""",
        for_="10m",
        severity="ticket",
        summary=f"{_POD} has no image",
        description=f"Container {{{{ $labels.container }}}} of {_POD} waits: {{{{ $labels.reason }}}}.",
    ),
    Alert(
        name="PodNotRunning",
        expr='max by (namespace, pod, phase) (kube_pod_status_phase{phase=~"Pending|Unknown"}) == 1',
        for_="15m",
        severity="ticket",
        summary=f"{_POD} does not run",
        description=f"{_POD} is {{{{ $labels.phase }}}} for a quarter of an hour.",
    ),
    Alert(
        name="CpuThrottled",
        expr="namespace_pod_container:container_cpu_throttled:ratio_rate5m > 0.25",
        for_="15m",
        severity="ticket",
        summary=f"{_POD} is held back by its CPU limit",
        description=f"Container {{{{ $labels.container }}}} of {_POD} is held back in "
        "{{ $value | humanizePercentage }} of the periods.",
    ),
    Alert(
        name="JobFailed",
        expr='max by (namespace, job_name) (kube_job_failed{condition="true"}) == 1',
        for_="1m",
        severity="ticket",
        summary="Job {{ $labels.namespace }}/{{ $labels.job_name }} failed",
        description="Job {{ $labels.namespace }}/{{ $labels.job_name }} has used up its tries.",
    ),
    Alert(
        name="DisruptionBudgetBlocks",
        expr="""
            max by (namespace, poddisruptionbudget) (
              kube_poddisruptionbudget_status_pod_disruptions_allowed) == 0
            and on (namespace, poddisruptionbudget)
            max by (namespace, poddisruptionbudget) (kube_poddisruptionbudget_status_expected_pods) > 0""",
        for_="1h",
        severity="ticket",
        summary="No pod of {{ $labels.poddisruptionbudget }} may be moved",
        description="{{ $labels.namespace }}/{{ $labels.poddisruptionbudget }} allows no disruption for "
        "an hour: nodes with its pods can be neither drained nor replaced.",
    ),
)


def _too_few(kind: str, name: str, has: str, wants: str) -> Alert:
    return Alert(
        name=f"{kind}TooFewPods",
        expr=f"max by (namespace, {name}) ({has}) < max by (namespace, {name}) ({wants})",
        for_="15m",
        severity="ticket",
        summary=f"{{{{ $labels.namespace }}}}/{{{{ $labels.{name} }}}} has too few pods",
        description=f"Only {{{{ $value }}}} pods of {{{{ $labels.namespace }}}}/{{{{ $labels.{name} }}}} "
        f"are ready.",
    )


_VERSIONS = (
    _too_few(
        "Deployment",
        "deployment",
        "kube_deployment_status_replicas_available",
        "kube_deployment_spec_replicas",
    ),
    _too_few(
        "StatefulSet", "statefulset", "kube_statefulset_status_replicas_ready", "kube_statefulset_replicas"
    ),
    _too_few(
        "DaemonSet",
        "daemonset",
        "kube_daemonset_status_number_ready",
        "kube_daemonset_status_desired_number_scheduled",
    ),
    _too_few("Rollout", "name", "rollout_info_replicas_available", "rollout_info_replicas_desired"),
    Alert(
        name="DeploymentStuck",
        expr="""
            max by (namespace, deployment) (
              kube_deployment_status_condition{condition="Progressing",status="false"}) == 1""",
        for_="5m",
        severity="ticket",
        summary="{{ $labels.namespace }}/{{ $labels.deployment }} does not become its new version",
        description="{{ $labels.namespace }}/{{ $labels.deployment }} went beyond its deadline; the old "
        "pods go on.",
    ),
    Alert(
        name="RolloutDegraded",
        expr='max by (namespace, name) (rollout_info{phase=~"Degraded|InvalidSpec|Error|Timeout"}) == 1',
        for_="2m",
        severity="ticket",
        summary="The new version of {{ $labels.name }} was taken back",
        description="The rollout of {{ $labels.namespace }}/{{ $labels.name }} was aborted or cannot go "
        "on; the stable version has the traffic.",
    ),
    Alert(
        name="RolloutWaits",
        expr='max by (namespace, name) (rollout_info{phase=~"Paused|Progressing"}) == 1',
        for_="4h",
        severity="ticket",
        summary="The new version of {{ $labels.name }} waits for somebody",
        description="The rollout of {{ $labels.namespace }}/{{ $labels.name }} is under way for four hours: "
        "it is paused, or has too little traffic to be judged by. Two versions serve customers.",
    ),
)
