"""A cluster as the tests of its parts see it: every value another one, so that a swap is seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import pulumi

from components.gcp.cluster import Cluster, ClusterArgs
from components.gcp.zones import zone_names
from components.naming import Naming
from config.sections import NodePool
from plan.resource import Mode, Plan
from tests.components.gcp.kit import CHANNELS, PROJECT, REGION, TAGS, deploy, key, machines

GROUP: Final = "trading-admins@acme.example"
DEPLOYER: Final = f"serviceAccount:trading-dev-deploy@{PROJECT}.iam.gserviceaccount.com"
OFFICE: Final = "203.0.113.0/24"
NETWORK: Final = f"projects/{PROJECT}/global/networks/trading-dev"
SUBNET: Final = f"projects/{PROJECT}/regions/{REGION}/subnetworks/trading-dev"
FIREWALL_TAGS: Final = {"tagKeys/281": "tagValues/282"}
REPOSITORY: Final = f"projects/{PROJECT}/locations/us/repositories/trading-dev-images"
TOPIC: Final = f"projects/{PROJECT}/topics/trading-dev-alerts"
ON_DEMAND: Final = machines("n2-standard-4", low=2, high=6)
SPOT: Final = machines("e2-standard-4", "n2-standard-2", "t2d-standard-4", low=1, high=8)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What differs between environments, as far as the cluster is concerned."""

    cluster_name: str = "trading-dev"
    region: str = REGION
    zones: int = 3
    cidrs: tuple[str, ...] = ()
    administrators: tuple[str, ...] = (GROUP,)
    deployer: str | None = None
    on_demand: NodePool = ON_DEMAND
    spot: NodePool | None = SPOT
    rest_nodes: int = 3
    protect: bool = False


DEV: Final = Shape()
OPEN: Final = Shape(cidrs=(OFFICE,))
PROD: Final = Shape(protect=True, deployer=DEPLOYER)


def build(shape: Shape, opts: pulumi.ResourceOptions) -> Cluster:
    """The cluster itself, within a program."""
    return Cluster(
        "cluster",
        ClusterArgs(
            naming=Naming("dev"),
            tags=TAGS,
            project=PROJECT,
            region=shape.region,
            zones=zone_names(shape.region, shape.zones),
            cluster_name=shape.cluster_name,
            version="1.35",
            network_id=NETWORK,
            subnet_id=SUBNET,
            pods_range_name="pods",
            services_range_name="services",
            firewall_tags=pulumi.Output.from_input(FIREWALL_TAGS),
            public_access_cidrs=shape.cidrs,
            administrators=shape.administrators,
            deploy_member=shape.deployer,
            secrets_key=key("secrets"),
            disk_key=key("data"),
            image_repository=REPOSITORY,
            topic_id=TOPIC,
            channels=CHANNELS,
            on_demand=shape.on_demand,
            spot=shape.spot,
            rest_nodes=shape.rest_nodes,
            protect=shape.protect,
        ),
        opts,
    )


@cache
def cluster(shape: Shape, mode: Mode = "up") -> Plan:
    """The plan of a cluster, recorded once a shape."""
    return deploy(lambda opts: build(shape, opts), mode)
