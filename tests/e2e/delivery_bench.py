"""One service's shipped objects in a cluster where Argo Rollouts works, and what a test does with them.

Nothing of the objects is changed but time: a minute is a second (`hurried`). What is simulated is the load:
what the pods would tell of themselves is set, by the hash of their template, and no request is sent.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from lab.kubernetes import Json, Kubernetes, eventually
from lab.machines import ZONES, Machines, add_machines, remove_machine
from lab.prometheus import Prometheus
from lab.workload import Workload
from plan.value import plain
from tests.components.k8s.manifests import objects
from tests.support import planned

NAMESPACE, SERVICE = "trading", "api"
ROLLOUT: Final = "argoproj.io/v1alpha1/Rollout"
RUN: Final = "argoproj.io/v1alpha1/AnalysisRun"
ROUTE: Final = "gateway.networking.k8s.io/v1/HTTPRoute"
REPLICA_SET: Final = "apps/v1/ReplicaSet"
HASH: Final = "rollouts-pod-template-hash"
REVISION: Final = "rollout.argoproj.io/revision"
PARTS: Final = (
    "priorities-trading-urgent",
    "namespaces-namespace",
    "namespaces-quota",
    "namespaces-limits",
    "configuration-platform",
    "api-service-account",
    "api-service",
    "api-canary-service",
    "api-analysis",
    "api-rollout",
    "api-disruption-budget",
    "api-network-policy",
    "routes-api",
)
"""What a web service consists of, and what it cannot be without; the Gateway has a test of its own."""
REQUESTS, ORDERS, LATENCY = "api_requests_total", "orders_total", "api_request_duration_seconds"
PODS: Final = 4
"""KEDA would decide; it does not run here."""
WITHIN: Final = 90.0
AT_ONCE: Final = 0.02
"""Seconds between two looks, where it is timed."""

MINUTES: Final = re.compile(r"(?<![\w.])(\d+)m(?=$|\])")
DURATIONS: Final = frozenset({"initialDelay", "interval", "duration", "query"})
SECONDS: Final[Mapping[str, int]] = {
    "minReadySeconds": 1,
    "abortScaleDownDelaySeconds": 1,
    "scaleDownDelaySeconds": 1,
    # Not a sixtieth: a busy machine needs longer for a pod. Shorter than a judgement without Prometheus.
    "progressDeadlineSeconds": 30,
}


def hurried(value: Any, key: str = "") -> Any:
    """The same object in which a minute is a second; what a pod is made of stays as it is."""
    match value:
        case dict():
            return {
                name: inner if name == "template" else hurried(inner, name) for name, inner in value.items()
            }
        case list():
            return [hurried(inner, key) for inner in value]
        case str() if key in DURATIONS:
            return MINUTES.sub(r"\1s", value)
        case int() if key in SECONDS:
            return SECONDS[key]
        case _:
            return value


def shipped() -> dict[str, Json]:
    """By kind and name, the objects as the plan of production has them, in its order."""
    plan = {resource.name: (resource, manifest) for resource, manifest in objects(planned("prod"))}
    found: dict[str, Json] = {}
    for part in PARTS:
        resource, manifest = plan[f"kubernetes-{part}"]
        made = plain(dict(resource.outputs))["metadata"]  # where Pulumi gave the name
        name = manifest["metadata"].get("name") or made["name"]
        found[f"{manifest['kind']}/{name}"] = {**manifest, "metadata": {**manifest["metadata"], "name": name}}
    return found


def image_of(version: str) -> str:
    """A version as a stack file names it."""
    return f"registry.example.com/trading/{SERVICE}@sha256:{hashlib.sha256(version.encode()).hexdigest()}"


@dataclass
class Bench:
    """One service in one cluster."""

    client: Kubernetes
    workload: Workload
    prometheus: Prometheus
    rollout: Json
    """As it was shipped."""
    note: Callable[[str, float], None]
    """Takes a line of the table of times."""
    stables: list[str]
    """The images that everybody had at some time, the first one first."""

    # Asking

    def now(self) -> Json:
        return self.client.get(ROLLOUT, SERVICE, namespace=NAMESPACE)

    def status(self) -> Json:
        return self.now().get("status", {})

    def share(self) -> int:
        """The new pods' share of the traffic in percent: the same in each rule, and nothing is lost."""
        rules = self.client.get(ROUTE, SERVICE, namespace=NAMESPACE)["spec"]["rules"]
        said = [{one["name"]: one["weight"] for one in rule["backendRefs"]} for rule in rules]
        assert [sum(weights.values()) for weights in said] == [100, 100], "one rule reads, the other writes"
        assert said[0] == said[1]
        return int(said[0][f"{SERVICE}-canary"])

    def behind(self, service: str) -> str:
        """The hash of the pods that a Service sends to."""
        found = self.client.get("v1/Service", service, namespace=NAMESPACE)
        return str(found["spec"]["selector"].get(HASH, ""))

    def sets(self, version: str = "") -> list[Json]:
        """The ReplicaSets, all or that of a version by its hash."""
        return self.client.list(
            REPLICA_SET, namespace=NAMESPACE, labels=f"{HASH}={version}" if version else ""
        )

    def ready(self, version: str) -> int:
        """How many pods of a version are available."""
        return sum(int(one.get("status", {}).get("availableReplicas") or 0) for one in self.sets(version))

    def runs(self, version: str) -> list[Json]:
        """The judgements of a version, the latest last."""

        def age(run: Json) -> tuple[int, int]:
            metadata = run["metadata"]
            return int(metadata["annotations"][REVISION]), int(metadata["labels"]["step-index"])

        return sorted(self.client.list(RUN, namespace=NAMESPACE, labels=f"{HASH}={version}"), key=age)

    def answers(self, version: str, metric: str) -> Json:
        """What the latest judgement of a version has of one metric so far."""
        latest = self.runs(version)[-1:]
        found = [one for run in latest for one in run.get("status", {}).get("metricResults") or []]
        return next((one for one in found if one["name"] == metric), {})

    def is_healthy(self, image: str) -> bool:
        """Whether everybody has this version."""
        now = self.now()
        return (
            str(now["metadata"]["generation"]) == now.get("status", {}).get("observedGeneration")
            and image_in(now) == image
            and now["status"].get("phase") == "Healthy"
            and now["status"].get("availableReplicas", 0) >= PODS
        )

    def is_paused(self) -> bool:
        """Whether it waits for a person's word, at a pause that was planned."""
        now = self.status()
        reasons = [one["reason"] for one in now.get("pauseConditions") or []]
        return now.get("phase") == "Paused" and reasons == ["CanaryPauseStep"]

    # Acting

    def released(self, image: str, strategy: Json | None = None) -> str:
        """Apply the Rollout with another image, as Pulumi would; the hash of its pods."""
        wanted = hurried(self.rollout)
        wanted["spec"]["template"] = deepcopy(wanted["spec"]["template"])
        wanted["spec"]["template"]["spec"]["containers"][0]["image"] = image
        if strategy is not None:
            wanted["spec"]["strategy"] = hurried(strategy)
        applied = self.client.apply(wanted)
        assert applied.warnings == ()

        def is_seen() -> bool:
            return (
                int(self.status().get("observedGeneration") or 0) >= applied.object["metadata"]["generation"]
            )

        eventually(is_seen, "Argo Rollouts has seen the release", within=WITHIN, every=AT_ONCE)
        return str(self.status()["currentPodHash"])

    def told(self, **status: Any) -> None:
        """What a person's command sends."""
        self.client.patch(ROLLOUT, SERVICE, {"status": status}, namespace=NAMESPACE, subresource="status")

    def until_quiet(self) -> None:
        """Until the controller writes no more: it can put its older copy over what it has just been told."""
        versions = [""]

        def is_quiet() -> bool:
            versions.append(self.now()["metadata"]["resourceVersion"])
            return versions[-1] == versions[-2]

        eventually(is_quiet, "the controller has written all it has to", within=WITHIN, every=1.0)

    def told_when_quiet(self, **status: Any) -> None:
        """The same, when it is sure to be heard."""
        self.until_quiet()
        self.told(**status)

    def aborted(self) -> float:
        """What a person's abort sends, when it is sure to be heard; when it was."""
        self.until_quiet()
        said = time.monotonic()
        self.told(abort=True)
        return said

    def scaled(self, replicas: int) -> None:
        """What the autoscaler does, when it is sure to be heard."""
        self.until_quiet()
        wanted = {"spec": {"replicas": replicas}}
        self.client.patch(ROLLOUT, SERVICE, wanted, namespace=NAMESPACE, subresource="scale")

    def promoted(self, image: str) -> str:
        """Everybody gets this version, unjudged: a person says so."""
        version = self.released(image)
        self.told_when_quiet(promoteFull=True)
        eventually(lambda: self.is_healthy(image), "it is out", within=WITHIN)
        self.until(0)
        self.stables.append(image)
        return version

    def serve(
        self, version: str, *, rate: float = 50, errors: float = 0, seconds: float = 0.08, rejects: float = 0
    ) -> None:
        """What the pods of a hash tell of themselves from now on; ``rate``: requests a second, and orders."""
        pods = {"rollouts_pod_template_hash": version}
        for code, part in (("200", 1 - errors), ("500", errors)):
            self.workload.set(REQUESTS, rate * part, service=SERVICE, code=code, method="GET", **pods)
        for result, part in (("accepted", 1 - rejects), ("rejected", rejects)):
            self.workload.set(ORDERS, rate * part, venue="XNYS", result=result, **pods)
        self.workload.set(LATENCY, seconds, service=SERVICE, **pods)

    def first_scrape_after(self, moment: float, version: str) -> float:
        """When Prometheus first looked at the pods after a moment."""
        asked = f'max(timestamp({REQUESTS}{{rollouts_pod_template_hash="{version}"}}))'
        found = [0.0]

        def is_later() -> bool:
            found[0] = self.prometheus.value(asked) or 0.0
            return found[0] > moment

        eventually(is_later, "Prometheus has scraped again", within=WITHIN, every=AT_ONCE)
        return found[0]

    # Waiting

    def until(self, share: int) -> None:
        """Until the new pods have this share of the traffic."""
        eventually(
            lambda: self.share() == share, f"{share} % go to the new pods", within=WITHIN, every=AT_ONCE
        )

    def until_answered(self, version: str, metric: str, field: str, times: int) -> None:
        """Until the latest judgement has asked so often; ``field``: such as ``count`` or ``successful``."""

        def is_answered() -> bool:
            return int(self.answers(version, metric).get(field) or 0) >= times

        eventually(is_answered, f"{metric} was asked {times} times", within=WITHIN)

    @contextmanager
    def followed(self) -> Generator[list[int]]:
        """Each share that the route had meanwhile, in order."""
        seen, ended = [self.share()], threading.Event()

        def look() -> None:
            if (now := self.share()) != seen[-1]:
                seen.append(now)

        def follow() -> None:
            while not ended.wait(AT_ONCE):
                look()

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            ended.set()
            thread.join()
            look()


def image_in(owner: Json) -> str:
    return str(owner["spec"]["template"]["spec"]["containers"][0]["image"])


def is_up(replica_set: Json, image: str) -> bool:
    return image_in(replica_set) == image and bool(replica_set.get("status", {}).get("replicas"))


@contextmanager
def room_for_one(client: Kubernetes) -> Generator[Callable[[], None]]:
    """No machine takes a new pod but one, and that a single one; what is given makes room for all again."""
    nodes = [node["metadata"]["name"] for node in client.list("v1/Node")]

    def close(*, closed: bool) -> None:
        for name in nodes:
            client.patch("v1/Node", name, {"spec": {"unschedulable": closed}})

    close(closed=True)
    (small,) = add_machines(client, Machines(name="small", zones=ZONES[:1], cpu="600m"))
    try:
        yield lambda: close(closed=False)
    finally:
        close(closed=False)
        remove_machine(client, small)
