"""Who the operators inside the cluster are to AWS, what of AWS they work on, and what their charts must know.

One role an operator, taken through EKS Pod Identity by the pods of its own service account alone, which has
the operator's name. An operator that calls nothing of AWS has no role: OpenCost reads AWS's public price
list, cert-manager asks nobody here.

Two clusters share the platform's zone. So external-dns writes only below its own region's name, such as
``grafana.us-east-1.trade.example.com``: what customers call follows the region that works
(`components.aws.failover`), and a record of that name in the zone would be in its way.

Sources: Amazon EKS user guide, *EKS Pod Identity*; the values of the charts that the platform pins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import eks, iam

from components.aws import operator_rights as rights
from components.aws.document import Statement, document_of
from components.aws.identity import ANNOTATION
from components.aws.karpenter import Karpenter, KarpenterArgs
from components.aws.trust import pod_trust
from components.base import Part
from components.contracts import BackupStore, BucketOutputs, GatewayDoor, Machines, Volumes
from components.naming import Naming

__all__ = ["Operators", "OperatorsArgs"]

VELERO_PLUGIN: Final = "docker.io/velero/velero-plugin-for-aws:v1.14.2"
"""For Velero 1.18."""
LAZY_GATES: Final = ("ALBGatewayAPI", "EnableServiceController", "NLBGatewayAPI")
"""What the load balancer controller would do beside binding target groups: it may not, so it need not try."""
PAIR: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsArgs:
    """Which cluster, where each operator lives in it, and what of AWS each works on."""

    naming: Naming
    tags: Mapping[str, str]
    account: str
    region: str
    cluster_name: str
    cluster: pulumi.Input[str]
    """The same name, known once the cluster stands."""
    namespaces: Mapping[str, str]
    """By operator."""
    network_id: pulumi.Input[str]
    front_ends: Sequence[str]
    """Networks that the entry's balancer is in."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones, for machines."""
    cluster_group_id: pulumi.Input[str]
    node_role_name: pulumi.Input[str]
    node_role_arn: pulumi.Input[str]
    architecture: str
    disk_gib: int
    standing: int
    """Machines on demand of the managed group, on which Karpenter runs."""
    zonal_shift: bool
    secret_arns: Sequence[pulumi.Input[str]]
    """Of the secrets that External Secrets brings into the cluster."""
    secret_keys: Mapping[str, str]
    """By the secret's name, what the store calls it in either region."""
    secrets_key_arn: pulumi.Input[str]
    zone_id: pulumi.Input[str]
    domain: str
    """The platform's; the operators' names are below the region's name in it."""
    bucket: BucketOutputs
    """Where backups of the cluster go: a folder a cluster."""
    twin_cluster_name: str | None
    """The other region's cluster, whose backups can be restored here. None: there is no other region."""
    data_key_arn: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]
    """Where the entry looks for the gateway's pods."""
    health_path: str
    topic_arn: pulumi.Input[str]


