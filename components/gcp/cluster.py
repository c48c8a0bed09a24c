"""A GKE cluster that is ready to take objects: control plane, who may enter, machines.

Nobody enters but the named groups and the pipeline, by IAM; the API has a name and no address unless
networks are named. Kubernetes secrets are encrypted with our key, every log is kept, only images
that the project admits run (`components.gcp.binary_authorization`), and Google changes the cluster on
Saturdays only, when no exchange trades. There are no exclusions from that: a fixed date goes stale,
and one for minor versions would hold the machines back from the version that the settings ask for.

Google makes a first pool of machines with every cluster; it goes at once, and until then it is as
private and hardened as ours. What Google reads back in its place is not looked at.

Settings and reasons: ``docs/architecture.md``; Google, *Harden your cluster*, *Customize your network
isolation* (DNS-based endpoint), *Maintenance windows and exclusions*; CIS GKE 1.9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import CustomTimeouts, ResourceOptions
from pulumi_gcp import container

from components.base import Part
from components.contracts import Recovery
from components.gcp.cluster_access import NodeAccount, NodeAccountArgs, admit
from components.gcp.cluster_alarms import watch
from components.gcp.cluster_settings import (
    addons,
    addresses,
    authorized_networks,
    endpoints,
    logs,
    maintenance,
    metrics,
    notifications,
    private_network,
)
from components.gcp.node_pool import IMAGE, METADATA, SCOPES, Capacity, NodePool, NodePoolArgs, one_type_each
from components.naming import Naming
from components.tagging import Tags
from config.sections import NodePool as NodePoolSettings

__all__ = ["PODS_PER_NODE", "Cluster", "ClusterArgs"]

PODS_PER_NODE: Final = 64
"""Each machine takes twice as many addresses of the pods' range: half of what 110 pods would take."""
PODS_SECONDS: Final = 60
"""For pods to start on machines that stand ready and have their images."""
MACHINES_SECONDS: Final = 240
"""For machines to boot and join a cluster that stands: two to four minutes."""
COLD_SECONDS: Final = 1200
"""From no machine at all: the zones may have none to give to who asks together with everybody else."""
FIRST_MACHINE, FIRST_DISK_GIB = "e2-medium", 20
"""Of the pool that goes at once: small, so that it uses up no quota."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArgs:
    """What the cluster is, who enters, and what it runs on."""

    naming: Naming
    tags: Tags
    project: str
    region: str
    zones: Sequence[str]
    """Of the machines; the control plane is the region's."""
    cluster_name: str
    version: str
    """Kubernetes minor version at least, for example ``1.35``: Google raises it when its support ends."""
    network_id: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    pods_range_name: pulumi.Input[str]
    """The subnet's secondary range for pods; and for Services:"""
    services_range_name: pulumi.Input[str]
    firewall_tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tag values by tag key: what the network's firewall knows the machines by."""
    public_access_cidrs: Sequence[str]
    """Networks that reach the API by its address too; none: it has no address."""
    administrators: Sequence[str]
    """Google groups whose members administer the cluster."""
    deploy_member: pulumi.Input[str] | None
    """The pipeline that puts objects into the cluster, as IAM names it. None: only people do."""
    secrets_key: pulumi.Input[str]
    disk_key: pulumi.Input[str]
    """For the machines' disks."""
    image_repository: pulumi.Input[str]
    """Full name of the repository that the machines pull from."""
    topic_id: pulumi.Input[str]
    """Where Google says that it upgrades: ``projects/…/topics/…``."""
    channels: Sequence[pulumi.Input[str]]
    """Who is woken when the control plane or a machine is ill."""
    on_demand: NodePoolSettings
    spot: NodePoolSettings | None
    rest_nodes: int
    """Machines on demand that the region at work runs at rest; one that stands by may have fewer."""
    protect: bool
    """Refuse deletion, in Pulumi and in the provider."""


