"""Where the services' images are: one Artifact Registry repository, with an image a service.

A tag is written once: what was tested under it is what runs under it. Images are encrypted with our
key, and scanned when they come in and for as long as they are used. With a second region the
repository lies in a continent (``us``, ``europe``, ``asia``) and not in a region: one repository serves
both clusters, and outlives either region. Who reads it is granted where the readers are made
(`components.gcp.cluster_access`); nobody outside the project gets in.

Sources: Google, *Artifact Registry: repository locations*, *Cleanup policies* (what is kept is kept
from every rule that deletes), *Immutable tags*, *Artifact Analysis: automatic scanning*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import artifactregistry

from components.base import Part
from components.naming import Naming

__all__ = ["OLD_DAYS", "UNTAGGED_DAYS", "Registry", "RegistryArgs"]

UNTAGGED_DAYS: Final = 7
"""What has no tag was never finished, or belongs to an image for several architectures, which keeps it."""
OLD_DAYS: Final = 90
"""Anything so old goes, unless it is among the newest of its service."""
DAY: Final = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryArgs:
    """Whose images are kept, where, and how many."""

    naming: Naming
    project: str
    location: str
    """A region, or a continent."""
    key: pulumi.Input[str]
    """Of the same location."""
    services: Sequence[str]
    keep_images: int
    """Newest images kept of each service, however old. Fewer than the releases of a quiet quarter, and one
    that still runs is gone when its machine is replaced."""
    protect: bool


class Registry(Part):
    """The repository, and what becomes of old images."""

    repository_name: pulumi.Output[str]
    """``projects/…/locations/…/repositories/…``: what rights are granted on."""
    image_prefix: pulumi.Output[str]
    """What the reference of every image in it starts with, without a slash at the end."""
    repository_urls: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: RegistryArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        repository = artifactregistry.Repository(
            self.named("repository"),
            repository_id=args.naming.of("artifact-repository", "images"),
            location=args.location,
            format="DOCKER",
            mode="STANDARD_REPOSITORY",
            description="Images of the services",
            kms_key_name=args.key,
            docker_config=artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
            vulnerability_scanning_config=artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
                # As the project says, and that is: scanned, once the scanning API is on.
                enablement_config="INHERITED"
            ),
            cleanup_policies=self._cleanup(),
            cleanup_policy_dry_run=False,
            deletion_policy="PREVENT" if args.protect else "DELETE",
            opts=ResourceOptions(parent=self, protect=args.protect),
        )
        self.repository_name = repository.id
        self.image_prefix = pulumi.Output.concat(
            f"{args.location}-docker.pkg.dev/{args.project}/", repository.repository_id
        )
        self.repository_urls = {
            service: pulumi.Output.concat(self.image_prefix, f"/{service}") for service in args.services
        }
        self.finish()

    def _cleanup(self) -> list[artifactregistry.RepositoryCleanupPolicyArgs]:
        return [
            artifactregistry.RepositoryCleanupPolicyArgs(
                id="keep-newest",
                action="KEEP",
                most_recent_versions=artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(
                    keep_count=self._args.keep_images
                ),
            ),
            _delete("delete-untagged", "UNTAGGED", UNTAGGED_DAYS),
            _delete("delete-old", "ANY", OLD_DAYS),
        ]


def _delete(policy: str, tag_state: str, days: int) -> artifactregistry.RepositoryCleanupPolicyArgs:
    return artifactregistry.RepositoryCleanupPolicyArgs(
        id=policy,
        action="DELETE",
        condition=artifactregistry.RepositoryCleanupPolicyConditionArgs(
            tag_state=tag_state, older_than=f"{days * DAY}s"
        ),
    )
