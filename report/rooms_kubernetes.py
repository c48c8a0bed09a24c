"""One line about each room inside a cluster, whichever cloud it is in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from plan.resource import Resource
from report.look import dig, join, many, of, words

__all__ = ["KUBERNETES", "RUNS"]

DIGEST: Final = 7
"""Characters of an image's digest that are enough to tell two images apart."""

RUNS: Final = (
    "kubernetes:argoproj.io/v1alpha1:Rollout",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:Deployment",
)
"""What runs a service's pods."""

Describer = Callable[[Sequence[Resource]], str]


def _namespace(inside: Sequence[Resource]) -> str:
    names = [words(dig(found, "metadata", "name")) for found in of(inside, "kubernetes:core/v1:Namespace")]
    denied = any(
        dig(found, "spec", "policyTypes") == ["Ingress", "Egress"] and not dig(found, "spec", "podSelector")
        for found in of(inside, "kubernetes:networking.k8s.io/v1:NetworkPolicy")
    )
    return join(*names, "closed by default" if denied else "") if names else ""


def _configuration(inside: Sequence[Resource]) -> str:
    maps = of(inside, "kubernetes:core/v1:ConfigMap")
    variables = sum(len(data) for found in maps if isinstance(data := dig(found, "data"), dict))
    return many(variables, "variable") if maps else ""


def _service(inside: Sequence[Resource]) -> str:
    running = of(inside, *RUNS)
    if not running:
        return ""
    found = running[0]
    container = ("spec", "template", "spec", "containers", 0)
    replicas = dig(found, "spec", "replicas")
    image = _image(words(dig(found, *container, "image")))
    copies = f"{many(replicas, 'copy', 'copies')} of {image}" if isinstance(replicas, int) else image
    cpu, memory = (dig(found, *container, "resources", "requests", what) for what in ("cpu", "memory"))
    return join(
        copies,
        f"{words(cpu)} CPU, {words(memory)} each",
        _way(found),
    )


def _way(rollout: Resource) -> str:
    """How a new version comes, where it comes by weight."""
    steps = dig(rollout, "spec", "strategy", "canary", "steps")
    shares = (
        [step["setWeight"] for step in steps if isinstance(step, dict) and "setWeight" in step]
        if (isinstance(steps, list))
        else []
    )
    return f"{' → '.join(f'{share} %' for share in shares)} of the traffic" if shares else ""


def _image(reference: str) -> str:
    """``trading/api@2c26b46`` for a full reference: enough to tell which."""
    name, _, digest = reference.partition("@sha256:")
    short = name.partition("/")[2] or name
    return f"{short}@{digest[:DIGEST]}" if digest else short


KUBERNETES: Final[dict[str, Describer]] = {
    "Configuration": _configuration,
    "Namespace": _namespace,
    "Service": _service,
}
