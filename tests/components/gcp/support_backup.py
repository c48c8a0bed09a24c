"""Backups as an environment has them: dev in one region, prod in two, each kept in the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import pulumi

from components.gcp.backup import Backup, BackupArgs, RestoreTarget
from components.gcp.backup_vault import BackupVault, BackupVaultArgs, Retention
from components.naming import Naming
from components.providers import gcp_provider
from plan.resource import Plan
from tests.components.gcp.kit import ELSEWHERE, PROJECT, REGION, deploy, key

DATABASE: Final = "orders"


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as backups are concerned."""

    retention: Retention
    regions: tuple[str, ...]
    protect: bool


DEV: Final = Shape(Retention(days=7), (REGION,), protect=False)
PROD: Final = Shape(Retention(days=35, monthly_days=400), (REGION, ELSEWHERE), protect=True)
"""Longer than Backup for GKE takes, so that the two are told apart."""
SHAPES: Final = (DEV, PROD)


def cluster(region: str) -> str:
    """The full name of a region's cluster."""
    return f"projects/{PROJECT}/locations/{region}/clusters/trading"


def instance(region: str) -> str:
    """The name of a region's database instance."""
    return f"orders-{region}"


def email(region: str) -> str:
    """The instance's own account."""
    return f"p1-{region}@gcp-sa-cloud-sql.iam.gserviceaccount.com"


def channels(region: str) -> list[str]:
    """Who hears of a region's backups."""
    return [f"projects/{PROJECT}/notificationChannels/{region}"]


@cache
def kept(shape: Shape) -> Plan:
    """A vault and backups in each region."""

    def program(opts: pulumi.ResourceOptions) -> None:
        where = {REGION: opts}
        if ELSEWHERE in shape.regions:
            there = gcp_provider("gcp-dr", project=PROJECT, region=ELSEWHERE)
            where[ELSEWHERE] = pulumi.ResourceOptions(provider=there)
        naming = Naming("prod" if shape is PROD else "dev")
        vaults = {region: _vault(shape, naming, region, where[region]) for region in shape.regions}
        for region in shape.regions:
            other = next((one for one in shape.regions if one != region), region)
            _backup(shape, naming, region, other, vaults[other], where[region])

    return deploy(program)


def _vault(shape: Shape, naming: Naming, region: str, opts: pulumi.ResourceOptions) -> BackupVault:
    args = BackupVaultArgs(
        naming=naming,
        project=PROJECT,
        region=region,
        key=key("data", region),
        retention=shape.retention,
        protect=shape.protect,
    )
    return BackupVault(f"vault-{region}", args, opts)


def _backup(
    shape: Shape,
    naming: Naming,
    region: str,
    other: str,
    vault: BackupVault,
    opts: pulumi.ResourceOptions,
) -> None:
    args = BackupArgs(
        naming=naming,
        project=PROJECT,
        region=region,
        cluster_id=cluster(region),
        instance=instance(region),
        instance_email=email(region),
        database_name=DATABASE,
        backup_region=other,
        backup_key=key("data", other),
        buckets=vault.buckets,
        retention=shape.retention,
        restore_into=RestoreTarget(cluster_id=cluster(other), region=other) if other != region else None,
        channels=channels(region),
        protect=shape.protect,
    )
    Backup(f"backup-{region}", args, opts)
