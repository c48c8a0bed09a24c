"""Physical names: what a person sees in a cloud's console, and what a cloud limits.

Names come from here alone. A name that is too long is cut and keeps a digest of the whole, so that
two long names stay two names and the same name stays the same on every run.

Limits: the naming rules in each service's own documentation, read 2026-11.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["LIMITS", "Naming"]

LIMITS: Final[Mapping[str, int]] = {
    "alarm": 255,
    "analyzer": 255,
    "anomaly-monitor": 1024,
    "anomaly-subscription": 1024,
    "backup-plan": 50,
    "backup-vault": 50,
    "bucket": 63,
    "budget": 100,
    "cache": 40,
    "cache-snapshot": 255,
    "cache-user": 40,
    "config-recorder": 256,
    "database": 63,
    "eks-cluster": 100,
    "event-rule": 64,
    "global-database": 63,
    "iam-role": 64,
    "kms-alias": 250,
    "lambda": 64,
    "launch-template": 128,
    "load-balancer": 32,
    "log-group": 512,
    "metric-filter": 512,
    "node-group": 63,
    "node-group-prefix": 36,  # EKS's 63, less the provider's 26 and a hyphen
    "parameter-group": 255,
    "repository": 256,
    "restore-test": 50,
    "secret": 512,
    "security-group": 255,
    "shield-protection": 128,
    "subnet-group": 255,
    "target-group": 32,
    "topic": 256,
    "trail": 128,
    "web-acl": 128,
}
"""Longest name in characters, by kind of resource."""
DIGEST: Final = 7


@dataclass(frozen=True, slots=True)
class Naming:
    """Gives physical names within one environment: ``trading-dev-…``."""

    environment: str

    @property
    def prefix(self) -> str:
        """What every name starts with; at most 15 characters."""
        return f"trading-{self.environment}"

    def of(self, kind: str, *words: str) -> str:
        """The name of a resource of that kind, within its limit: ``trading-dev-orders``.

        Raises ``KeyError`` for a kind that `LIMITS` does not hold: look its limit up, add the line.
        """
        name = "-".join((self.prefix, *words))
        limit = LIMITS[kind]
        if len(name) <= limit:
            return name
        digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST]
        return f"{name[: limit - DIGEST - 1].rstrip('-')}-{digest}"
