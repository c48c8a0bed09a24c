"""What the services may do with one region's own stores: log in to its database and its cache.

A role is granted over the project, and a condition ties it to the one database and the one cache, so
that a service is nobody to any other. Each region grants its own: a service's account is the same in
both, and neither region's rights wait for the other's stores.

Sources: Google, *Cloud SQL IAM Conditions* (the name's form, and the type), *Memorystore for Valkey,
About IAM authentication* (rights over one instance, by its name; IAM knows no type for these).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import projects

from components.base import Part

__all__ = ["StoreAccess", "StoreAccessArgs"]

DATABASE_ROLES: Final = {"client": "roles/cloudsql.client", "user": "roles/cloudsql.instanceUser"}
"""To reach an instance through Google's connectors, and to log in to it."""
CACHE_ROLE: Final = "roles/memorystore.dbConnectionUser"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAccessArgs:
    """Who may enter which stores."""

    project: str
    members: Mapping[str, pulumi.Input[str]]
    """By service name, what IAM calls the service's account."""
    database_resource_id: pulumi.Input[str]
    """``projects/…/instances/…``"""
    cache_resource_id: pulumi.Input[str]
    """``projects/…/locations/…/instances/…``"""
    cache_services: Sequence[str]
    """Who uses the cache."""


class StoreAccess(Part):
    """Each service's rights over one region's database and cache."""

    def __init__(self, name: str, args: StoreAccessArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        database = pulumi.Output.concat(
            'resource.type == "sqladmin.googleapis.com/Instance" && resource.name == "',
            args.database_resource_id,
            '"',
        )
        cache = pulumi.Output.concat('resource.name == "', args.cache_resource_id, '"')
        for service, member in args.members.items():
            for word, role in DATABASE_ROLES.items():
                self._grant(f"{service}-database-{word}", role, member, database)
            if service in args.cache_services:
                self._grant(f"{service}-cache", CACHE_ROLE, member, cache)
        self.finish()

    def _grant(
        self, child: str, role: str, member: pulumi.Input[str], expression: pulumi.Output[str]
    ) -> None:
        projects.IAMMember(
            self.named(child),
            project=self._args.project,
            role=role,
            member=member,
            condition=projects.IAMMemberConditionArgs(title=self.name, expression=expression),
            opts=ResourceOptions(parent=self),
        )
