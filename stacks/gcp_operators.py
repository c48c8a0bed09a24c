"""What the operators inside the cluster of a Google region are told of Google."""

from __future__ import annotations

import pulumi

from components.gcp.operator_accounts import OperatorAccounts, OperatorAccountsArgs
from components.gcp.operators import Operators, OperatorsArgs
from components.gcp.secret_store import secret_name
from stacks.gcp_entry import HEALTH_PATH
from stacks.gcp_place import GcpPlace
from stacks.operator_names import NAMESPACES, secret_names

__all__ = ["operator_accounts", "operators"]


def operator_accounts(at: GcpPlace) -> OperatorAccounts:
    """Of the project, not of a region: made with home, as soon as there is a cluster."""
    names, project = secret_names(at.args.settings), at.project
    return OperatorAccounts(
        at.named("operator-accounts"),
        OperatorAccountsArgs(
            naming=at.naming,
            project=at.args.cloud.project,
            workload_pool=at.cluster.workload_pool,
            namespaces=NAMESPACES,
            secrets={name: project.secret_store.secret_ids[name] for name in names},
            zone_name=_zone(at)[0],
            data_bucket=project.storage.data.name,
        ),
        at.inside,
    )


def operators(at: GcpPlace) -> Operators:
    """In each region the same operators, by the same accounts."""
    settings, cloud, peer = at.args.settings, at.args.cloud, at.args.birth.peer
    zone_name, visibility = _zone(at)
    return Operators(
        at.named("operators"),
        OperatorsArgs(
            project=cloud.project,
            region=at.region,
            cluster_name=at.cluster_name,
            twin_cluster_name=at.naming.of("gke-cluster", peer) if peer else None,
            accounts=at.operator_accounts,
            secret_keys={name: secret_name(at.naming, name) for name in secret_names(settings)},
            zone_name=zone_name,
            zone_visibility=visibility,
            domain=settings.domain,
            data_bucket=at.project.storage.data.name,
            machine_type=settings.cluster.on_demand.instance_types[0],
            disk_key=at.keys.data,
            labels=at.args.tags.as_map(),
            cidr=at.network_cidr,
            networks=[settings.network.cidr, *([settings.network.dr_cidr] if cloud.dr_region else [])],
            people=bool(settings.access.groups),
            health_path=HEALTH_PATH,
        ),
        at.inside,
    )


def _zone(at: GcpPlace) -> tuple[pulumi.Output[str], str]:
    """Where names are looked up by who uses the entry: inside the network alone, or everywhere."""
    dns = at.project.dns
    if dns.private_zone_name is not None:
        return dns.private_zone_name, "private"
    return dns.zone_name, "public"
