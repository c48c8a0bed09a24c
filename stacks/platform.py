"""The whole platform of one environment: a cloud, and what runs in the cluster of each of its regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pulumi import ResourceOptions

from components.base import Part
from components.k8s.places import TRADING
from components.tagging import Tags, tag_everything
from config.clouds import Aws, Azure, Gcp
from config.settings import Settings
from stacks.cloud import Cloud, WorkloadNames
from stacks.outputs import export
from stacks.recovery import RecoveryBudget
from stacks.refusal import CloudNotBuiltError
from stacks.workloads import Workloads, WorkloadsArgs

__all__ = ["Platform", "PlatformArgs", "deploy"]

PLACES: Final = ("kubernetes", "kubernetes-dr")
"""Logical names of what is inside the clusters: of the home region's, and of the other's."""


def deploy(settings: Settings) -> Platform:
    """Declare the platform of one environment: what ``__main__.py`` does.

    The tags come first: a resource inherits what was registered before it was made.

    Raises:
        RefusalError: the cloud is not built, or prod would not survive its region in time.
    """
    tags = Tags(
        environment=settings.environment,
        owner=settings.ownership.owner,
        cost_center=settings.ownership.cost_center,
    )
    tag_everything(tags)
    return Platform("platform", PlatformArgs(settings=settings, tags=tags))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformArgs:
    """The environment's wishes, and whose it is."""

    settings: Settings
    tags: Tags


class Platform(Part):
    """Everything that one stack file asks for."""

    def __init__(self, name: str, args: PlatformArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        settings = args.settings
        cloud = self._cloud(settings, args.tags)
        budget = _budget(settings, cloud)
        workloads: dict[str, Workloads] = {}
        for region, place in zip(cloud.regions, PLACES, strict=False):
            # No order between the two: one that turned around with `active_region` would break every
            # `pulumi up --target`, which is the way out of a lost region (docs/cursed-knowledge.md).
            workloads[region.region] = Workloads(
                place,
                WorkloadsArgs(settings=settings, tags=args.tags, region=region),
                ResourceOptions(parent=self, provider=region.kubernetes),
            )
        export(cloud, workloads, budget)
        self.finish()

    def _cloud(self, settings: Settings, tags: Tags) -> Cloud:
        workloads = WorkloadNames(
            TRADING, {name: service.secrets for name, service in settings.services.items()}
        )
        inside = ResourceOptions(parent=self)
        match settings.cloud:
            case Aws() as cloud:
                from stacks.aws import AwsCloud, AwsCloudArgs  # noqa: PLC0415 - an SDK loads only for the cloud in use

                args = AwsCloudArgs(settings=settings, cloud=cloud, tags=tags, workloads=workloads)
                return AwsCloud("aws", args, inside)
            case Gcp() as cloud:
                from stacks.gcp import GcpCloud, GcpCloudArgs  # noqa: PLC0415 - as above

                args = GcpCloudArgs(settings=settings, cloud=cloud, tags=tags, workloads=workloads)
                return GcpCloud("gcp", args, inside)
            case Azure() as cloud:
                raise CloudNotBuiltError(cloud.provider)


def _budget(settings: Settings, cloud: Cloud) -> RecoveryBudget | None:
    """What the loss of the active region costs; None where nothing stands by."""
    if cloud.standby is None:
        return None
    budget = RecoveryBudget.of(cloud.recoveries, decision_minutes=settings.recovery.decision_minutes)
    budget.check(settings.environment, cloud.active.region)
    return budget
