"""Where the platform runs: one model a cloud, told apart by ``provider``.

Regions are closed lists, so that a typing error is found here and not by a provider. The AWS list
is the commercial regions with at least three zones that EKS, Aurora Global Database and Graviton
serve; source: the regional services page of AWS, read 2026-11.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.base import Section, immutable
from config.types import AccountId, Guid, ProjectId, RoleArn

__all__ = ["Aws", "AwsRegion", "Azure", "AzureRegion", "Cloud", "Gcp", "GcpRegion"]

AwsRegion = Literal[
    "us-east-1", "us-east-2", "us-west-2", "ca-central-1", "sa-east-1",
    "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-1",
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
]  # fmt: skip
GcpRegion = Literal[
    "us-central1", "us-east1", "us-east4", "us-west1", "northamerica-northeast1", "southamerica-east1",
    "europe-west1", "europe-west2", "europe-west3", "europe-west4", "europe-north1",
    "asia-northeast1", "asia-southeast1", "asia-south1", "australia-southeast1",
]  # fmt: skip
AzureRegion = Literal[
    "eastus", "eastus2", "centralus", "southcentralus", "westus2", "westus3", "canadacentral", "brazilsouth",
    "northeurope", "westeurope", "uksouth", "francecentral", "germanywestcentral", "swedencentral",
    "japaneast", "koreacentral", "southeastasia", "australiaeast", "centralindia",
]  # fmt: skip


class Aws(Section):
    """An AWS account and its regions."""

    provider: Literal["aws"] = immutable(
        description="AWS.", replaces="everything: another cloud is another platform"
    )
    account: AccountId = immutable(
        description="The account that is deployed to. Any other account's credentials are refused.",
        replaces="everything: another account is another platform",
        why="YAML reads digits without quotes as a number and drops leading zeros.",
    )
    region: AwsRegion = immutable(
        description="Where the platform runs.", replaces="everything: nothing moves between regions"
    )
    dr_region: AwsRegion | None = Field(None, description="Where it runs after the loss of the region.")
    admin_roles: tuple[RoleArn, ...] = Field(
        (), description="IAM roles that administer the cluster. Nobody else is, not even its creator."
    )


class Gcp(Section):
    """A Google Cloud project and its regions."""

    provider: Literal["gcp"] = immutable(
        description="Google Cloud.", replaces="everything: another cloud is another platform"
    )
    project: ProjectId = immutable(
        description="The project that is deployed to.",
        replaces="everything: another project is another platform",
    )
    region: GcpRegion = immutable(
        description="Where the platform runs.", replaces="everything: nothing moves between regions"
    )
    dr_region: GcpRegion | None = Field(None, description="Where it runs after the loss of the region.")


class Azure(Section):
    """An Azure subscription and its regions."""

    provider: Literal["azure"] = immutable(
        description="Azure.", replaces="everything: another cloud is another platform"
    )
    subscription: Guid = immutable(
        description="The subscription that is deployed to.",
        replaces="everything: another subscription is another platform",
    )
    tenant: Guid = immutable(
        description="The Entra tenant of the subscription.", replaces="every identity and what it may do"
    )
    region: AzureRegion = immutable(
        description="Where the platform runs.", replaces="everything: nothing moves between regions"
    )
    dr_region: AzureRegion | None = Field(None, description="Where it runs after the loss of the region.")


Cloud = Annotated[Aws | Gcp | Azure, Field(discriminator="provider")]
