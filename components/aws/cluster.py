"""An EKS cluster that is ready to take objects: control plane, who may enter, add-ons, standing machines.

Nobody enters but the named roles (not even the cluster's creator), the API is private unless
networks are named, Kubernetes secrets are encrypted with our key, and every log is kept. The order
matters in both directions: add-ons of the network stand before a machine joins, and go after it.

The machines here are those that always stand. All others, spot among them, Karpenter makes from inside
(`components.aws.karpenter`).

Settings and reasons: ``docs/architecture.md``; AWS, *EKS best practices*; CIS EKS benchmark 2.1.1,
4.1.7, 5.3.1, 5.4.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, eks, iam

from components.aws.addon import (
    AFTER_COMPUTE,
    BEFORE_COMPUTE,
    EBS_CSI,
    Addon,
    AddonArgs,
    AddonKind,
    disk_key_rights,
)
from components.aws.backup_vault import BACKED_UP
from components.aws.cluster_alarms import watch
from components.aws.document import document_of
from components.aws.node_pool import NodePool, NodePoolArgs
from components.aws.trust import machine_trust, service_trust
from components.base import Part
from components.contracts import Recovery
from components.naming import Naming
from components.tagging import Tags
from config.checks import SERVICE_CIDR
from config.safety import ClusterRole
from config.sections import NodePool as NodePoolSettings

__all__ = ["LOG_TYPES", "Cluster", "ClusterArgs", "group_of"]

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
PODS_SECONDS: Final = 60
"""For pods to start on machines that stand ready and have their images."""
MACHINES_SECONDS: Final = 240
"""For machines to boot and join a cluster that stands: two to four minutes."""
_ADMIN_POLICY: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
_NODE_POLICIES: Final = {
    # Not the "minimal" policy, which is for Auto Mode: the image's nodeadm calls ec2:DescribeInstances.
    "worker": "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    "registry": "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
}


def group_of(role: str) -> str:
    """As which group the cluster's API server knows those who have a role. EKS reserves ``system:``."""
    return f"trading:{role}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterArgs:
    """What the cluster is, who enters, and what it runs on."""

    naming: Naming
    tags: Tags
    account: str
    region: str
    cluster_name: str
    version: str
    """Kubernetes minor version, for example ``1.35``."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones: for the control plane's own interfaces and for the machines."""
    public_access_cidrs: Sequence[str]
    """Networks that may reach the API from outside; none makes it private."""
    admin_roles: Sequence[str]
    """ARNs of the IAM roles that administer the cluster."""
    roles: Mapping[ClusterRole, Sequence[str]]
    """By role in the cluster (``viewer``, ``operator`` …), ARNs of the IAM roles that have it."""
    deploy_role_arn: pulumi.Input[str] | None
    """The role of the pipeline that puts objects into the cluster. None: only people do."""
    secrets_key_arn: pulumi.Input[str]
    data_key_arn: pulumi.Input[str]
    """What the pods' volumes are encrypted with."""
    log_key_arn: pulumi.Input[str]
    log_days: int
    topic_arn: pulumi.Input[str]
    """Who is woken when the control plane is ill."""
    on_demand: NodePoolSettings
    """The machines that stand; at least one."""
    rest_nodes: int
    """Machines on demand that the region at work runs at rest; one that stands by may have fewer."""
    zonal_shift: bool
    """Let AWS (or an operator) move traffic away from a zone that is ill."""
    protect: bool
    """Refuse deletion, in Pulumi and in AWS."""


