"""What carries the services inside a cluster: the settings as the rooms' arguments, a function a room.

`stacks.workloads` calls them in the order in which the rooms need each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi

from components.k8s import quiet_hours
from components.k8s.backup import Backup, BackupArgs
from components.k8s.chaos import Chaos, ChaosArgs
from components.k8s.gateway_envoy import controller_values
from components.k8s.gitops import GitOps, GitOpsArgs
from components.k8s.machines import Machines, MachinesArgs, Pool
from components.k8s.mesh import marks as mesh_marks
from components.k8s.monitoring import chart
from components.k8s.monitoring.alertmanager import Mail, Receivers
from components.k8s.namespaces import Namespace, NamespaceArgs, Quota
from components.k8s.operator_table import choose
from components.k8s.operators import Operators, OperatorsArgs
from components.k8s.places import GATEWAY, LOGGING, MONITORING, TRADING, VELERO
from components.k8s.priorities import Priorities, PrioritiesArgs
from components.k8s.rbac import Rbac, RbacArgs
from components.k8s.storage import Storage, StorageArgs
from config.sections import NodePool
from config.size_checks import cores
from config.types import memory_bytes
from stacks.cluster_place import ClusterPlace

__all__ = [
    "backup",
    "chaos",
    "gitops",
    "logging_namespace",
    "machines",
    "operators",
    "priorities",
    "rbac",
    "storage",
]

ELASTICSEARCH_CPU, ELASTICSEARCH_MEMORY = "500m", "4Gi"
"""What each Elasticsearch server asks for."""
SIDE_PODS: Final = 120
"""Filebeats in the logs' namespace: two a machine, on as many machines as a cluster of ours has at most."""


def priorities(at: ClusterPlace) -> Priorities:
    """Who gives way when machines are short."""
    return Priorities(at.named("priorities"), PrioritiesArgs(labels=at.labels), at.inside)


def logging_namespace(at: ClusterPlace) -> Namespace | None:
    """Not restricted: whoever ships logs reads the machine's own files."""
    logs = at.settings.logs
    if logs is None:
        return None
    return Namespace(
        at.named("logging-namespace"),
        NamespaceArgs(
            namespace=LOGGING,
            labels=at.labels,
            quota=Quota(
                cpu=2 * logs.nodes + 0.05 * SIDE_PODS + 4,
                memory_bytes=2 * logs.nodes * memory_bytes(ELASTICSEARCH_MEMORY)
                + SIDE_PODS * memory_bytes("256Mi")
                + memory_bytes("8Gi"),
                pods=2 * logs.nodes + SIDE_PODS + 8,
            ),
            pod_security="privileged",
        ),
        at.inside,
    )


def operators(at: ClusterPlace, after: list[pulumi.Resource]) -> Operators:
    """Whoever brings a kind of object, and the cloud's word on who each of them is."""
    settings, cloud = at.settings, at.region.operators
    return Operators(
        at.named("operators"),
        OperatorsArgs(
            labels=at.labels,
            chosen=choose(
                gateway=settings.gateway.implementation,
                machines=cloud.machines is not None,
                target_group=cloud.door.target_group_id is not None,
                metrics_server=False,  # every cloud's cluster brings its own
                gitops=settings.addons.gitops is not None,
                mesh=settings.addons.mesh,
                chaos=settings.addons.chaos,
                logs=settings.logs is not None,
            ),
            cluster_name=at.region.cluster.cluster_name,
            domain=settings.domain,
            highly_available=settings.environment != "dev",
            velero_plugin=cloud.backup_store.plugin,
            service_account_annotations=cloud.service_account_annotations,
            cloud_values=cloud.values,
            token_endpoints=at.region.identity.token_endpoints,
            values={**_watching(at), "envoy-gateway": controller_values(GATEWAY, TRADING)},
            after=after,
        ),
        at.inside,
    )


