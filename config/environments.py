"""What dev, staging and prod mean, side by side. A stack file overrides any line of it.

The table is typed by `Profile`: a value that no section would accept fails on the first use, and in the
tests. Node counts and machine families stay inside the cost policies of their environment; the address
ranges are apart, so that environments can be connected.
"""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, get_args

from config.base import Json, Section
from config.in_cluster import Addons, Delivery, Gateway, Logs, Monitoring, Objectives, Scaling
from config.safety import Access, Audit, Backup, Edge, Pipeline, Recovery
from config.sections import Cache, Cluster, Database, Keys, Market, Network, Ownership, Storage
from config.services import KNOWN
from config.settings import Environment

__all__ = ["PROVIDERS", "Profile", "Provider", "profile", "service_profile"]

Provider = Literal["aws", "gcp", "azure"]
PROVIDERS: Final[tuple[Provider, ...]] = get_args(Provider)


class Profile(Section):
    """All that a stack file need not say about an environment."""

    ownership: Ownership
    protect: bool
    network: Network
    cluster: Cluster
    database: Database
    cache: Cache
    storage: Storage
    keys: Keys
    market: Market
    edge: Edge
    access: Access
    pipeline: Pipeline | None
    audit: Audit
    backup: Backup
    recovery: Recovery
    scaling: Scaling
    delivery: Delivery
    gateway: Gateway
    objectives: Objectives
    monitoring: Monitoring
    logs: Logs | None
    addons: Addons


def _logs(nodes: int, disk_gib: int) -> Json:
    return {"nodes": nodes, "disk_gib": disk_gib, "hot_days": 7, "keep_days": 30, "audit_days": 365}


# fmt: off
_COMMON: Final[dict[str, tuple[Json, Json, Json]]] = {
    #                                  dev                  staging              prod
    "ownership.owner":                ("trading-platform",  "trading-platform",  "trading-platform"),
    "ownership.cost_center":          ("trading",           "trading",           "trading"),
    "protect":                        (False,               True,                True),
    "network.cidr":                   ("10.16.0.0/16",      "10.32.0.0/16",      "10.48.0.0/16"),
    "network.dr_cidr":                ("10.17.0.0/16",      "10.33.0.0/16",      "10.49.0.0/16"),
    "network.zones":                  (2,                   3,                   3),
    "network.nat":                    ("single",            "single",            "per-zone"),
    "network.flow_logs":              (True,                True,                True),
    "network.interface_endpoints":    (False,               False,               True),
    "cluster.version":                ("1.35",              "1.35",              "1.35"),
    "cluster.public_access_cidrs":    ([],                  [],                  []),
    "cluster.on_demand.min":          (2,                   3,                   3),
    "cluster.on_demand.max":          (3,                   6,                   12),
    "cluster.on_demand.disk_gib":     (50,                  80,                  100),
    "cluster.spot.min":               (0,                   0,                   0),
    "cluster.spot.max":               (3,                   6,                   30),
    "cluster.spot.disk_gib":          (50,                  80,                  100),
    "cluster.log_retention_days":     (14,                  30,                  365),
    "database.instances":             (1,                   2,                   3),
    "database.backup_days":           (7,                   14,                  35),
    "cache.replicas":                 (0,                   1,                   2),
    "cache.snapshot_days":            (0,                   1,                   7),
    "storage.noncurrent_days":        (7,                   30,                  90),
    "storage.audit_days":             (7,                   30,                  365),
    "keys.deletion_days":             (7,                   7,                   30),
    "market.calendars":               (["XNYS"],            ["XNYS"],            ["XNYS"]),
    "edge.open_to":                   ([],                  [],                  []),
    "edge.blocking":                  (False,               True,                True),
    "edge.requests_per_five_minutes": (2000,                2000,                2000),
    "access.groups":                  ([],                  [],                  []),
    "access.client_cidr":             ("10.112.0.0/21",     "10.112.8.0/21",     "10.112.16.0/21"),
    "pipeline":                       (None,                None,                None),
    "audit.manage_account_baseline":  (False,               True,                True),
    "backup.daily_days":              (7,                   14,                  35),
    "backup.monthly_days":            (0,                   0,                   400),
    "backup.restore_tests":           (False,               False,               True),
    "recovery.decision_minutes":      (3,                   3,                   3),
    "recovery.nodes":                 (1,                   1,                   3),
    "recovery.database_instances":    (1,                   1,                   2),
    "recovery.replicas":              (1,                   1,                   1),
    "scaling.volatility_pods":        (2,                   5,                   20),
    "scaling.session_pods":           (1,                   3,                   10),
    "delivery.strategy":              ("rolling",           "canary",            "canary"),
    "gateway":                        ({},                  {},                  {}),
    "objectives":                     ({},                  {},                  {}),
    "monitoring.retention_days":      (7,                   30,                  45),
    "monitoring.disk_gib":            (20,                  50,                  200),
    "monitoring.replicas":            (1,                   1,                   2),
    # In dev the cloud's log store has to do: Elasticsearch would need a machine more than all the rest.
    "logs":                           (None,                _logs(3, 50),        _logs(6, 200)),
    "addons.mesh":                    (False,               False,               False),
    "addons.chaos":                   (False,               False,               False),
}

