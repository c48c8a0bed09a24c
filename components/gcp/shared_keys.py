"""The keys of what belongs to both regions: buckets and images, and the topics of the alarms.

Cloud Storage and Artifact Registry take a key of the place that they keep something in and of no other
(`config.dual_region` says which). Such a key works as long as one region of its place does.

No key for secrets: Secret Manager keeps a copy in each region, under that region's own key.

Sources: Cloud Storage, *Customer-managed encryption keys* (a key's location); Cloud KMS, *Locations*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.gcp.keys import KeysArgs, ring

__all__ = ["SHARED_USERS", "SharedKeys", "SharedKeysArgs"]

SHARED_USERS: Final[Mapping[str, Sequence[str]]] = {
    "data": ("artifactregistry.googleapis.com", "storage.googleapis.com"),
    "logs": ("pubsub.googleapis.com", "storage.googleapis.com"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedKeysArgs(KeysArgs):
    """As a region's keys; the location is a multi-region such as ``us`` or a dual-region such as ``nam4``."""


class SharedKeys(Part):
    """A key ring for both regions, two symmetric keys, and who may use them."""

    data: pulumi.Output[str]
    logs: pulumi.Output[str]

    def __init__(self, name: str, args: SharedKeysArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        keys = ring(self, args, args.users or SHARED_USERS)
        self.data, self.logs = keys["data"], keys["logs"]
        self.finish()
