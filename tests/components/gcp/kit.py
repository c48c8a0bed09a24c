"""A Google Cloud project as the parts of `components.gcp` are tested in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pulumi

from components.naming import Naming
from components.providers import gcp_provider
from components.tagging import Tags, tag_everything
from config.sections import NodePool
from plan.record import record_program
from plan.resource import Mode, Plan

PROJECT: Final = "acme-trading-dev"
NUMBER: Final = "123456789012"
REGION: Final = "us-central1"
ELSEWHERE: Final = "us-east1"
CIDR: Final = "10.16.0.0/16"
SERVICES: Final = ("api", "worker")
CHANNELS: Final = (f"projects/{PROJECT}/notificationChannels/1", f"projects/{PROJECT}/notificationChannels/2")
TAGS: Final = Tags("dev", "trading", "desk-1")
NAMING: Final = Naming("dev")


def key(data: str, location: str = REGION) -> str:
    """The name of the key for a class of data; only its text tells it from the others."""
    return f"projects/{PROJECT}/locations/{location}/keyRings/trading-dev/cryptoKeys/{data}"


def deploy(program: Callable[[pulumi.ResourceOptions], object], mode: Mode = "up") -> Plan:
    """The plan of what the program declares with the options it is given: one explicit provider."""

    def whole() -> None:
        tag_everything(TAGS)
        provider = gcp_provider("gcp", project=PROJECT, region=REGION)
        program(pulumi.ResourceOptions(provider=provider))

    return record_program(whole, mode=mode)


def machines(*types: str, low: int = 1, high: int = 3) -> NodePool:
    """A node pool's settings."""
    return NodePool(instance_types=types, min=low, max=high, disk_gib=50)