class Cluster(Part):
    """Control plane, who enters, and node pools."""

    cluster_name: pulumi.Output[str]
    cluster_id: pulumi.Output[str]
    """``projects/…/locations/…/clusters/…``"""
    kubeconfig: pulumi.Output[str]
    client_group_id: pulumi.Output[str]
    """The machines' service account, by its address."""
    workload_pool: pulumi.Output[str]
    """The project's pool of Kubernetes identities: there once a cluster is."""
    machine_groups: Sequence[pulumi.Output[str]]
    """The instance groups of the machines that stay, one a zone: what a load balancer sends to."""

    def __init__(self, name: str, args: ClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._account = NodeAccount(
            self.named("nodes"),
            NodeAccountArgs(
                naming=args.naming,
                project=args.project,
                region=args.region,
                image_repository=args.image_repository,
                deploy_member=args.deploy_member,
            ),
            ResourceOptions(parent=self),
        )
        self.client_group_id = self._account.email
        self._cluster = self._control_plane()
        self.cluster_name = self._cluster.name
        self.cluster_id = self._cluster.id
        self.kubeconfig = self._kubeconfig()
        pool = f"{args.project}.svc.id.goog"
        self.workload_pool = self._cluster.workload_identity_config.apply(
            lambda found: found.workload_pool or pool
        )
        admit(
            self,
            {
                **{group.replace("@", "-at-"): f"group:{group}" for group in args.administrators},
                **({"pipeline": args.deploy_member} if args.deploy_member else {}),
            },
            project=args.project,
            region=args.region,
            cluster_name=args.cluster_name,
        )
        self.machine_groups = self._pool("on-demand", "on-demand", args.on_demand).instance_groups
        for machines in one_type_each(args.spot) if args.spot else []:
            self._pool("spot", f"spot-{machines.instance_types[0]}", machines)
        watch(
            self,
            naming=args.naming,
            cluster_name=self.cluster_name,
            region=args.region,
            channels=args.channels,
        )
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """Nothing is promoted and nothing is lost: the other region's cluster stands, and fills."""
        ready = self._args.on_demand.min
        if ready >= self._args.rest_nodes:
            warm_up = PODS_SECONDS
        else:
            warm_up = MACHINES_SECONDS if ready else COLD_SECONDS
        return Recovery(
            part="cluster",
            warm_up=warm_up,
            source="Google promises no time; machines are assumed to boot and join in 2 to 4 minutes",
        )

    def _control_plane(self) -> container.Cluster:
        args = self._args
        return container.Cluster(
            self.named("control-plane"),
            name=args.cluster_name,
            location=args.region,
            node_locations=list(args.zones),
            min_master_version=args.version,
            release_channel=container.ClusterReleaseChannelArgs(channel="REGULAR"),
            maintenance_policy=maintenance(),
            notification_config=notifications(args.topic_id),
            network=args.network_id,
            subnetwork=args.subnet_id,
            networking_mode="VPC_NATIVE",
            ip_allocation_policy=addresses(args.pods_range_name, args.services_range_name),
            default_max_pods_per_node=PODS_PER_NODE,
            datapath_provider="ADVANCED_DATAPATH",
            enable_intranode_visibility=True,
            # A Service that names an address of its own could take another's traffic (CVE-2020-8554).
            service_external_ips_config=container.ClusterServiceExternalIpsConfigArgs(enabled=False),
            private_cluster_config=private_network(public_address=bool(args.public_access_cidrs)),
            control_plane_endpoints_config=endpoints(address=bool(args.public_access_cidrs)),
            master_authorized_networks_config=authorized_networks(args.public_access_cidrs),
            master_auth=container.ClusterMasterAuthArgs(
                client_certificate_config=container.ClusterMasterAuthClientCertificateConfigArgs(
                    issue_client_certificate=False
                )
            ),
            enable_legacy_abac=False,
            anonymous_authentication_config=container.ClusterAnonymousAuthenticationConfigArgs(
                mode="LIMITED"
            ),
            rbac_binding_config=container.ClusterRbacBindingConfigArgs(
                enable_insecure_binding_system_authenticated=False,
                enable_insecure_binding_system_unauthenticated=False,
            ),
            workload_identity_config=container.ClusterWorkloadIdentityConfigArgs(
                workload_pool=f"{args.project}.svc.id.goog"
            ),
            binary_authorization=container.ClusterBinaryAuthorizationArgs(
                evaluation_mode="PROJECT_SINGLETON_POLICY_ENFORCE"
            ),
            database_encryption=container.ClusterDatabaseEncryptionArgs(
                state="ENCRYPTED", key_name=args.secrets_key
            ),
            security_posture_config=container.ClusterSecurityPostureConfigArgs(
                mode="BASIC"  # of workloads; images are scanned where they lie: components.gcp.registry
            ),
            logging_config=logs(),
            monitoring_config=metrics(),
            cost_management_config=container.ClusterCostManagementConfigArgs(enabled=True),
            addons_config=addons(),
            gateway_api_config=container.ClusterGatewayApiConfigArgs(channel="CHANNEL_STANDARD"),
            enable_shielded_nodes=True,
            remove_default_node_pool=True,
            initial_node_count=1,
            node_config=self._first_machines(),
            node_pool_defaults=container.ClusterNodePoolDefaultsArgs(
                node_config_defaults=container.ClusterNodePoolDefaultsNodeConfigDefaultsArgs(
                    insecure_kubelet_readonly_port_enabled="FALSE"
                )
            ),
            deletion_protection=args.protect,
            opts=ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=self._account.rights,
                # The first pool's, which is gone: to follow what is read back would replace the cluster.
                ignore_changes=["nodeConfig", "initialNodeCount", "nodeVersion"],
                custom_timeouts=CustomTimeouts(create="60m", update="120m", delete="60m"),
            ),
        )

    def _first_machines(self) -> container.ClusterNodeConfigArgs:
        args = self._args
        return container.ClusterNodeConfigArgs(
            image_type=IMAGE,
            machine_type=FIRST_MACHINE,
            disk_size_gb=FIRST_DISK_GIB,
            boot_disk_kms_key=args.disk_key,
            service_account=self._account.email,
            oauth_scopes=list(SCOPES),
            metadata=METADATA,
            workload_metadata_config=container.ClusterNodeConfigWorkloadMetadataConfigArgs(
                mode="GKE_METADATA"
            ),
            shielded_instance_config=container.ClusterNodeConfigShieldedInstanceConfigArgs(
                enable_secure_boot=True, enable_integrity_monitoring=True
            ),
            kubelet_config=container.ClusterNodeConfigKubeletConfigArgs(
                insecure_kubelet_readonly_port_enabled="FALSE"
            ),
            resource_labels=args.tags.as_map(),
            resource_manager_tags=args.firewall_tags,
        )

    def _kubeconfig(self) -> pulumi.Output[str]:
        """Made of what does not change while the cluster lives, so that no provider is ever replaced.

        The name's certificate is one that everybody trusts: no authority has to be handed over.
        """
        name = self._args.cluster_name
        endpoint = self._cluster.control_plane_endpoints_config.apply(_dns_name)
        login = {
            "apiVersion": "client.authentication.k8s.io/v1beta1",  # the plugin speaks no later one
            "command": "gke-gcloud-auth-plugin",
            "interactiveMode": "Never",
            "provideClusterInfo": True,
        }
        return pulumi.Output.json_dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {"name": name, "cluster": {"server": pulumi.Output.concat("https://", endpoint)}}
                ],
                "users": [{"name": name, "user": {"exec": login}}],
                "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
                "current-context": name,
            }
        )

    def _pool(self, capacity: Capacity, child: str, machines: NodePoolSettings) -> NodePool:
        args = self._args
        return NodePool(
            self.named(child),
            NodePoolArgs(
                naming=args.naming,
                tags=args.tags,
                region=args.region,
                zones=args.zones,
                cluster_name=self.cluster_name,
                capacity=capacity,
                machines=machines,
                account_email=self._account.email,
                disk_key=args.disk_key,
                firewall_tags=args.firewall_tags,
                protect=args.protect,
            ),
            ResourceOptions(parent=self),
        )


def _dns_name(config: container.outputs.ClusterControlPlaneEndpointsConfig) -> str:
    """The API's name, which Google makes up."""
    found = config.dns_endpoint_config
    return (found.endpoint if found else None) or ""
