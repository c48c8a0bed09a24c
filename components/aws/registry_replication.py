"""What sends each image that is pushed in a region to the other region's registry.

A registry has one replication configuration an account and region: this part is it, and a second one
would overwrite it. Each of the two regions has one that names the other, so it does not matter where
the pipelines push, before a switchover or after it. Nothing goes round in circles: ECR copies an image
once, where it was pushed, and does not send copies on.

Only what is pushed afterwards is copied, most of it within half an hour, and a copy does not go with
its original: each region's own rules expire it. The other region's repositories must stand first: ECR
would make what it does not find, with neither our key nor our rules.

Sources: Amazon ECR user guide, *Considerations for private image replication* (*a replication action
only occurs once per image push*).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ecr

from components.base import Part
from components.naming import Naming

__all__ = ["RegistryReplication", "RegistryReplicationArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryReplicationArgs:
    """Whose images go where."""

    naming: Naming
    account: str
    destination_region: str
    after: Sequence[pulumi.Resource]
    """The other region's `components.aws.registry.Registry`, which stands before an image arrives."""


class RegistryReplication(Part):
    """The registry's one replication configuration."""

    def __init__(self, name: str, args: RegistryReplicationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        there = ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
            region=args.destination_region, registry_id=args.account
        )
        ours = ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
            # with the hyphen: another environment's name may begin with this one's
            filter=f"{args.naming.prefix}-",
            filter_type="PREFIX_MATCH",
        )
        rule = ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
            destinations=[there], repository_filters=[ours]
        )
        ecr.ReplicationConfiguration(
            self.named("rules"),
            replication_configuration=ecr.ReplicationConfigurationReplicationConfigurationArgs(rules=[rule]),
            opts=ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.finish()
