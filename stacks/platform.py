"""The whole platform of one environment: a cloud region, and what runs in its cluster."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ResourceOptions

from components.base import Part
from components.tagging import Tags, tag_everything
from config.clouds import Aws, Azure, Gcp
from config.settings import Settings
from stacks.cloud import CloudRegion, WorkloadNames
from stacks.outputs import export
from stacks.workloads import NAMESPACE, Workloads, WorkloadsArgs

__all__ = ["CloudNotBuiltError", "Platform", "PlatformArgs", "deploy"]


class CloudNotBuiltError(Exception):
    """The settings name a cloud whose rooms this version does not have."""

    def __init__(self, provider: str) -> None:
        super().__init__(
            f"cloud.provider is {provider}: this version has rooms for aws only.\n"
            "  A stack file for another cloud is checked, but nothing can be planned from it.\n"
            "  fix: trading-platform:cloud: {provider: aws, …}"
        )


def deploy(settings: Settings) -> Platform:
    """Declare the platform of one environment: what ``__main__.py`` does.

    The tags come first: a resource inherits what was registered before it was made.
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
        region = self._region(args.settings, args.tags)
        workloads = Workloads(
            "kubernetes",
            WorkloadsArgs(settings=args.settings, tags=args.tags, region=region),
            ResourceOptions(parent=self, provider=region.kubernetes),
        )
        export(region, workloads)
        self.finish()

    def _region(self, settings: Settings, tags: Tags) -> CloudRegion:
        workloads = WorkloadNames(NAMESPACE, tuple(settings.services))
        inside = ResourceOptions(parent=self)
        match settings.cloud:
            case Aws() as cloud:
                from stacks.aws import AwsRegion, AwsRegionArgs  # noqa: PLC0415 - an SDK loads only for the cloud in use

                args = AwsRegionArgs(settings=settings, cloud=cloud, tags=tags, workloads=workloads)
                return AwsRegion("aws", args, inside)
            case Gcp() | Azure() as cloud:
                raise CloudNotBuiltError(cloud.provider)