class Cluster(Part):
    """Control plane, access entries, add-ons and node pools."""

    cluster_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    client_group_id: pulumi.Output[str]
    node_role_name: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    """Of all machines: EKS lets in who has it, as long as the managed group stands."""

    def __init__(self, name: str, args: ClusterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._cluster = self._control_plane()
        self.cluster_name = self._cluster.name
        self.client_group_id = self._cluster.vpc_config.cluster_security_group_id
        self.kubeconfig = self._kubeconfig()
        for arn in args.admin_roles:
            # The role's path and name tell the entry, so that a second administrator renames no first one.
            self._admin(arn.partition(":role/")[2].replace("/", "-"), arn)
        if args.deploy_role_arn:
            self._admin("pipeline", args.deploy_role_arn)
        for role, arns in args.roles.items():
            for arn in arns:
                self._member(role, arn)

        network = [self._addon(kind) for kind in BEFORE_COMPUTE]
        role, rights = self._node_role()
        self.node_role_name, self.node_role_arn = role.name, role.arn
        machines = self._pool(role, [*network, *rights])
        for kind in AFTER_COMPUTE:
            self._addon(kind, after=[machines])
        watch(self, naming=args.naming, cluster_name=self.cluster_name, topic_arn=args.topic_arn)
        self.finish()

    @property
    def standing(self) -> int:
        """Machines on demand that are there without Karpenter."""
        return self._args.on_demand.min

    @property
    def recovery(self) -> Recovery:
        """Nothing is promoted and nothing is lost: the other region's cluster stands, and fills."""
        ready = self._args.on_demand.min >= self._args.rest_nodes
        return Recovery(
            part="cluster",
            warm_up=PODS_SECONDS if ready else MACHINES_SECONDS,
            source="AWS promises no time; machines are seen to boot and join in 2 to 4 minutes",
        )

    def _control_plane(self) -> eks.Cluster:
        args = self._args
        role, rights = self._control_plane_role()
        logs = cloudwatch.LogGroup(
            self.named("logs"),
            # EKS's own name for it: were it not there, EKS would make it, kept for ever and with no key.
            name=f"/aws/eks/{args.cluster_name}/cluster",
            retention_in_days=args.log_days,
            kms_key_id=args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        return eks.Cluster(
            self.named("control-plane"),
            name=args.cluster_name,
            version=args.version,
            role_arn=role.arn,
            bootstrap_self_managed_addons=False,
            access_config=eks.ClusterAccessConfigArgs(
                authentication_mode="API", bootstrap_cluster_creator_admin_permissions=False
            ),
            vpc_config=eks.ClusterVpcConfigArgs(
                subnet_ids=args.subnet_ids,
                endpoint_private_access=True,
                endpoint_public_access=bool(args.public_access_cidrs),
                public_access_cidrs=list(args.public_access_cidrs) or None,
            ),
            kubernetes_network_config=eks.ClusterKubernetesNetworkConfigArgs(
                ip_family="ipv4", service_ipv4_cidr=SERVICE_CIDR
            ),
            encryption_config=eks.ClusterEncryptionConfigArgs(
                provider=eks.ClusterEncryptionConfigProviderArgs(key_arn=args.secrets_key_arn),
                resources=["secrets"],
            ),
            enabled_cluster_log_types=list(LOG_TYPES),
            upgrade_policy=eks.ClusterUpgradePolicyArgs(
                support_type="STANDARD"
            ),  # extended costs six times as much
            zonal_shift_config=eks.ClusterZonalShiftConfigArgs(enabled=True) if args.zonal_shift else None,
            deletion_protection=args.protect,
            opts=ResourceOptions(parent=self, protect=args.protect, depends_on=[*rights, logs]),
        )

    def _control_plane_role(self) -> tuple[iam.Role, list[pulumi.Resource]]:
        args = self._args
        role = iam.Role(
            self.named("control-plane"),
            name=args.naming.of("iam-role", "cluster", args.region),
            assume_role_policy=service_trust(
                "eks.amazonaws.com",
                account=args.account,
                source_arn=f"arn:aws:eks:{args.region}:{args.account}:cluster/{args.cluster_name}",
            ),
            opts=ResourceOptions(parent=self),
        )
        attachment = iam.RolePolicyAttachment(
            self.named("control-plane"),
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
            opts=ResourceOptions(parent=self),
        )
        encryption = iam.RolePolicy(
            self.named("control-plane-encryption"),
            role=role.id,
            policy=document_of(
                {
                    "Effect": "Allow",
                    "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ListGrants", "kms:DescribeKey"],
                    "Resource": args.secrets_key_arn,
                }
            ),
            opts=ResourceOptions(parent=self),
        )
        return role, [attachment, encryption]

    def _kubeconfig(self) -> pulumi.Output[str]:
        """Made of what does not change while the cluster lives, so that no provider is ever replaced."""
        authority = self._cluster.certificate_authority.apply(lambda found: found.data)
        return pulumi.Output.json_dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {
                        "name": self._args.cluster_name,
                        "cluster": {
                            "server": self._cluster.endpoint,
                            "certificate-authority-data": authority,
                        },
                    }
                ],
                "users": [{"name": self._args.cluster_name, "user": {"exec": self._login()}}],
                "contexts": [
                    {
                        "name": self._args.cluster_name,
                        "context": {"cluster": self._args.cluster_name, "user": self._args.cluster_name},
                    }
                ],
                "current-context": self._args.cluster_name,
            }
        )

    def _login(self) -> dict[str, object]:
        command = [
            "--region",
            self._args.region,
            "eks",
            "get-token",
            "--cluster-name",
            self._args.cluster_name,
        ]
        return {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "aws",
            "args": [*command, "--output", "json"],
            "interactiveMode": "Never",
        }

    def _admin(self, who: str, arn: pulumi.Input[str]) -> None:
        name = self.named(f"admin-{who}")
        entry = eks.AccessEntry(
            name,
            cluster_name=self.cluster_name,
            principal_arn=arn,
            type="STANDARD",
            opts=ResourceOptions(parent=self),
        )
        eks.AccessPolicyAssociation(
            name,
            cluster_name=self.cluster_name,
            principal_arn=entry.principal_arn,
            policy_arn=_ADMIN_POLICY,
            access_scope=eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            opts=ResourceOptions(parent=self),
        )

    def _member(self, role: str, arn: str) -> None:
        """Somebody who may do what RBAC says of the group, and nothing by AWS's own policies."""
        eks.AccessEntry(
            self.named(f"{role}-{arn.partition(':role/')[2].replace('/', '-')}"),
            cluster_name=self.cluster_name,
            principal_arn=arn,
            type="STANDARD",
            kubernetes_groups=[group_of(role)],
            opts=ResourceOptions(parent=self),
        )

    def _addon(self, kind: AddonKind, after: Sequence[pulumi.Resource] = ()) -> Addon:
        # Volumes are made by the cluster: no stack-wide tagging reaches them, and backups go by tags.
        args, disks = self._args, kind is EBS_CSI
        volumes = {**args.tags.as_map(), **BACKED_UP}
        return Addon(
            self.named(kind.name),
            AddonArgs(
                naming=args.naming,
                account=args.account,
                region=args.region,
                cluster_name=self.cluster_name,
                kind=kind,
                more={"controller": {"extraVolumeTags": volumes}} if disks else {},
                more_rights=disk_key_rights(args.data_key_arn, args.region) if disks else (),
                after=after,
            ),
            ResourceOptions(parent=self),
        )

    def _node_role(self) -> tuple[iam.Role, list[pulumi.Resource]]:
        role = iam.Role(
            self.named("nodes"),
            name=self._args.naming.of("iam-role", "nodes", self._args.region),
            assume_role_policy=machine_trust(),
            opts=ResourceOptions(parent=self),
        )
        return role, [
            iam.RolePolicyAttachment(
                self.named(f"nodes-{name}"),
                role=role.name,
                policy_arn=arn,
                opts=ResourceOptions(parent=self),
            )
            for name, arn in _NODE_POLICIES.items()
        ]

    def _pool(self, role: iam.Role, after: Sequence[pulumi.Resource]) -> NodePool:
        return NodePool(
            self.named("on-demand"),
            NodePoolArgs(
                naming=self._args.naming,
                cluster_name=self.cluster_name,
                cluster_group_id=self.client_group_id,
                node_role_arn=role.arn,
                subnet_ids=self._args.subnet_ids,
                machines=self._args.on_demand,
                tags=self._args.tags.as_map(),
                after=after,
            ),
            ResourceOptions(parent=self),
        )
