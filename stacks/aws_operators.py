"""What the operators inside the cluster of an AWS region are told of AWS."""

from __future__ import annotations

from components.aws.operators import Operators, OperatorsArgs
from components.aws.secret_store import secret_arn_pattern, secret_name
from config.size_checks import architecture
from stacks.aws_entry import HEALTH_PATH
from stacks.aws_place import AwsPlace
from stacks.operator_names import NAMESPACES, secret_names

__all__ = ["operators"]


def operators(at: AwsPlace) -> Operators:
    """Roles a region: a cluster has nothing of the other's, but for the backups that it may restore."""
    settings, account = at.args.settings, at.args.cloud.account
    pools, peer = settings.cluster, at.args.birth.peer
    return Operators(
        at.named("operators"),
        OperatorsArgs(
            naming=at.naming,
            tags=at.args.tags.as_map(),
            account=account,
            region=at.region,
            cluster_name=at.cluster_name,
            cluster=at.cluster.cluster_name,
            namespaces=NAMESPACES,
            network_id=at.network.network_id,
            front_ends=[at.network_cidr],
            subnet_ids=at.network.private_subnet_ids,
            cluster_group_id=at.cluster.client_group_id,
            node_role_name=at.cluster.node_role_name,
            node_role_arn=at.cluster.node_role_arn,
            architecture=architecture(pools.on_demand.instance_types[0]),
            # one class of machines for both kinds: the larger disk
            disk_gib=max(pool.disk_gib for pool in (pools.on_demand, pools.spot) if pool),
            standing=at.cluster.standing,
            zonal_shift=at.zonal_shift,
            # by name in either region: a replica has its original's name, and an ARN of its own
            secret_arns=[
                secret_arn_pattern(account=account, region=at.region, name=secret_name(at.naming, name))
                for name in secret_names(settings)
            ],
            secret_keys={name: secret_name(at.naming, name) for name in secret_names(settings)},
            secrets_key_arn=at.keys.secrets,
            zone_id=at.dns.zone_id,
            domain=settings.domain,
            bucket=at.storage.data,
            twin_cluster_name=at.naming.of("eks-cluster", peer) if peer else None,
            data_key_arn=at.keys.data,
            target_group_arn=at.edge.target_group_id,
            health_path=HEALTH_PATH,
            topic_arn=at.alerts.topic_id,
        ),
        at.inside,
    )
