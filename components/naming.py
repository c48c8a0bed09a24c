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
    "artifact-repository": 63,
    "backup-plan": 50,
    "backup-vault": 50,
    "billing-budget": 60,
    "bucket": 63,
    "budget": 100,
    "cache": 40,
    "cache-snapshot": 255,
    "cache-user": 40,
    "certificate": 63,
    "compute": 63,
    "config-recorder": 256,
    "crypto-key": 63,
    "database": 63,
    "display-name": 512,
    "dns-zone": 63,
    "eks-cluster": 100,
    "event-rule": 64,
    "gke-backup-plan": 63,
    "gke-cluster": 40,
    "global-database": 63,
    "iam-custom-role": 64,
    "iam-role": 64,
    "identity-pool": 32,
    "identity-provider": 32,
    "instance-profile": 128,
    "key-ring": 63,
    "kms-alias": 250,
    "lambda": 64,
    "launch-template": 128,
    "load-balancer": 32,
    "log-bucket": 100,
    "log-group": 512,
    "log-metric": 100,
    "log-sink": 100,
    "memorystore": 63,
    "metric-filter": 512,
    "network": 63,
    "node-group": 63,
    "node-group-prefix": 36,  # EKS's 63, less the provider's 26 and a hyphen
    "node-pool": 40,
    "parameter-group": 255,
    "pubsub-topic": 255,
    "queue": 80,
    "repository": 256,
    "restore-test": 50,
    "scc-notification": 128,
    "scheduler-job": 500,
    "secret": 512,
    "security-group": 255,
    "service-account": 30,
    "service-connection-policy": 63,
    "shield-protection": 128,
    "sql-instance": 67,  # project and name have 98 together
    "subnet-group": 255,
    "tag-key": 63,
    "target-group": 32,
    "topic": 256,
    "trail": 128,
    "tunnel-group": 63,
    "web-acl": 128,
    "workflow": 64,
}
"""Longest name in characters, by kind of resource."""
DIGEST: Final = 7


@dataclass(frozen=True, slots=True)
class Naming:
    """Gives physical names within one environment: ``trading-dev-…``."""

    environment: str
    generation: int = 1
    """How often the environment was made anew, where a cloud remembers the names of what is gone."""

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

    def once(self, kind: str, *words: str) -> str:
        """As `of`, for what the cloud lets nobody name again after it is gone: ``trading-dev-orders-g2``.

        Google's key rings are never deleted at all, its SQL instances and identity pools are remembered
        for days. The first generation has no suffix.
        """
        return self.of(kind, *words, *([f"g{self.generation}"] if self.generation > 1 else []))
