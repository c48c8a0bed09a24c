"""What prod has of a service, its autoscaler and its metrics, in the lab's time.

Nothing is changed but time: periods, windows and ranges are `FACTOR` times as short, and so is the while
after which the autoscaler and Prometheus look again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

from lab.hpa import SYNC_SECONDS
from lab.keda import compressed
from lab.kubernetes import Json
from tests.components.k8s.manifests import objects
from tests.components.k8s.monitoring.promql import CATALOGUE
from tests.support import planned

__all__ = ["FACTOR", "FLAGS", "NAMESPACE", "SCRAPED", "SYNC", "measured", "patience", "rules", "shipped"]

FACTOR: Final = 30
"""Ten minutes of the platform are 20 s here, and fifteen seconds half a one."""
SYNC: Final = SYNC_SECONDS / FACTOR
FLAGS: Final = {"kube-controller-manager": {"horizontal-pod-autoscaler-sync-period": f"{SYNC:g}s"}}
SCRAPED: Final = 15 / FACTOR
NAMESPACE: Final = "trading"
TWIN: Final = "kubernetes-dr-"
"""Begins the names of what is in the second region."""
UNHEARD: Final = ("autoscaling.k8s.io/", "external-secrets.io/", "gateway.envoyproxy.io/")
"""Groups of the API whose controllers the lab does not have."""


def shipped(service: str) -> list[Json]:
    """What prod has of a service and around it, in the order in which it is made."""
    names = {"limits", "quota", service, f"{service}-canary"}
    found: list[Json] = []
    for manifest in _at_home():
        metadata, kind = manifest["metadata"], manifest["kind"]
        around = kind in {"PriorityClass", "ConfigMap"} or metadata["name"] in names
        inside = metadata.get("namespace", NAMESPACE) == NAMESPACE
        heard = not manifest["apiVersion"].startswith(UNHEARD)
        if (around and inside and heard) or (kind, metadata["name"]) == ("Namespace", NAMESPACE):
            found.append(manifest)
    for manifest in found:
        if manifest["kind"] == "ScaledObject":
            manifest["spec"] = _in_the_labs_time(manifest["spec"], datetime.now(UTC))
    return found


def rules() -> dict[str, Json]:
    """The shipped recordings that scale."""
    (file,) = (one for one in _at_home() if one["metadata"]["name"] == "platform-recordings")
    (group,) = (group for group in file["spec"]["groups"] if group["name"] == "scaling")
    faster = [{**rule, "expr": _faster(rule["expr"])} for rule in group["rules"]]
    return {"scaling": {"groups": [{**group, "rules": faster}]}}


def measured(said: str, file: Path) -> Path:
    """The part of the catalogue that rules and queries speak of: it is scraped twice a second."""
    head, *lines = CATALOGUE.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.partition(",")[0] in said]
    file.write_text("".join([head, *kept]), encoding="utf-8")
    return file


def patience(spec: Mapping[str, Any]) -> float:
    """Seconds that an autoscaler waits before it takes pods away."""
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    return float(behavior["scaleDown"]["stabilizationWindowSeconds"])


def _at_home() -> Iterator[Json]:
    """Every object in prod's first region, with the name that it gets."""
    for resource, manifest in objects(planned("prod")):
        if "metadata" in manifest and not resource.name.startswith(TWIN):
            made = cast("Json", resource.outputs["metadata"])
            yield {**manifest, "metadata": {"name": made["name"], **manifest["metadata"]}}


def _faster(expression: str) -> str:
    return re.sub(r"\[(\d+)m\]", lambda found: f"[{int(found[1]) * 60 / FACTOR:g}s]", expression)


def _in_the_labs_time(spec: Mapping[str, Any], now: datetime) -> Json:
    """The floor by the clock is where it is evening: a session opens and closes here by its metric."""
    fast = compressed(spec, FACTOR)
    east = (20 - now.hour + 12) % 24 - 12
    for trigger in fast["triggers"]:
        if trigger["type"] == "cron":
            trigger["metadata"]["timezone"] = f"Etc/GMT{-east:+d}"  # its sign is that of the west
    return fast
