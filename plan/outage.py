"""A region that does not answer: what a drill of a failover takes away.

``SIMULATED_CLOUD_LOST_REGION`` names it. From then on every creation, reading, update, deletion and data
function that goes there fails; all other regions work on. A call goes to the region that the resource
names itself, else to its provider's; a call to Kubernetes goes to the cluster that the provider's
kubeconfig names, and that cluster's address names its region.

What is as on a real cloud:

* Check and Diff answer, and so does a previewed creation or update: providers work these out from the
  state and the program alone. (`pulumi up --refresh` reads, and so fails.)
* An AWS provider asks STS who it is before it does anything, in its own region unless ``stsRegion``
  names another. So a provider of the lost region is refused already in Configure. That ends the whole
  run, other regions included, unless the provider was given another region's STS, or the run is aimed
  past it: ``pulumi up --target`` configures no provider that nothing is asked of.
* Google's global resources (load balancers, names, IAM, alert policies) are asked of no region, and
  answer.
* A Kubernetes provider is configured without its cluster; each object fails for itself.

What is simpler here: AWS's global services (IAM, Route 53, CloudFront …) answer a provider of any
region but the lost one. Real ones may be worse: their changes are all made in us-east-1, so when that is
lost, what they have goes on working and nothing can be changed, from any region.

* A resource of Google that is in a region only by what it belongs to, such as a key by its ring, counts as
  global.

Sources: the configuration of the AWS provider (``stsRegion``, ``skipCredentialsValidation``); AWS's
whitepaper on fault isolation boundaries, for the control planes of the global services.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from plan.simulate import Place
from plan.value import Value, reveal

__all__ = ["is_configured_there", "is_global", "is_there", "own_region"]

KUBERNETES: Final = "kubernetes"
SERVER: Final = re.compile(r"""\bserver["']?\s*:\s*["']?https?://([^"'\s/:]+)""")
"""The host of a cluster in a kubeconfig, be it JSON or YAML."""
OWN: Final[Mapping[str, tuple[str, ...]]] = {
    "aws": ("region",),
    "gcp": ("region", "location", "zone"),
    "azure-native": ("location",),
}
"""The properties in which a resource names a region, which Google Cloud may answer as an address."""
ASKED_FOR: Final = ("skipCredentialsValidation", "skipRequestingAccountId")
"""The settings with which an AWS provider asks STS nothing, when both are on."""


def is_there(region: str, package: str, place: Place, settings: Mapping[str, Value], own: str) -> bool:
    """Whether a call of this provider goes to that region.

    ``settings`` are the provider's; ``own`` is the region that the resource or the question names, if any.
    """
    if package == KUBERNETES:
        kubeconfig = reveal(settings.get("kubeconfig"))
        hosts = SERVER.findall(kubeconfig) if isinstance(kubeconfig, str) else []
        return any(region in host.split(".") for host in hosts)
    return (own or place.region) == region


def is_configured_there(region: str, package: str, place: Place, settings: Mapping[str, Value]) -> bool:
    """Whether the provider needs that region already to be configured."""
    if package != "aws" or all(_is_on(settings.get(name)) for name in ASKED_FOR):
        return False
    asked = reveal(settings.get("stsRegion"))
    return (asked if isinstance(asked, str) and asked else place.region) == region


def is_global(package: str, properties: Iterable[str]) -> bool:
    """Whether a type of Google Cloud is of no region, by all that it can be told: it knows no place at all.

    Google's global services answer whichever region is lost, and whatever their provider's is.
    """
    return package == "gcp" and not {*OWN["gcp"]} & {*properties}


def own_region(package: str, properties: Mapping[str, Value]) -> str:
    """The region that a resource or a question names itself; empty where it leaves that to its provider."""
    for name in OWN.get(package, ()):
        named = properties.get(name)
        if isinstance(named, str) and named:
            place = named.rpartition("/")[2]
            return place.rpartition("-")[0] if name == "zone" else place
    return ""


def _is_on(setting: Value) -> bool:
    """A provider's settings travel as texts."""
    return reveal(setting) in (True, "true")
