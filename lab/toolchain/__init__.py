"""Programs that the lab needs and that no package of this project brings: built from Go modules.

Each part is a Go module of ours with nothing in it but its ``go.mod`` and ``go.sum``: the versions
and checksums of what is built are committed, sources and binaries never are. One has a source of its
own, ``gateway-plugin``; and ``crds`` is not built, it names the modules that `lab.crds` reads.
"""

from __future__ import annotations

from lab.toolchain.build import Unavailable, build, built, cache, key
from lab.toolchain.parts import (
    ETCD,
    GATEWAY_PLUGIN,
    KEDA,
    KUBERNETES,
    KWOK,
    PARTS,
    PROMETHEUS,
    PULUMI,
    ROLLOUTS,
    Part,
)

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
    "Unavailable",
    "build",
    "built",
    "cache",
    "key",
]
