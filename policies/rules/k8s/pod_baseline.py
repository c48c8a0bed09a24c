"""Pods that cannot reach their node: the baseline level of the Pod Security Standards (v1.37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import known
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["APPARMOR_ANNOTATION", "BASELINE_CAPABILITIES", "SAFE_SYSCTLS", "SELINUX_TYPES"]

BASELINE_CAPABILITIES: Final = frozenset(
    [
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
    ]
)
APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
SELINUX_TYPES: Final = frozenset(
    {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
)
SAFE_SYSCTLS: Final = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_notsent_lowat",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_slow_start_after_idle",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    }
)


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
        yield fail_if(flag.is_true, flag, f"container {container.name} runs privileged")


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
        yield fail_if(flag.is_true, flag, f"the pod shares the node's {name.removeprefix('host')}", part=name)


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
            yield fail_if(taken, host, f"container {container.name} takes port {host.shown} of the node")


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
        yield fail_if(flag.is_true, flag, f"{name} runs as a process of the Windows node")


@policy(
    id="k8s-capabilities-baseline",
    title="Only baseline capabilities may be added",
    violation="capabilities.add holds a value outside the baseline list of the Pod Security Standards",
    severity="high",
    category="security",
    reads=pod_reads(*container_reads("securityContext.capabilities.add[*]")),
    parts=("sys-admin", "other"),
    fix=Fix("auto", "Remove the capability.", "capabilities: {drop: [ALL]}"),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.2.9",),
)
def capabilities_baseline(subject: Subject) -> Iterator[Judgement]:
    """A capability such as SYS_ADMIN or NET_RAW is a piece of root: enough of them are the whole."""
    for container in subject.view(see_pod).containers:
        for added in container.security("capabilities.add").items():
            message = f"container {container.name} adds the capability {added.shown}"
            admin = added.one_of(("SYS_ADMIN", "ALL"))
            beyond = added.test(lambda value: value not in BASELINE_CAPABILITIES)
            yield fail_if(admin, added, message, part="sys-admin")
            yield fail_if(beyond & ~admin, added, message, part="other")


@policy(
    id="k8s-apparmor-not-unconfined",
    title="AppArmor profile is not unconfined",
    violation="appArmorProfile.type other than RuntimeDefault or Localhost, or the legacy annotation "
    "other than runtime/default or localhost/*",
    severity="medium",
    category="security",
    reads=pod_reads(
        "metadata.annotations[*]",
        "spec.securityContext.appArmorProfile.type",
        *container_reads("securityContext.appArmorProfile.type"),
    ),
    fix=Fix("auto", "Remove the profile, or use the runtime's.", "appArmorProfile: {type: RuntimeDefault}"),
    enforcement="AMM",
    soc2=("CC6.8",),
    cis=(),
)
def apparmor_not_unconfined(subject: Subject) -> Iterator[Judgement]:
    """An unconfined profile lifts the kernel's last limit on what a broken container may open."""
    pod = subject.view(see_pod)
    for name, profile in pod.everywhere("appArmorProfile.type"):
        loose = profile.test(lambda value: value not in ("RuntimeDefault", "Localhost"))
        yield fail_if(loose, profile, f"{name} has the AppArmor profile {profile.shown}")
    for key, profile in pod.root.at("metadata.annotations").entries():
        if key == "*" or key.startswith(APPARMOR_ANNOTATION):
            loose = profile.test(lambda value: value not in ("", "runtime/default") and not _is_local(value))
            yield fail_if(
                loose, profile, f"container {key.rpartition('/')[2]} has the AppArmor profile {profile.shown}"
            )


def _is_local(value: object) -> bool:
    return isinstance(value, str) and value.startswith("localhost/")


@policy(
    id="k8s-selinux-baseline",
    title="SELinux options stay in the baseline",
    violation="seLinuxOptions.user or role set, or type outside container_t, container_init_t, "
    "container_kvm_t and container_engine_t",
    severity="medium",
    category="security",
    reads=pod_reads(
        *(f"spec.securityContext.seLinuxOptions.{key}" for key in ("type", "user", "role")),
        *container_reads(*(f"securityContext.seLinuxOptions.{key}" for key in ("type", "user", "role"))),
    ),
    fix=Fix(
        "auto", "Remove user and role, and keep a container type.", "seLinuxOptions: {type: container_t}"
    ),
    enforcement="AMM",
    soc2=("CC6.8",),
    cis=(),
)
def selinux_baseline(subject: Subject) -> Iterator[Judgement]:
    """A foreign SELinux user, role or type can hold rights that no container should have."""
    for name, options in subject.view(see_pod).everywhere("seLinuxOptions"):
        kind = options.key("type")
        foreign = kind.test(lambda value: value not in SELINUX_TYPES)
        yield fail_if(foreign, kind, f"{name} has the SELinux type {kind.shown}")
        for key in ("user", "role"):
            value = options.key(key)
            yield fail_if(~value.is_empty, value, f"{name} sets the SELinux {key} {value.shown}")


@policy(
    id="k8s-proc-mount-default",
    title="procMount is Default",
    violation="procMount set and not Default",
    severity="medium",
    category="security",
    reads=pod_reads(*container_reads("securityContext.procMount")),
    fix=Fix("auto", "Remove the field.", "procMount: Default"),
    enforcement="MMM",
    soc2=("CC6.8",),
    cis=(),
)
def proc_mount_default(subject: Subject) -> Iterator[Judgement]:
    """An unmasked /proc shows a container the kernel's settings, and lets it change some of them."""
    for container in subject.view(see_pod).containers:
        mount = container.security("procMount")
        unmasked = mount.test(lambda value: value != "Default")
        yield fail_if(unmasked, mount, f"container {container.name} mounts /proc as {mount.shown}")


@policy(
    id="k8s-safe-sysctls",
    title="Only safe sysctls",
    violation="sysctls[*].name outside the safe set of the Pod Security Standards v1.37",
    severity="medium",
    category="security",
    reads=pod_reads("spec.securityContext.sysctls[*].name"),
    fix=Fix("auto", "Remove the sysctl, or set it on the node.", "sysctls: []"),
    enforcement="MMM",
    soc2=("CC6.8",),
    cis=(),
)
def safe_sysctls(subject: Subject) -> Iterator[Judgement]:
    """An unsafe sysctl is not held apart by namespaces: it changes the node for every pod on it."""
    for sysctl in subject.view(see_pod).security("sysctls").items():
        name = sysctl.key("name")
        unsafe = name.test(lambda value: value not in SAFE_SYSCTLS)
        yield fail_if(unsafe, name, f"the pod sets the sysctl {name.shown}")
