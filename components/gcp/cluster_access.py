"""Who is who around a GKE cluster: its machines' own account, and the people and pipeline that enter.

Machines get Google's role for nodes (write logs and metrics) and read one image repository; the
project's default account is used by nothing. People enter by IAM alone, each right tied to the one
cluster by a condition, so that an administrator of the cluster is nothing in the next one. The role
that administers what is in a cluster also may delete the cluster itself: Google has none without.

Sources: Google, *Harden your cluster* (least-privilege accounts), *IAM Conditions, attribute
reference* (GKE knows clusters by name), *GKE roles*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import artifactregistry, projects, serviceaccount

from components.base import Part
from components.naming import Naming

__all__ = ["NodeAccount", "NodeAccountArgs", "admit"]

ADMIN_ROLE: Final = "roles/container.admin"
VIEWER_ROLE: Final = "roles/container.clusterViewer"
"""Finds the clusters and connects to their names, and sees nothing in them. Listing is a right over the
project, and at a cluster's DNS name Google is reported to ask about another resource than the cluster: a
condition on the cluster would shut out everybody."""
ALWAYS: Final = 'request.time > timestamp("2020-01-01T00:00:00Z")'
"""A condition that holds. By its title the right is one cluster's own, so that the end of one region does
not take it away from the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeAccountArgs:
    """Whose machines they are, and which images they run."""

    naming: Naming
    project: str
    region: str
    image_repository: pulumi.Input[str]
    """Full name of the repository: ``projects/…/locations/…/repositories/…``."""
    deploy_member: pulumi.Input[str] | None
    """Who else than people makes machines that are this account. It is a right over this account alone."""


class NodeAccount(Part):
    """A service account that may do what a machine needs, and no more."""

    email: pulumi.Output[str]
    member: pulumi.Output[str]

    def __init__(self, name: str, args: NodeAccountArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        account = serviceaccount.Account(
            self.named("account"),
            account_id=args.naming.of("service-account", "nodes", args.region),
            display_name=f"Machines of the cluster in {args.region}",
            opts=ResourceOptions(parent=self),
        )
        self.email = account.email
        self.member = account.member
        # What a machine waits for: without them it starts, and writes and pulls nothing.
        self.rights: Sequence[pulumi.Resource] = [
            projects.IAMMember(
                self.named("node"),
                project=args.project,
                role="roles/container.defaultNodeServiceAccount",
                member=self.member,
                opts=ResourceOptions(parent=self),
            ),
            artifactregistry.RepositoryIamMember(
                self.named("images"),
                repository=args.image_repository,
                role="roles/artifactregistry.reader",
                member=self.member,
                opts=ResourceOptions(parent=self),
            ),
        ]
        if args.deploy_member:
            self.rights = [
                *self.rights,
                serviceaccount.IAMMember(
                    self.named("pipeline"),
                    service_account_id=account.name,
                    role="roles/iam.serviceAccountUser",
                    member=args.deploy_member,
                    opts=ResourceOptions(parent=self),
                ),
            ]
        self.finish()


def admit(
    part: Part, members: Mapping[str, pulumi.Input[str]], *, project: str, region: str, cluster_name: str
) -> None:
    """Let each member administer the one cluster. ``members`` are by a word for the logical name."""
    cluster = (
        f'resource.type == "container.googleapis.com/Cluster" && '
        f'resource.name == "projects/{project}/locations/{region}/clusters/{cluster_name}"'
    )
    title = f"cluster {cluster_name} in {region}"
    for word, member in members.items():
        for role, child, expression in (
            (ADMIN_ROLE, f"admin-{word}", cluster),
            (VIEWER_ROLE, f"viewer-{word}", ALWAYS),
        ):
            projects.IAMMember(
                part.named(child),
                project=project,
                role=role,
                member=member,
                condition=projects.IAMMemberConditionArgs(title=title, expression=expression),
                opts=ResourceOptions(parent=part),
            )
