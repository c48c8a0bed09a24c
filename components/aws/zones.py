"""Which availability zones the platform uses in a region, by zone *id*.

A zone's name (``us-east-1a``) means another building in another account; its id (``use1-az1``)
means the same one everywhere. The ids also let us leave out the zones that EKS refuses
(``use1-az3``, ``usw1-az2``, ``cac1-az3``) without asking the account.

Sources: AWS, *Availability Zone IDs*; Amazon EKS user guide, *Subnet requirements*; read 2026-11.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ZONE_IDS", "zone_ids"]

ZONE_IDS: Final[dict[str, tuple[str, str, str]]] = {
    "ap-northeast-1": ("apne1-az1", "apne1-az2", "apne1-az4"),
    "ap-northeast-2": ("apne2-az1", "apne2-az2", "apne2-az3"),
    "ap-northeast-3": ("apne3-az1", "apne3-az2", "apne3-az3"),
    "ap-south-1": ("aps1-az1", "aps1-az2", "aps1-az3"),
    "ap-southeast-1": ("apse1-az1", "apse1-az2", "apse1-az3"),
    "ap-southeast-2": ("apse2-az1", "apse2-az2", "apse2-az3"),
    "ca-central-1": ("cac1-az1", "cac1-az2", "cac1-az4"),
    "eu-central-1": ("euc1-az1", "euc1-az2", "euc1-az3"),
    "eu-north-1": ("eun1-az1", "eun1-az2", "eun1-az3"),
    "eu-south-1": ("eus1-az1", "eus1-az2", "eus1-az3"),
    "eu-west-1": ("euw1-az1", "euw1-az2", "euw1-az3"),
    "eu-west-2": ("euw2-az1", "euw2-az2", "euw2-az3"),
    "eu-west-3": ("euw3-az1", "euw3-az2", "euw3-az3"),
    "sa-east-1": ("sae1-az1", "sae1-az2", "sae1-az3"),
    "us-east-1": ("use1-az1", "use1-az2", "use1-az4"),
    "us-east-2": ("use2-az1", "use2-az2", "use2-az3"),
    "us-west-2": ("usw2-az1", "usw2-az2", "usw2-az3"),
}


def zone_ids(region: str, count: int) -> tuple[str, ...]:
    """The first ``count`` zones of the region. The order is API: it decides each zone's addresses."""
    return ZONE_IDS[region][:count]
