"""Versions that somebody still stands for: of APIs, and of clusters."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["OLDEST"]

PREVIEW: Final = (
    re.compile(r"azure-native:\w+/v\d{8}\w*(?:preview|beta|alpha):.*", re.IGNORECASE),
    re.compile(r"kubernetes:[\w.-]+/v\d+(?:alpha|beta)\d*:.*"),
)
DEPRECATED: Final = (
    re.compile(r"aws:s3/\w+V2:\w+V2"),
    re.compile(r"aws:(?:alb|elasticloadbalancing|elasticloadbalancingv2|applicationloadbalancing)/.*"),
    re.compile(r"(?:aws|azure-native):.*Legacy"),
)
"""Old spellings that the SDKs still take. Elsewhere in AWS a ``…V2`` is the new service, not the old name."""
EKS: Final = "aws:eks/cluster:Cluster"
GKE: Final = "gcp:container/cluster:Cluster"
AKS: Final = "azure-native:containerservice:ManagedCluster"
OLDEST: Final[Mapping[str, str]] = {EKS: "1.34", GKE: "1.34", AKS: "1.34"}
"""The oldest minor version in standard support, as of 2026-11."""
SAID: Final = {
    EKS: (("version",), "upgradePolicy.supportType", "EXTENDED"),
    GKE: (("minMasterVersion", "nodeVersion"), "releaseChannel.channel", "EXTENDED"),
    AKS: (("kubernetesVersion",), "supportPlan", "AKSLongTermSupport"),
}
"""Where each cluster says its version, where its plan of support, and which plan is the expensive one."""
FROM_TABLE: Final = "table"
MINOR: Final = re.compile(r"v?(\d+)\.(\d+)(?:\D.*)?")


@policy(
    id="ops-no-preview-api",
    title="No preview/alpha/beta API versions or deprecated tokens",
    violation="the type is of a preview, alpha or beta version of its API, or an old name that its provider "
    "only still takes (`BucketV2`, `alb`), and matches none of the globs in `allowed`",
    severity="medium",
    category="operations",
    reads={"azure-native:*": ("@type",), "kubernetes:*": ("@type",), "aws:*": ("@type",)},
    defaults={"allowed": []},
    fix=Fix(
        "none",
        "Use the stable version of the type, with an alias.",
        "kubernetes.policy.v1.PodDisruptionBudget",
    ),
    enforcement="AAM",
    soc2=("CC8.1",),
    cis=(),
)
def no_preview_api(subject: Subject) -> Iterator[Judgement]:
    """A preview changes or goes without notice, and takes what was built on it along.

    Where an operator offers nothing but an alpha version of its kinds, `allowed` says that this is known.
    """
    token = subject.body.resource.type
    if any(fnmatchcase(token, glob) for glob in subject.config.texts("allowed")):
        yield not_applicable("its version is known and allowed")
        return
    preview = known(value=any(pattern.fullmatch(token) for pattern in PREVIEW))
    yield fail_if(preview, subject.root, f"{token} is a preview of its API")
    deprecated = known(value=any(pattern.fullmatch(token) for pattern in DEPRECATED))
    yield fail_if(deprecated, subject.root, f"{token} is an old name of its type")


@policy(
    id="ops-k8s-supported-version",
    title="Cluster versions are in standard support",
    violation="the cluster's version is older than `minVersion` (`table`: the oldest in its cloud's standard "
    "support), or it is told to stay in extended support",
    severity="high",
    category="cost",
    reads={
        EKS: ("version", "upgradePolicy.supportType"),
        GKE: ("minMasterVersion", "nodeVersion", "releaseChannel.channel"),
        AKS: ("kubernetesVersion", "supportPlan"),
    },
    defaults={"minVersion": FROM_TABLE},
    fix=Fix("none", "Upgrade one minor version after the other.", 'version="1.35"'),
    enforcement="AMM",
    soc2=("CC7.1", "A1.1"),
    cis=(),
)
def k8s_supported_version(subject: Subject) -> Iterator[Judgement]:
    """A cluster past its support gets no fixes, or gets them at six times the price of the cluster.

    A cluster that names no version gets a supported one. EKS slides into extended support by itself, unless
    ``supportType`` says ``STANDARD``.
    """
    told = subject.config.text("minVersion")
    least = OLDEST[subject.type] if told == FROM_TABLE else told
    versions, plan, word = SAID[subject.type]
    for path in versions:
        version = subject.at(path)
        old = _older(version, least)
        yield fail_if(old, version, f"the cluster runs {version.shown}, expected {least} or later")
    extended = subject.at(plan)
    stays = extended.test(lambda said: str(said) == word, absent=known(value=subject.type == EKS))
    yield fail_if(stays, extended, "the cluster stays when standard support ends, and pays for it")


def _older(version: Node, least: str) -> Truth:
    """Whether a minor version is older. One without numbers (``latest``) is the newest."""
    wanted, given = MINOR.fullmatch(least), MINOR.fullmatch(version.text or str(version.number or ""))
    if given is None or wanted is None:
        return version.test(lambda _: False)
    return known(value=_pair(given) < _pair(wanted))


def _pair(found: re.Match[str]) -> tuple[int, int]:
    return int(found[1]), int(found[2])
