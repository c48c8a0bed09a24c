"""Where the services' images are: one ECR repository a service, in each region that runs them.

A tag is written once: what was tested under it is what runs under it. Images are encrypted with our
key and scanned when they come in and, where the account's scanning is ours to set, for as long as
they lie there. Both regions declare the same repositories, so that a copy arrives in one with the
right key and rules; `components.aws.registry_replication` sends the copies.

There is no repository policy: without one, only identities of this account get in, and only with a
right of their own. A policy could but widen that.

Sources: Amazon ECR user guide, *Preventing image tags from being overwritten*, *Enhanced scanning*
(one configuration a registry), *Lifecycle policies* (what a manifest list refers to does not expire).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ecr

from components.base import Part
from components.naming import Naming

__all__ = ["UNTAGGED_DAYS", "Registry", "RegistryArgs"]

UNTAGGED_DAYS: Final = 7
"""What has no tag was never finished, or belongs to an image for several architectures, which keeps it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryArgs:
    """Whose images are kept, and how many."""

    naming: Naming
    key_arn: pulumi.Input[str]
    services: Sequence[str]
    keep_images: int
    """Newest images kept of each service. Fewer than the releases of a quiet month, and one that still
    runs is gone when its machine is replaced."""
    manage_account_baseline: bool
    """Whether the scanning of the whole registry, one a region and account, is set from here."""
    protect: bool


class Registry(Part):
    """Repositories, and what becomes of old images."""

    repository_urls: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RegistryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        if args.manage_account_baseline:
            self._scan_always()
        self.repository_urls = {service: self._repository(service) for service in args.services}
        self.finish()

    def _repository(self, service: str) -> pulumi.Output[str]:
        args = self._args
        repository = ecr.Repository(
            self.named(service),
            name=args.naming.of("repository", service),
            image_tag_mutability="IMMUTABLE",
            encryption_configurations=[
                ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.key_arn)
            ],
            # Counts where nobody has set the registry's own scanning.
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            force_delete=not args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        ecr.LifecyclePolicy(
            self.named(service),
            repository=repository.name,
            policy=_lifecycle(args.keep_images),
            opts=ResourceOptions(parent=self),
        )
        return repository.repository_url

    def _scan_always(self) -> None:
        """Again with each new advisory, not only on the day of the push."""
        everything = ecr.RegistryScanningConfigurationRuleRepositoryFilterArgs(
            filter="*", filter_type="WILDCARD"
        )
        ecr.RegistryScanningConfiguration(
            self.named("scanning"),
            scan_type="ENHANCED",
            rules=[
                ecr.RegistryScanningConfigurationRuleArgs(
                    scan_frequency="CONTINUOUS_SCAN", repository_filters=[everything]
                )
            ],
            opts=ResourceOptions(parent=self),
        )


def _lifecycle(keep_images: int) -> str:
    """Rules by priority. ECR asks that the one about any image comes last."""
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    newest = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep_images}
    rules = [(untagged, "Without a tag"), (newest, "All but the newest")]
    return json.dumps(
        {
            "rules": [
                {
                    "rulePriority": priority,
                    "description": description,
                    "selection": selection,
                    "action": {"type": "expire"},
                }
                for priority, (selection, description) in enumerate(rules, start=1)
            ]
        }
    )
