"""What every service is told about where it runs: one ConfigMap, read as environment variables.

No secret is in it: a service logs in to its database with its own identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels

__all__ = ["Configuration", "ConfigurationArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationArgs:
    """Variables by name, for example ``DATABASE_HOST``."""

    namespace: pulumi.Input[str]
    labels: Labels
    variables: Mapping[str, pulumi.Input[str]]


class Configuration(Part):
    """The platform's ConfigMap."""

    config_map_name: pulumi.Output[str]

    def __init__(self, name: str, args: ConfigurationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        config_map = ConfigMap(
            self.named("platform"),
            # No name of its own: what changes comes as a new ConfigMap under a new name, the services roll
            # over to it, and the old one goes last. Under a fixed name the old one would have to go first.
            metadata=ObjectMetaArgs(
                namespace=args.namespace, labels=args.labels.of("platform", "configuration")
            ),
            data=args.variables,
            opts=ResourceOptions(parent=self),
        )
        self.config_map_name = config_map.metadata.apply(lambda metadata: metadata.name or "")
        self.finish()
