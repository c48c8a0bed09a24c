"""Pods and jobs that somebody looks after: made again when they are lost, cleared away when they are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.views.scaling import above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["CRON_JOB", "JOB"]

POD: Final = "kubernetes:core/v1:Pod"
JOB: Final = "kubernetes:batch/v1:Job"
CRON_JOB: Final = "kubernetes:batch/v1:CronJob"
BODY: Final = {JOB: "spec", CRON_JOB: "spec.jobTemplate.spec"}
HISTORY: Final = ("spec.successfulJobsHistoryLimit", "spec.failedJobsHistoryLimit")
MOST: Final = 5
"""Jobs of a CronJob that are kept to be looked at. Kubernetes keeps 3 and 1 unless told."""
DAY: Final = 86400
"""Seconds."""


@policy(
    id="k8s-no-naked-pods",
    title="No bare Pods",
    violation="a Pod without an owner (metadata.ownerReferences): nothing makes it again",
    severity="low",
    category="reliability",
    reads={POD: ("metadata.ownerReferences",)},
    fix=Fix("none", "Run it by a Deployment, a StatefulSet or a Job.", "kind: Deployment"),
    enforcement="AAM",
    soc2=("A1.2",),
    cis=(),
)
def no_naked_pods(subject: Subject) -> Iterator[Judgement]:
    """A pod on its own is gone with its machine, and nobody makes another."""
    if subject.body.resource.type.endswith("Patch"):
        yield not_applicable("the pod is made elsewhere")
        return
    owners = subject.at("metadata.ownerReferences")
    yield fail_if(owners.is_empty, owners, "nothing makes the pod again when it is lost")


@policy(
    id="k8s-job-ttl",
    title="Jobs are cleaned up",
    violation="a Job (or a CronJob's template) with neither ttlSecondsAfterFinished nor "
    "activeDeadlineSeconds; a CronJob that keeps more than 5 finished jobs",
    severity="low",
    category="cost",
    reads={
        token: tuple(f"{body}.{field}" for field in ("ttlSecondsAfterFinished", "activeDeadlineSeconds"))
        + (HISTORY if token == CRON_JOB else ())
        for token, body in BODY.items()
    },
    fix=Fix("auto", "Clear a job away a day after its end.", "spec: {ttlSecondsAfterFinished: 86400}"),
    enforcement="RRA",
    soc2=("A1.1",),
    cis=(),
)
def job_ttl(subject: Subject) -> Iterator[Judgement]:
    """Jobs that nothing ends or clears away fill the cluster's store, and a hung one holds its machine."""
    body = subject.at(BODY[subject.type])
    kept, ends = body.key("ttlSecondsAfterFinished"), body.key("activeDeadlineSeconds")
    unbounded = ~kept.exists & ~ends.exists
    yield fail_if(unbounded, kept, "nothing ends the job or clears it away", mend=[kept.becomes(DAY)])
    for path in HISTORY if subject.type == CRON_JOB else ():
        limit = subject.at(path)
        message = f"it keeps {limit.shown} finished jobs, expected {MOST} or fewer"
        yield fail_if(above(limit, MOST, MOST), limit, message, mend=[limit.becomes(MOST)])
