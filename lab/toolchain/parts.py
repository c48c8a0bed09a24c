"""What the lab builds. One part, one folder of that name beside this file, one ``go.mod``.

Source of versions, packages and flags: the modules' own release builds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = [
    "ETCD",
    "GATEWAY_PLUGIN",
    "KEDA",
    "KUBERNETES",
    "KWOK",
    "PARTS",
    "PROMETHEUS",
    "PULUMI",
    "ROLLOUTS",
    "Part",
    "executable",
]


@dataclass(frozen=True, slots=True)
class Part:
    """One Go module of the field and the executables that are built from it."""

    name: str
    """Name of the part and of its folder here."""
    module: str
    """The Go module that is built."""
    version: str
    """Version of that module; the same as in ``go.mod`` (a test holds them together)."""
    packages: tuple[str, ...]
    """Main packages; each becomes an executable (`executable`)."""
    tags: tuple[str, ...] = ()
    """Go build tags."""
    variables: tuple[tuple[str, str], ...] = ()
    """Variables that the linker sets (``-X``): most programs get their version this way."""
    cold_build: str = ""
    """How long a first build takes on two cores, in words, so that nobody waits in doubt."""

    @property
    def folder(self) -> Path:
        """Where the part's ``go.mod`` and ``go.sum`` are."""
        return Path(__file__).parent / self.name

    @property
    def executables(self) -> tuple[str, ...]:
        """Names of the files that a build gives."""
        return tuple(executable(package) for package in self.packages)

    @property
    def flags(self) -> tuple[str, ...]:
        """Arguments of ``go build`` that decide what comes out."""
        linker = " ".join(("-s", "-w", *(f"-X {name}={value}" for name, value in self.variables)))
        tags = ("-tags", ",".join(self.tags)) if self.tags else ()
        return ("-trimpath", "-buildvcs=false", "-mod=readonly", *tags, "-ldflags", linker)


def executable(package: str) -> str:
    """What Go calls the program of a main package: the last element of its path that is no major version."""
    return re.sub(r"/v\d+$", "", package).rpartition("/")[2]


PULUMI: Final = Part(
    name="pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    version="v3.259.0",
    packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
    tags=("osusergo", "grpcnotrace"),
    variables=(("github.com/pulumi/pulumi/sdk/v3/go/common/version.Version", "v3.259.0"),),
    cold_build="about 6 minutes",
)
"""The Pulumi CLI, which holds the engine. Its Python language host is ours (`lab.language_host`)."""

_GIT_VERSION: Final = "k8s.io/component-base/version"

KUBERNETES: Final = Part(
    name="kubernetes",
    module="k8s.io/kubernetes",
    version="v1.36.3",
    packages=(
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kube-controller-manager",
        "k8s.io/kubernetes/cmd/kube-scheduler",
    ),
    variables=(
        (f"{_GIT_VERSION}.gitVersion", "v1.36.3"),
        (f"{_GIT_VERSION}.gitMajor", "1"),
        (f"{_GIT_VERSION}.gitMinor", "36"),
    ),
    cold_build="about 8 minutes",
)
"""The control plane. Its machines are simulated (`KWOK`): no container runs."""

ETCD: Final = Part(
    name="etcd",
    module="go.etcd.io/etcd/server/v3",
    version="v3.6.16",
    packages=("go.etcd.io/etcd/server/v3",),
    cold_build="about a minute",
)
"""What the control plane remembers in. The executable of this module's root is called ``server``."""

KWOK: Final = Part(
    name="kwok",
    module="sigs.k8s.io/kwok",
    version="v0.8.0",
    packages=("sigs.k8s.io/kwok/cmd/kwok",),
    cold_build="about 2 minutes",
)
"""Machines that are not there: they become ready, and so do the pods on them."""

ROLLOUTS: Final = Part(
    name="rollouts",
    module="github.com/argoproj/argo-rollouts",
    version="v1.9.1",
    packages=("github.com/argoproj/argo-rollouts/cmd/rollouts-controller",),
    variables=(("github.com/argoproj/argo-rollouts/utils/version.version", "v1.9.1"),),
    cold_build="about 4 minutes",
)
"""Argo Rollouts: canary, blue-green, analysis and the way back."""

GATEWAY_PLUGIN: Final = Part(
    name="gateway-plugin",
    module="github.com/argoproj/argo-rollouts",
    version="v1.9.1",
    packages=("trading-platform/lab/toolchain/gateway-plugin",),
    cold_build="about a minute",
)
"""Our stand-in for Argo Rollouts' Gateway API plugin, which no Go module brings. The source is there too."""

KEDA: Final = Part(
    name="keda",
    module="github.com/kedacore/keda/v2",
    version="v2.20.2",
    packages=("github.com/kedacore/keda/v2/cmd/operator", "github.com/kedacore/keda/v2/cmd/adapter"),
    variables=(("github.com/kedacore/keda/v2/version.Version", "2.20.2"),),
    cold_build="about 8 minutes",
)
"""KEDA: the operator makes an HPA of each ScaledObject, the adapter hands the HPA its metrics."""

PROMETHEUS: Final = Part(
    name="prometheus",
    module="github.com/prometheus/prometheus",
    version="v0.315.0",
    packages=(
        "github.com/prometheus/prometheus/cmd/prometheus",
        "github.com/prometheus/prometheus/cmd/promtool",
    ),
    tags=("remove_all_sd",),
    variables=(("github.com/prometheus/common/version.Version", "3.15.0"),),
    cold_build="about 4 minutes",
)
"""Prometheus 3.15 and promtool. Without service discovery: the lab says what is to be scraped."""

PARTS: Final = (PULUMI, ETCD, KUBERNETES, KWOK, KEDA, ROLLOUTS, GATEWAY_PLUGIN, PROMETHEUS)