def _watching(at: ClusterPlace) -> Mapping[str, Mapping[str, object]]:
    settings = at.settings
    return chart.values(
        chart.ChartArgs(
            environment=settings.environment,
            region=at.region.region,
            cluster_name=at.region.cluster.cluster_name,
            retention_days=settings.monitoring.retention_days,
            disk_gib=settings.monitoring.disk_gib,
            replicas=settings.monitoring.replicas,
            storage_class=at.storage.retained_class,
            receivers=receivers(at),
            pod_labels=mesh_marks(on=settings.addons.mesh),  # it measures what refuses plain traffic
        )
    )


def receivers(at: ClusterPlace) -> Receivers:
    """Who can be told at all: whoever's key is in a secret."""
    told = at.settings.monitoring
    mail = told.mail
    return Receivers(
        pager=told.pager is not None,
        chat=told.chat is not None,
        heartbeat=told.heartbeat is not None,
        mail=Mail(to=at.settings.alerts.email, sender=mail.sender, relay=mail.relay, user=mail.user)
        if mail
        else None,
    )


def storage(at: ClusterPlace) -> Storage:
    """Disks, before anything asks for one."""
    return Storage(
        at.named("storage"), StorageArgs(labels=at.labels, volumes=at.region.operators.volumes), at.inside
    )


def machines(at: ClusterPlace) -> Machines | None:
    """Karpenter's pools, where the cloud does not scale its own."""
    cloud, cluster = at.region.operators.machines, at.settings.cluster
    if cloud is None:
        return None
    return Machines(
        at.named("machines"),
        MachinesArgs(
            labels=at.labels,
            cloud=cloud,
            on_demand=_pool(cluster.on_demand),
            spot=_pool(cluster.spot) if cluster.spot else None,
            busy=quiet_hours.busy_windows(at.settings.market.calendars),
            after=at.after("karpenter.sh/NodePool"),
        ),
        at.inside,
    )


def _pool(pool: NodePool) -> Pool:
    return Pool(
        instance_types=pool.instance_types,
        machines=pool.max,
        cores=max(cores(kind) for kind in pool.instance_types),
    )


def rbac(at: ClusterPlace) -> Rbac:
    """Roles for people and programs, and the one lease of each who acts alone."""
    settings = at.settings
    return Rbac(
        at.named("rbac"),
        RbacArgs(
            labels=at.labels,
            groups=at.region.groups,
            namespaces=[TRADING, GATEWAY, MONITORING, *([LOGGING] if settings.logs else [])],
            backups_namespace=VELERO,
            tools_namespaces=[MONITORING, *([LOGGING] if settings.logs else [])],
            leases={name: name for name, service in settings.services.items() if service.kind == "singleton"},
            services_namespace=TRADING,
            standing=at.standing,
        ),
        at.inside,
    )


def backup(at: ClusterPlace) -> Backup:
    """What Velero keeps for thirty days."""
    return Backup(
        at.named("backup"),
        BackupArgs(
            labels=at.labels,
            store=at.region.operators.backup_store,
            after=at.after("velero.io/Schedule"),
        ),
        at.inside,
    )


def gitops(at: ClusterPlace) -> GitOps | None:
    """Argo CD's application, by switch."""
    said = at.settings.addons.gitops
    if said is None:
        return None
    return GitOps(
        at.named("gitops"),
        GitOpsArgs(
            namespace=at.namespace,
            labels=at.labels,
            repository=said.repository,
            path=said.path,
            revision=said.revision,
            busy=quiet_hours.busy_windows(at.settings.market.calendars),
            after=at.after("argoproj.io/Application"),
        ),
        at.inside,
    )


def chaos(at: ClusterPlace) -> Chaos | None:
    """Experiments outside market hours, by switch and never in prod."""
    settings = at.settings
    workers = [name for name, service in settings.services.items() if service.kind == "worker"]
    if not settings.addons.chaos or not workers:
        return None
    return Chaos(
        at.named("chaos"),
        ChaosArgs(
            environment=settings.environment,
            namespace=at.namespace,
            labels=at.labels,
            calendars=settings.market.calendars,
            worker=workers[0],
            clients=[name for name, service in settings.services.items() if service.connections],
            database_host=at.region.database.endpoint,
            groups=at.region.groups.get("operator", ()),
            after=at.after("chaos-mesh.org/Schedule"),
        ),
        at.inside,
    )
