"""What a cloud refuses to delete by itself, whatever the engine thinks of it.

``protect`` is the engine's; these are the services' own: they hold against every tool and every
person, and a ``destroy`` that a real cloud would refuse must fail on the simulated one too.

Source of the properties: the services' APIs, under the names that the SDKs give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plan.value import Value

__all__ = ["objection"]

SWITCHES: Final = ("deletionProtection", "deletionProtectionEnabled", "enableDeletionProtection")
"""A service's own protection, under the names that it has in the three clouds."""
SNAPSHOT_TYPES: Final = frozenset({"aws:rds/cluster:Cluster", "aws:rds/instance:Instance"})
"""Types whose deletion takes a last snapshot, which must have a name, or be declined."""


def objection(token: str, inputs: Mapping[str, Value]) -> str:
    """Why the service would not delete this resource, and the input that lets it; empty when it would."""
    for switch in SWITCHES:
        if inputs.get(switch) is True:
            return f"the service's own protection is on; set {switch} to false and deploy that first"
    if (
        token in SNAPSHOT_TYPES
        and not inputs.get("skipFinalSnapshot")
        and not inputs.get("finalSnapshotIdentifier")
    ):
        return (
            "finalSnapshotIdentifier is required when skipFinalSnapshot is false; "
            "set one of the two and deploy that first"
        )
    return ""
