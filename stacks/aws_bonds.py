"""What binds two AWS regions: a way between them, copies, and the secret of the one master user.

Nothing here reads which region is active: every copy runs both ways, or from where a thing was born.
"""

from __future__ import annotations

from dataclasses import dataclass

from pulumi import ResourceOptions

from components.aws import peering
from components.aws.edge import ANYWHERE
from components.aws.master_secret import MasterSecret, MasterSecretArgs
from components.aws.registry_replication import RegistryReplication, RegistryReplicationArgs
from components.aws.replica import Replica, ReplicaArgs, Side
from components.base import Part
from components.naming import Naming
from config.settings import Settings
from stacks.aws_region import AwsRegion

__all__ = ["AwsBonds", "AwsBondsArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsBondsArgs:
    """The two regions."""

    settings: Settings
    naming: Naming
    account: str
    home: AwsRegion
    dr: AwsRegion


class AwsBonds(Part):
    """Joined networks, replication of buckets and registries, the master's secret with its replica."""

    def __init__(self, name: str, args: AwsBondsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        Replica(
            self.named("replica"),
            ReplicaArgs(naming=args.naming, account=args.account, home=_side(args.home), dr=_side(args.dr)),
            ResourceOptions(parent=self),
        )
        self._join()
        self._images(args.home, args.dr)
        self._images(args.dr, args.home)
        self._master_secret()
        self.finish()

    def _join(self) -> None:
        home, dr = (
            peering.Side(
                region=region.region,
                provider=region.provider,
                network_id=region.network.network_id,
                cidr=region.network_cidr,
                route_table_ids=region.network.private_route_table_ids,
                cluster_group_id=region.cluster.client_group_id,
            )
            for region in (self._args.home, self._args.dr)
        )
        peering.Peering(
            self.named("peering"), peering.PeeringArgs(home=home, dr=dr), ResourceOptions(parent=self)
        )

    def _images(self, source: AwsRegion, target: AwsRegion) -> None:
        RegistryReplication(
            f"{source.name}-registry-replication",
            RegistryReplicationArgs(
                naming=self._args.naming,
                account=self._args.account,
                destination_region=target.region,
                after=[target.registry],
            ),
            ResourceOptions(parent=self, provider=source.provider),
        )

    def _master_secret(self) -> None:
        args, home, dr = self._args, self._args.home, self._args.dr
        settings, frame = args.settings, home.frame
        assert frame  # noqa: S101 - a region that has a twin has it
        MasterSecret(
            self.named("master-secret"),
            MasterSecretArgs(
                naming=args.naming,
                account=args.account,
                region=home.region,
                replica_region=dr.region,
                secrets_key_arn=home.keys.secrets,
                replica_key_arn=dr.keys.secrets,
                log_key_arn=home.keys.logs,
                log_days=settings.cluster.log_retention_days,
                host=home.database.endpoint,
                cluster_identifier=home.database.identifier,
                database_group_id=home.database.security_group_id,
                after=home.database.instances,
                password=frame.master_password,
                password_version=settings.database.password_version,
                network_id=home.network.network_id,
                subnet_ids=home.network.private_subnet_ids,
                # without an endpoint the way to AWS's API leads through NAT, to whatever address it has
                api_cidr=home.network_cidr if settings.network.interface_endpoints else ANYWHERE,
                topic_arn=home.alerts.topic_id,
                protect=settings.protect,
            ),
            ResourceOptions(parent=self, provider=home.provider),
        )


def _side(region: AwsRegion) -> Side:
    return Side(
        region=region.region,
        provider=region.provider,
        data=region.storage.data,
        audit=region.storage.audit,
        data_key_arn=region.keys.data,
        log_key_arn=region.keys.logs,
        after=region.storage,
        topic_arn=region.alerts.topic_id,
    )
