"""Pods that hold no more than they need: the restricted level of the Pod Security Standards (v1.37).

Rules about Linux features say nothing about a pod whose ``spec.os.name`` is ``windows``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.lists import keeping
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CONFINED"]

CONFINED: Final = ("RuntimeDefault", "Localhost")
PERMITTED: Final = "NET_BIND_SERVICE"
WINDOWS: Final = "a Windows pod has no such setting"
OS: Final = "spec.os.name"


@policy(
    id="k8s-capabilities-drop-all",
    title="Containers drop ALL capabilities and add at most NET_BIND_SERVICE",
    violation="capabilities.drop lacks ALL, or add holds anything but NET_BIND_SERVICE (Linux pods)",
    severity="medium",
    category="security",
    reads=pod_reads(
        OS,
        *container_reads(
            *(f"securityContext.capabilities.{key}" for key in ("drop", "drop[*]", "add", "add[*]"))
        ),
    ),
    parts=("drop", "add"),
    fix=Fix("auto", "Drop all capabilities; listen on a port above 1023.", "capabilities: {drop: [ALL]}"),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.2.8", "K5.2.9"),
)
def capabilities_drop_all(subject: Subject) -> Iterator[Judgement]:
    """A runtime hands out a dozen capabilities unasked; a service that only listens needs none of them."""
    pod = subject.view(see_pod)
    if pod.is_linux == Truth.NO:
        yield not_applicable(WINDOWS)
        return
    for container in pod.containers:
        drop = container.security("capabilities.drop")
        kept = ~some(item.equals("ALL") for item in drop.items())
        message = f"container {container.name} does not drop ALL"
        yield fail_if(kept & pod.is_linux, drop, message, part="drop", mend=[drop.becomes(["ALL"])])
        given = container.security("capabilities.add")
        mend = keeping(given, lambda added: added.text == PERMITTED)
        for added in given.items():
            beyond = added.test(lambda value: value != PERMITTED)
            message = f"container {container.name} adds {added.shown}"
            yield fail_if(beyond & pod.is_linux, added, message, part="add", mend=mend)


@policy(
    id="k8s-no-privilege-escalation",
    title="allowPrivilegeEscalation is false",
    violation="allowPrivilegeEscalation unset or true on any Linux container",
    severity="high",
    category="security",
    reads=pod_reads(OS, *container_reads("securityContext.allowPrivilegeEscalation")),
    fix=Fix("auto", "Say false on each container.", "securityContext: {allowPrivilegeEscalation: false}"),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.2.6",),
)
def no_privilege_escalation(subject: Subject) -> Iterator[Judgement]:
    """Unless refused, a set-uid program in the image gives a process more rights than its parent has."""
    pod = subject.view(see_pod)
    if pod.is_linux == Truth.NO:
        yield not_applicable(WINDOWS)
        return
    for container in pod.containers:
        flag = container.security("allowPrivilegeEscalation")
        message = f"container {container.name} may gain privileges"
        yield fail_if(~flag.is_false & pod.is_linux, flag, message, mend=[flag.becomes(value=False)])


@policy(
    id="k8s-run-as-non-root",
    title="Containers run as non-root",
    violation="effective runAsNonRoot (container over pod) is not true, or false is said anywhere",
    severity="high",
    category="security",
    reads=pod_reads("spec.securityContext.runAsNonRoot", *container_reads("securityContext.runAsNonRoot")),
    fix=Fix("auto", "Say it once for the pod.", "securityContext: {runAsNonRoot: true}"),
    enforcement="AMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.2.7",),
)
def run_as_non_root(subject: Subject) -> Iterator[Judgement]:
    """Root in a container is root on the node as soon as anything between them breaks."""
    pod = subject.view(see_pod)
    own = pod.security("runAsNonRoot")
    yield fail_if(own.is_false, own, "the pod says runAsNonRoot: false", mend=[own.becomes(value=True)])
    for container in pod.containers:
        flag = container.security("runAsNonRoot")
        # Its own word, else the pod's.
        effective = own if flag.is_absent else flag
        message = f"container {container.name} may run as root"
        yield fail_if(~effective.is_true, flag, message, mend=[effective.becomes(value=True)])


@policy(
    id="k8s-no-run-as-user-zero",
    title="runAsUser is not 0",
    violation="runAsUser == 0 at pod or container level",
    severity="high",
    category="security",
    reads=pod_reads("spec.securityContext.runAsUser", *container_reads("securityContext.runAsUser")),
    fix=Fix("suggest", "Give a user id that owns the image's files.", "securityContext: {runAsUser: 10001}"),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.3"),
    cis=("K5.2.7",),
)
def no_run_as_user_zero(subject: Subject) -> Iterator[Judgement]:
    """User 0 is root whatever else is said: with runAsNonRoot the container does not even start."""
    for name, user in subject.view(see_pod).everywhere("runAsUser"):
        yield fail_if(user.test(lambda _, user=user: user.number == 0), user, f"{name} runs as user 0")


@policy(
    id="k8s-seccomp-restricted",
    title="Seccomp profile is RuntimeDefault or Localhost",
    violation="effective seccompProfile.type missing or not RuntimeDefault or Localhost (Linux pods); "
    "with profile: baseline a missing one is allowed",
    severity="medium",
    category="security",
    reads=pod_reads(
        OS,
        "spec.securityContext.seccompProfile.type",
        *container_reads("securityContext.seccompProfile.type"),
    ),
    defaults={"profile": "restricted"},
    fix=Fix("auto", "Say it once for the pod.", "securityContext: {seccompProfile: {type: RuntimeDefault}}"),
    enforcement="AMM",
    soc2=("CC6.8",),
    cis=("K5.6.2",),
)
def seccomp_restricted(subject: Subject) -> Iterator[Judgement]:
    """Without a profile a container may make every system call of the kernel, even untested ones."""
    pod = subject.view(see_pod)
    if pod.is_linux == Truth.NO:
        yield not_applicable(WINDOWS)
        return
    missing = Truth.YES if subject.config.text("profile") == "restricted" else Truth.NO
    own = pod.security("seccompProfile.type")
    confined = own.becomes(CONFINED[0])
    message = f"the pod has the seccomp profile {own.shown}"
    yield fail_if(_loose(own) & pod.is_linux, own, message, mend=[confined])
    inherited = own.test(lambda _: False, absent=missing)
    for container in pod.containers:
        profile = container.security("seccompProfile.type")
        violation = inherited if profile.is_absent else _loose(profile)
        message = f"container {container.name} has no confining seccomp profile"
        mend = [confined if profile.is_absent else profile.becomes(CONFINED[0])]
        yield fail_if(violation & pod.is_linux, profile, message, mend=mend)


def _loose(profile: Node) -> Truth:
    return profile.test(lambda value: value not in CONFINED)