# Machines: Arm where the cloud offers it at each size; three types or more of spot, as any one may run out.
_BY_CLOUD: Final[dict[Provider, dict[str, tuple[Json, Json, Json]]]] = {
    "aws": {
        "cluster.on_demand.instance_types": (["t4g.large"], ["m7g.large"], ["m7g.xlarge"]),
        "cluster.spot.instance_types": (
            ["t4g.large", "t4g.xlarge", "t4g.medium"],
            ["m7g.large", "m7g.xlarge", "t4g.xlarge"],
            ["m7g.xlarge", "m6g.xlarge", "r7g.xlarge", "r6g.xlarge"],
        ),
        "database.version":     ("17.7",            "17.7",            "17.7"),
        "database.min_capacity": (0.5,              0.5,               4),
        "database.max_capacity": (4,                8,                 64),
        "cache.version":        ("8.1",             "8.1",             "8.1"),
        # A cache that has a twin in another region cannot be of a T family.
        "cache.node_type":      ("cache.t4g.micro", "cache.m7g.large", "cache.r7g.large"),
        "keys.rotation_days":   (365,               365,               365),
    },
    "gcp": {
        "cluster.on_demand.instance_types": (["e2-standard-2"], ["e2-standard-2"], ["n2-standard-4"]),
        "cluster.spot.instance_types": (
            ["e2-standard-2"],
            ["e2-standard-2", "n2-standard-2"],
            ["n2-standard-4", "n2d-standard-4", "e2-standard-4"],
        ),
        # Google chooses the minor version. Its copies in other regions are taken over without loss of time
        # in the edition Enterprise Plus only, whose machines are the db-perf-optimized ones.
        "database.version":   ("17",              "17",                     "17"),
        "database.node_type": ("db-custom-1-3840", "db-perf-optimized-N-2", "db-perf-optimized-N-8"),
        "database.disk_gib":  (20,                100,                      500),
        "cache.version":      ("8.0",             "8.0",                    "8.0"),
        "cache.node_type":    ("SHARED_CORE_NANO", "STANDARD_SMALL",        "HIGHMEM_MEDIUM"),
        "keys.rotation_days": (90,                90,                       90),
    },
    "azure": {
        "cluster.on_demand.instance_types": (["Standard_B2ms"], ["Standard_D2s_v5"], ["Standard_D4s_v5"]),
        "cluster.spot.instance_types": (["Standard_B2ms"], ["Standard_D2s_v5"], ["Standard_D4s_v5"]),
        "database.version":   ("17",             "17",               "17"),
        "database.node_type": ("Standard_B2s",   "Standard_D2ds_v5", "Standard_D8ds_v5"),
        "database.disk_gib":  (32,               128,                512),
        "cache.version":      ("8.1",            "8.1",              "8.1"),
        "cache.node_type":    ("Balanced_B0",    "Balanced_B3",      "Balanced_B5"),
        "keys.rotation_days": (90,               90,                 90),
    },
}
# fmt: on


@cache
def profile(environment: Environment, provider: Provider) -> Profile:
    """The typed profile of an environment on a cloud."""
    column = get_args(Environment).index(environment)
    tree: dict[str, Json] = {}
    for path, row in (_COMMON | _BY_CLOUD[provider]).items():
        *above, last = path.split(".")
        section = tree
        for part in above:
            inner = section.setdefault(part, {})
            assert isinstance(inner, dict), path  # noqa: S101 - the table is a literal above
            section = inner
        section[last] = row[column]
    return Profile.model_validate(tree)


def service_profile(environment: Environment, service: str) -> dict[str, Json]:
    """What the entry of a known workload means if it says nothing; empty for any other name."""
    column = get_args(Environment).index(environment)
    return {key: row[column] for key, row in KNOWN.get(service, {}).items()}
