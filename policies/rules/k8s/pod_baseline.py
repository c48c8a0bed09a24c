"""Pods that cannot reach their node: the baseline level of the Pod Security Standards (v1.37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import known
from policies.views.lists import keeping
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["BASELINE_CAPABILITIES"]

BASELINE_CAPABILITIES: Final = (
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
)
HANDLERS: Final = (
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "lifecycle.postStart",
    "lifecycle.preStop",
)
"""What the kubelet calls in a container."""
CALLS: Final = ("httpGet.host", "tcpSocket.host")


@policy(
    id="k8s-no-privileged",
    title="Containers are not privileged",
    violation="any container, initContainer or ephemeralContainer with securityContext.privileged == true",
    severity="critical",
    category="security",
    reads=pod_reads(*container_reads("securityContext.privileged")),
    fix=Fix(
        "auto",
        "Remove the flag, and add the one capability that is needed.",
        "securityContext: {privileged: false}",
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.8"),
    cis=("K5.2.2",),
)
def no_privileged(subject: Subject) -> Iterator[Judgement]:
    """A privileged container has every device and capability of its node: it is root on the node."""
    for container in subject.view(see_pod).containers:
        flag = container.security("privileged")
        message = f"container {container.name} runs privileged"
        yield fail_if(flag.is_true, flag, message, mend=[flag.becomes(value=False)])


@policy(
    id="k8s-no-host-namespaces",
    title="Pods do not share host PID, IPC or network",
    violation="spec.hostPID, hostIPC or hostNetwork == true",
    severity="high",
    category="security",
    reads=pod_reads("spec.hostPID", "spec.hostIPC", "spec.hostNetwork"),
    parts=("hostPID", "hostIPC", "hostNetwork"),
    fix=Fix("auto", "Remove the field; expose ports through a Service instead.", "hostNetwork: false"),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("K5.2.3", "K5.2.4", "K5.2.5"),
)
def no_host_namespaces(subject: Subject) -> Iterator[Judgement]:
    """A pod in the node's namespaces sees the processes, memory and traffic of every other pod on it."""
    for name in ("hostPID", "hostIPC", "hostNetwork"):
        flag = subject.view(see_pod).spec.key(name)
        message = f"the pod shares the node's {name.removeprefix('host')}"
        yield fail_if(flag.is_true, flag, message, part=name, mend=[flag.becomes(value=False)])


@policy(
    id="k8s-no-host-path",
    title="No hostPath volumes",
    violation="spec.volumes[*].hostPath set (also the sockets of docker and containerd)",
    severity="high",
    category="security",
    reads=pod_reads("spec.volumes[*].hostPath"),
    defaults={"allowedPaths": []},
    fix=Fix("none", "Use a persistentVolumeClaim, emptyDir, configMap or CSI volume.", "emptyDir: {}"),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.8"),
    cis=("K5.2.11",),
)
def no_host_path(subject: Subject) -> Iterator[Judgement]:
    """A path of the node in a pod is a way to its credentials, to its runtime, and out of the pod."""
    allowed = subject.config.texts("allowedPaths")
    for volume in subject.view(see_pod).spec.key("volumes").items():
        mount = volume.key("hostPath")
        permitted = mount.key("path").one_of(allowed) if allowed else known(value=False)
        yield fail_if(
            mount.exists & ~permitted,
            mount,
            f"volume {volume.key('name').text or '?'} mounts {mount.key('path').shown} of the node",
        )


@policy(
    id="k8s-no-host-ports",
    title="No hostPort",
    violation="ports[*].hostPort set and not 0",
    severity="medium",
    category="security",
    reads=pod_reads(*container_reads("ports[*].hostPort")),
    defaults={"allowedPorts": []},
    fix=Fix(
        "auto", "Remove hostPort and expose the port through a Service.", "ports: [{containerPort: 8080}]"
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=("K5.2.12",),
)
def no_host_ports(subject: Subject) -> Iterator[Judgement]:
    """A host port opens the node itself, past every NetworkPolicy, and binds the pod to free nodes."""
    permitted = {0, *subject.config.numbers("allowedPorts")}
    for container in subject.view(see_pod).containers:
        for port in container.node.key("ports").items():
            host = port.key("hostPort")
            taken = host.test(lambda _, host=host: host.number not in permitted)
            message = f"container {container.name} takes port {host.shown} of the node"
            yield fail_if(taken, host, message, mend=[host.removed()])


@policy(
    id="k8s-no-windows-host-process",
    title="No Windows HostProcess containers",
    violation="securityContext.windowsOptions.hostProcess == true at pod or container level",
    severity="high",
    category="security",
    reads=pod_reads(
        "spec.securityContext.windowsOptions.hostProcess",
        *container_reads("securityContext.windowsOptions.hostProcess"),
    ),
    fix=Fix("auto", "Remove the option.", "windowsOptions: {hostProcess: false}"),
    enforcement="MMM",
    soc2=("CC6.1",),
    cis=("K5.2.10",),
)
def no_windows_host_process(subject: Subject) -> Iterator[Judgement]:
    """A HostProcess container is a process of the Windows node with the node's rights."""
    for name, flag in subject.view(see_pod).everywhere("windowsOptions.hostProcess"):
        message = f"{name} runs as a process of the Windows node"
        yield fail_if(flag.is_true, flag, message, mend=[flag.becomes(value=False)])


@policy(
    id="k8s-capabilities-baseline",
    title="Only baseline capabilities may be added",
    violation="capabilities.add holds a value outside the baseline list of the Pod Security Standards",
    severity="high",
    category="security",
    reads=pod_reads(
        *container_reads("securityContext.capabilities.add", "securityContext.capabilities.add[*]")
    ),
    parts=("sys-admin", "other"),
    fix=Fix("auto", "Remove the capability.", "capabilities: {drop: [ALL]}"),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.2.9",),
)
def capabilities_baseline(subject: Subject) -> Iterator[Judgement]:
    """A capability such as SYS_ADMIN or NET_RAW is a piece of root: enough of them are the whole."""
    for container in subject.view(see_pod).containers:
        given = container.security("capabilities.add")
        mend = keeping(given, lambda added: added.text in BASELINE_CAPABILITIES)
        for added in given.items():
            message = f"container {container.name} adds the capability {added.shown}"
            admin = added.one_of(("SYS_ADMIN", "ALL"))
            beyond = added.test(lambda value: value not in BASELINE_CAPABILITIES)
            yield fail_if(admin, added, message, part="sys-admin", mend=mend)
            yield fail_if(beyond & ~admin, added, message, part="other", mend=mend)


@policy(
    id="k8s-probe-no-host",
    title="Probes and lifecycle hooks do not set host",
    violation="httpGet.host or tcpSocket.host set in a probe or in a lifecycle hook",
    severity="medium",
    category="security",
    reads=pod_reads(*container_reads(*(f"{handler}.{call}" for handler in HANDLERS for call in CALLS))),
    fix=Fix(
        "auto",
        "Remove the host: the pod's own address is meant, and a name for it goes into the Host header.",
        "livenessProbe: {httpGet: {path: /live, port: http}}",
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=(),
)
def probe_no_host(subject: Subject) -> Iterator[Judgement]:
    """The node itself asks a probe's host: whoever names one sends it into networks that no pod reaches."""
    for container in subject.view(see_pod).containers:
        for handler in HANDLERS:
            for call in CALLS:
                host = container.node.at(f"{handler}.{call}")
                message = f"{handler} of container {container.name} is sent to {host.shown}"
                yield fail_if(~host.is_empty, host, message, mend=[host.removed()])
