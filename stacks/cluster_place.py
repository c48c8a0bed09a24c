"""What a room inside a cluster may ask: whose it is, the region around it, and who stands already.

`stacks.service_rooms`, `stacks.operator_rooms` and `stacks.watch_rooms` read it; `stacks.workloads` fills
it, one room after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.operators import Operators
from components.k8s.storage import Storage
from components.tagging import Tags
from config.settings import Settings
from stacks.cloud import CloudRegion

__all__ = ["ClusterPlace", "WorkloadsArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadsArgs:
    """The environment's wishes, whose it is, and the region whose cluster it is."""

    settings: Settings
    tags: Tags
    region: CloudRegion


class ClusterPlace(Part):
    """The inside of a cluster while it is built: each attribute is there once its room stands."""

    args: WorkloadsArgs
    settings: Settings
    region: CloudRegion
    labels: Labels
    inside: ResourceOptions
    """For a room: below the cluster's inside, by its provider."""

    namespace: pulumi.Output[str]
    """Where the services are."""
    storage: Storage
    operators: Operators
    secret_names: Mapping[str, pulumi.Output[str]]
    """By service, the Kubernetes secret that holds what it may read."""
    config_map_name: pulumi.Output[str]
    calendars_name: pulumi.Output[str]
    """The ConfigMap with the exchanges' sessions."""

    standing: Mapping[str, pulumi.Output[str]]
    """By name, the namespaces: what is put into one waits for it."""

    def after(self, *kinds: str) -> list[pulumi.Resource]:
        """What brings these kinds of object (``group/Kind``)."""
        return self.operators.bringing(*kinds)
