"""Pods that keep the guards of the kernel: the other half of the Pod Security baseline (v1.37)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.views.lists import keeping
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["APPARMOR_ANNOTATION", "SAFE_SYSCTLS", "SELINUX_TYPES"]

APPARMOR_ANNOTATION: Final = "container.apparmor.security.beta.kubernetes.io/"
SELINUX_TYPES: Final = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
SAFE_SYSCTLS: Final = (
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
)


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
    fix=Fix("auto", "Use the runtime's profile.", "appArmorProfile: {type: RuntimeDefault}"),
    enforcement="AMM",
    soc2=("CC6.8",),
    cis=(),
)
def apparmor_not_unconfined(subject: Subject) -> Iterator[Judgement]:
    """An unconfined profile lifts the kernel's last limit on what a broken container may open."""
    pod = subject.view(see_pod)
    for name, profile in pod.everywhere("appArmorProfile.type"):
        loose = profile.test(lambda value: value not in ("RuntimeDefault", "Localhost"))
        message = f"{name} has the AppArmor profile {profile.shown}"
        yield fail_if(loose, profile, message, mend=[profile.becomes("RuntimeDefault")])
    for key, profile in pod.root.at("metadata.annotations").entries():
        if key == "*" or key.startswith(APPARMOR_ANNOTATION):
            loose = profile.test(lambda value: value not in ("", "runtime/default") and not _is_local(value))
            message = f"container {key.rpartition('/')[2]} has the AppArmor profile {profile.shown}"
            yield fail_if(loose, profile, message, mend=[profile.becomes("runtime/default")])


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
        "auto",
        "Remove user and role, and a type that is not a container's.",
        "seLinuxOptions: {type: container_t}",
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
        yield fail_if(foreign, kind, f"{name} has the SELinux type {kind.shown}", mend=[kind.removed()])
        for key in ("user", "role"):
            value = options.key(key)
            message = f"{name} sets the SELinux {key} {value.shown}"
            yield fail_if(~value.is_empty, value, message, mend=[value.removed()])


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
        message = f"container {container.name} mounts /proc as {mount.shown}"
        yield fail_if(unmasked, mount, message, mend=[mount.removed()])


@policy(
    id="k8s-safe-sysctls",
    title="Only safe sysctls",
    violation="sysctls[*].name outside the safe set of the Pod Security Standards v1.37",
    severity="medium",
    category="security",
    reads=pod_reads("spec.securityContext.sysctls", "spec.securityContext.sysctls[*].name"),
    fix=Fix("auto", "Remove the sysctl, or set it on the node.", "sysctls: []"),
    enforcement="MMM",
    soc2=("CC6.8",),
    cis=(),
)
def safe_sysctls(subject: Subject) -> Iterator[Judgement]:
    """An unsafe sysctl is not held apart by namespaces: it changes the node for every pod on it."""
    sysctls = subject.view(see_pod).security("sysctls")
    safe = keeping(sysctls, lambda sysctl: sysctl.key("name").text in SAFE_SYSCTLS)
    for sysctl in sysctls.items():
        name = sysctl.key("name")
        unsafe = name.test(lambda value: value not in SAFE_SYSCTLS)
        yield fail_if(unsafe, name, f"the pod sets the sysctl {name.shown}", mend=safe)
