"""What a GKE control plane is told, block by block: doors, addresses, time of changes, logs, add-ons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_gcp import container

__all__ = [
    "LOGS",
    "METRICS",
    "NOTICES",
    "addons",
    "addresses",
    "authorized_networks",
    "endpoints",
    "logs",
    "maintenance",
    "metrics",
    "notifications",
    "private_network",
]

LOGS: Final = ("SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER")
"""The audit log is not among them: Google always writes it."""
METRICS: Final = ("SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER")
"""What the alarms look at. Everything else is the monitoring's in the cluster."""
NOTICES: Final = ("UPGRADE_AVAILABLE_EVENT", "UPGRADE_EVENT", "UPGRADE_INFO_EVENT", "SECURITY_BULLETIN_EVENT")
OPENS: Final = "2026-01-03T02:00:00Z"
"""A Saturday: New York's last trade of the week is over, and Sunday's first is far."""
CLOSES: Final = "2026-01-03T22:00:00Z"


def endpoints(*, address: bool) -> container.ClusterControlPlaneEndpointsConfigArgs:
    """The API's name, which IAM guards, and whether it has an address as well.

    The name is open to whoever IAM lets in, from wherever: closed, it would answer Google's own services
    alone, and without an address nobody could enter the cluster at all. By the name only Google's own
    tokens log in: no token of a Kubernetes account, no certificate.
    """
    return container.ClusterControlPlaneEndpointsConfigArgs(
        dns_endpoint_config=container.ClusterControlPlaneEndpointsConfigDnsEndpointConfigArgs(
            allow_external_traffic=True,
            enable_k8s_tokens_via_dns=False,
            enable_k8s_certs_via_dns=False,
        ),
        ip_endpoints_config=container.ClusterControlPlaneEndpointsConfigIpEndpointsConfigArgs(
            enabled=address
        ),
    )


def private_network(*, public_address: bool) -> container.ClusterPrivateClusterConfigArgs:
    """Machines without public addresses; the API has one only where networks are named.

    Without an address the provider sends nothing about it, and would read each word back as a change.
    """
    return container.ClusterPrivateClusterConfigArgs(
        enable_private_nodes=True, enable_private_endpoint=False if public_address else None
    )


def authorized_networks(
    cidrs: Sequence[str],
) -> container.ClusterMasterAuthorizedNetworksConfigArgs | None:
    """Who reaches the API by its address: the named networks, and neither Google's customers nor our own.

    None where it has no address: as above.
    """
    if not cidrs:
        return None
    return container.ClusterMasterAuthorizedNetworksConfigArgs(
        cidr_blocks=[
            container.ClusterMasterAuthorizedNetworksConfigCidrBlockArgs(cidr_block=cidr, display_name=cidr)
            for cidr in cidrs
        ],
        gcp_public_cidrs_access_enabled=False,
        private_endpoint_enforcement_enabled=True,
    )


def addresses(
    pods_range_name: pulumi.Input[str], services_range_name: pulumi.Input[str]
) -> container.ClusterIpAllocationPolicyArgs:
    """Pods and Services get theirs from the subnet's own ranges."""
    return container.ClusterIpAllocationPolicyArgs(
        cluster_secondary_range_name=pods_range_name,
        services_secondary_range_name=services_range_name,
        stack_type="IPV4",
    )


def maintenance() -> container.ClusterMaintenancePolicyArgs:
    """Every Saturday, 20 hours: Google asks for 48 in 32 days."""
    return container.ClusterMaintenancePolicyArgs(
        recurring_window=container.ClusterMaintenancePolicyRecurringWindowArgs(
            start_time=OPENS, end_time=CLOSES, recurrence="FREQ=WEEKLY;BYDAY=SA"
        )
    )


def notifications(topic_id: pulumi.Input[str]) -> container.ClusterNotificationConfigArgs:
    """Upgrades that come, begin and end, and bulletins about holes."""
    return container.ClusterNotificationConfigArgs(
        pubsub=container.ClusterNotificationConfigPubsubArgs(
            enabled=True,
            topic=topic_id,
            filter=container.ClusterNotificationConfigPubsubFilterArgs(event_types=list(NOTICES)),
        )
    )


def logs() -> container.ClusterLoggingConfigArgs:
    """Of the system, the services and the control plane."""
    return container.ClusterLoggingConfigArgs(enable_components=list(LOGS))


def metrics() -> container.ClusterMonitoringConfigArgs:
    """No collector of Google's runs on the machines: the control plane's figures come without one."""
    return container.ClusterMonitoringConfigArgs(
        enable_components=list(METRICS),
        managed_prometheus=container.ClusterMonitoringConfigManagedPrometheusArgs(enabled=False),
    )


def addons() -> container.ClusterAddonsConfigArgs:
    """Each that Google turns on by itself is said, so that a new default changes nothing."""
    return container.ClusterAddonsConfigArgs(
        gce_persistent_disk_csi_driver_config=container.ClusterAddonsConfigGcePersistentDiskCsiDriverConfigArgs(
            enabled=True
        ),
        gke_backup_agent_config=container.ClusterAddonsConfigGkeBackupAgentConfigArgs(enabled=True),
        dns_cache_config=container.ClusterAddonsConfigDnsCacheConfigArgs(enabled=True),
        horizontal_pod_autoscaling=container.ClusterAddonsConfigHorizontalPodAutoscalingArgs(disabled=False),
        # The Gateway API needs it.
        http_load_balancing=container.ClusterAddonsConfigHttpLoadBalancingArgs(disabled=False),
        # Dataplane V2 enforces network policies itself.
        network_policy_config=container.ClusterAddonsConfigNetworkPolicyConfigArgs(disabled=True),
        gcs_fuse_csi_driver_config=container.ClusterAddonsConfigGcsFuseCsiDriverConfigArgs(enabled=False),
        gcp_filestore_csi_driver_config=container.ClusterAddonsConfigGcpFilestoreCsiDriverConfigArgs(
            enabled=False
        ),
    )