class Operators(Part):
    """A role and its association for each operator, and Karpenter's queue."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    values: Mapping[str, Mapping[str, object]]
    secret_provider: Mapping[str, object]
    secret_keys: Mapping[str, pulumi.Input[str]]
    volumes: Volumes
    backup_store: BackupStore
    machines: Machines | None
    door: GatewayDoor

    def __init__(self, name: str, args: OperatorsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        karpenter = self._karpenter()
        self.service_account_annotations = {
            operator: {ANNOTATION: self._association(operator, statements)}
            for operator, statements in self._rights(karpenter).items()
            if statements
        }
        self.machines = karpenter.machines
        self.values = self._values(karpenter.machines)
        self.secret_keys = args.secret_keys
        self.secret_provider = {"aws": {"service": "SecretsManager", "region": args.region}}
        self.volumes = Volumes(
            provisioner="ebs.csi.aws.com",
            parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": args.data_key_arn},
        )
        self.backup_store = BackupStore(
            provider="aws",
            bucket=args.bucket.name,
            prefix=_folder(args.cluster_name),
            twin_prefix=_folder(args.twin_cluster_name) if args.twin_cluster_name else None,
            config={"region": args.region},
            plugin=VELERO_PLUGIN,
        )
        self.door = GatewayDoor(
            target_group_id=pulumi.Output.from_input(args.target_group_arn),
            node_port=None,
            front_ends=args.front_ends,
            hops=1,
            health_path=args.health_path,
        )
        self.finish()

    def _karpenter(self) -> Karpenter:
        args = self._args
        return Karpenter(
            self.named("karpenter"),
            KarpenterArgs(
                naming=args.naming,
                tags=args.tags,
                account=args.account,
                region=args.region,
                cluster_name=args.cluster_name,
                subnet_ids=args.subnet_ids,
                cluster_group_id=args.cluster_group_id,
                node_role_name=args.node_role_name,
                node_role_arn=args.node_role_arn,
                architecture=args.architecture,
                disk_gib=args.disk_gib,
                standing=args.standing,
                zonal_shift=args.zonal_shift,
                topic_arn=args.topic_arn,
            ),
            ResourceOptions(parent=self),
        )

    def _rights(self, karpenter: Karpenter) -> dict[str, list[Statement]]:
        """By operator; whoever is not here has no business with AWS."""
        args = self._args
        twin = args.twin_cluster_name
        return {
            "aws-load-balancer-controller": rights.balancer(
                target_group_arn=args.target_group_arn, region=args.region
            ),
            "external-dns": rights.names(zone_id=args.zone_id, domain=self._names_below),
            "external-secrets": rights.secrets(
                arns=args.secret_arns, key_arn=args.secrets_key_arn, region=args.region
            ),
            "karpenter": karpenter.rights,
            "velero": rights.objects(
                bucket=args.bucket,
                own=_folder(args.cluster_name),
                others=[_folder(twin)] if twin else [],
                key_arn=args.data_key_arn,
                region=args.region,
            ),
        }

    @property
    def _names_below(self) -> str:
        return f"{self._args.region}.{self._args.domain}"

    def _association(self, operator: str, statements: Sequence[Statement]) -> pulumi.Output[str]:
        """The id of what ties the operator's account to its role."""
        args = self._args
        namespace = args.namespaces[operator]
        role = iam.Role(
            self.named(operator),
            name=args.naming.of("iam-role", "operator", operator, args.region),
            assume_role_policy=pod_trust(
                account=args.account,
                cluster_name=args.cluster,
                namespace=namespace,
                service_account=operator,
            ),
            opts=ResourceOptions(parent=self),
        )
        may = iam.RolePolicy(
            self.named(operator),
            role=role.id,
            policy=document_of(*statements),
            opts=ResourceOptions(parent=self),
        )
        association = eks.PodIdentityAssociation(
            self.named(operator),
            cluster_name=args.cluster,
            namespace=namespace,
            service_account=operator,
            role_arn=role.arn,
            opts=ResourceOptions(parent=self, depends_on=[may]),  # no pod gets a role that may do nothing
        )
        return association.association_id

    def _values(self, machines: Machines) -> dict[str, dict[str, object]]:
        """The region is said to each: a pod cannot ask its machine."""
        args = self._args
        here = [{"name": "AWS_REGION", "value": args.region}]
        return {
            "aws-load-balancer-controller": {
                "clusterName": args.cluster_name,
                "region": args.region,
                "vpcId": args.network_id,
                "defaultTargetType": "ip",
                "createIngressClassResource": False,
                "ingressClassParams": {"create": False},
                "enableServiceMutatorWebhook": False,
                "enableBackendSecurityGroup": False,
                "enableShield": False,
                "enableWaf": False,
                "enableWafv2": False,
                "webhookConfig": {"disableIngressValidation": True},
                "controllerConfig": {"featureGates": dict.fromkeys(LAZY_GATES, False)},
                # a certificate that is made anew at each look would be a change at each look
                "keepTLSSecret": True,
            },
            "external-dns": {
                "provider": {"name": "aws"},
                "env": [*here, {"name": "EXTERNAL_DNS_AWS_ZONE_MATCH_PARENT", "value": "true"}],
                "domainFilters": [self._names_below],
                "extraArgs": {"zone-id-filter": args.zone_id, "aws-zone-type": "public"},
                "managedRecordTypes": [kind for kind in rights.RECORD_TYPES if kind != "TXT"],
                "txtOwnerId": args.cluster_name,
            },
            "karpenter": {
                "settings": dict(machines.settings),
                "controller": {"env": here},
                # Each on a machine of its own, and none on those that they make.
                "replicas": min(PAIR, args.standing),
            },
        }


def _folder(cluster_name: str) -> str:
    return f"{rights.BACKUPS}/{cluster_name}"
