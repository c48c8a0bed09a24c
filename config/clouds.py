"""Where the platform runs: one model a cloud, told apart by ``provider``.

Regions are closed lists, so that a typing error is found here and not by a provider. The AWS list
is the commercial regions with at least three zones that EKS, Aurora Global Database and Graviton
serve; source: the regional services page of AWS, read 2026-11.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from config.base import Section, because, immutable
from config.cloud_types import (
    AccountId,
    BillingAccount,
    Guid,
    PolicyArn,
    ProjectId,
    ProjectNumber,
    RoleArn,
    RoleName,
    SamlProviderArn,
)
from config.types import Cidr, Email, IpAddress

__all__ = ["Aws", "AwsRegion", "Azure", "AzureRegion", "Cloud", "Gcp", "GcpRegion", "Office"]

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


def _dr_region() -> Any:  # noqa: ANN401 - as pydantic's Field
    return immutable(
        None,
        description="Where it runs after the loss of the region.",
        replaces="the database and the cache: a store joins its global twin when it is made, not later",
    )


def _active_region() -> Any:  # noqa: ANN401 - as pydantic's Field
    return Field(
        None,
        description="Which of the two works now: `region`, unless it says otherwise after a switch-over.",
        json_schema_extra=because("It moves names and sizes; the data is promoted before, by the runbook."),
    )


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
    dr_region: AwsRegion | None = _dr_region()
    active_region: AwsRegion | None = _active_region()
    admin_roles: tuple[RoleArn, ...] = Field(
        (), description="IAM roles that administer the cluster. Nobody else is, not even its creator."
    )
    saml_provider: SamlProviderArn | None = Field(
        None, description="The company's directory, which lets people into the VPN."
    )
    deploy_policies: tuple[PolicyArn, ...] = Field(
        (), description="What the pipeline may do when it deploys: policies that the account's owner wrote."
    )


class Office(Section):
    """Where the company's own network meets Google's: a VPN gateway with one address or two."""

    gateways: Annotated[tuple[IpAddress, ...], Field(min_length=1, max_length=2)] = Field(
        description="Public addresses of the company's VPN gateway; two for an agreed availability.",
        json_schema_extra=because("Google joins its two interfaces with one address of the peer, or two."),
    )
    asn: Annotated[int, Field(ge=64512, le=65534)] = Field(
        description="The company's private number in BGP.",
        json_schema_extra=because("Numbers of 16 bits for private use are 64512 to 65534."),
    )
    cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1)] = Field(
        description="Networks behind the gateway, which may come in.",
        json_schema_extra=because("Who is in none of these networks is not let in."),
    )
    secret_version: Annotated[int, Field(ge=1, le=9999)] = Field(
        1,
        description="Raise it to give the VPN a new shared secret; people read it in the secret store.",
        json_schema_extra=because("The secret itself is made by the program."),
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
    project_number: ProjectNumber = immutable(
        description="The project's number: Google's own agents in the project are named by it.",
        replaces="what they may do with keys, buckets and topics",
        why="An agent must be granted a key before it makes what the key is for.",
    )
    billing_account: BillingAccount = Field(description="Who pays: the budget is kept there.")
    region: GcpRegion = immutable(
        description="Where the platform runs.", replaces="everything: nothing moves between regions"
    )
    dr_region: GcpRegion | None = _dr_region()
    active_region: GcpRegion | None = _active_region()
    administrators: tuple[Email, ...] = Field(
        (), description="Google groups whose members administer the cluster. Nobody else does."
    )
    deploy_roles: tuple[RoleName, ...] = Field(
        (), description="What the pipeline may do in the project when it deploys."
    )
    office: Office | None = Field(
        None, description="The company's own network, joined by a VPN; none builds no VPN."
    )
    organization: bool = Field(
        False,
        description="The project is in an organisation that lets who deploys set policies and hear findings.",
        json_schema_extra=because("Guardrails and Security Command Center are an organisation's to give."),
    )
    generation: Annotated[int, Field(ge=1, le=99)] = immutable(
        1,
        description="Raise it to make an environment anew after it was destroyed.",
        replaces="everything that holds data: keys, databases and buckets get new names",
        why="Google never deletes a key ring, and remembers the names of databases for days.",
    )


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
    dr_region: AzureRegion | None = _dr_region()
    active_region: AzureRegion | None = _active_region()


Cloud = Annotated[Aws | Gcp | Azure, Field(discriminator="provider")]
