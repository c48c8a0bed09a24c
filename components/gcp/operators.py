"""What the operators inside one region's cluster work on at Google, and what their charts must know.

Nothing is made here: who the operators are is the project's (`components.gcp.operator_accounts`), machines
are the node pools' to scale, and GKE brings the controller of snapshots with it.

**Names.** Two clusters share the platform's zone. external-dns writes only below its own region's name, such
as ``grafana.us-central1.trade.example.com``: what customers call leads to the one balancer before both
regions. It must see the zone's own name too, or it would take the zone for a stranger's.

**The door.** Requests come to a port of each machine and are passed on to a pod, often on another machine,
and then from that machine's address. Dataplane V2 knows a machine by what it is and not by its address: a
network policy that names addresses does not let a machine in. So the gateway's pods take their port from
everybody, and who reaches the port at all is the firewall's to say (`components.gcp.firewall`).

Sources: GKE, *Using the Compute Engine persistent disk CSI driver*, *About GKE Dataplane V2*; Cilium,
*Layer 3 policies* (CIDR rules do not select nodes); external-dns 0.21, *Flags*; Velero's plugin for GCP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.contracts import BackupStore, GatewayDoor, Machines, Volumes
from components.gcp.edge import GATEWAY_PORT
from components.gcp.firewall import FRONT_ENDS, PEOPLE
from components.gcp.identity import BACKUPS
from components.gcp.node_pool import disk_type
from components.gcp.operator_accounts import OperatorAccounts
from components.gcp.ranges import Ranges

__all__ = ["Operators", "OperatorsArgs"]

VELERO_PLUGIN: Final = "docker.io/velero/velero-plugin-for-gcp:v1.14.2"
"""For Velero 1.18."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsArgs:
    """Which cluster, who its operators are, and what each works on."""

    project: str
    region: str
    cluster_name: str
    twin_cluster_name: str | None
    """The other region's cluster, whose backups can be restored here. None: there is no other region."""
    accounts: OperatorAccounts
    secret_keys: Mapping[str, str]
    """By the secret's name, its id in the project."""
    zone_name: pulumi.Input[str]
    zone_visibility: str
    """``public``, or ``private`` for an internal entry."""
    domain: str
    data_bucket: pulumi.Input[str]
    machine_type: str
    """Of the machines that stay, which pods with disks run on."""
    disk_key: pulumi.Input[str]
    labels: Mapping[str, str]
    """For disks, which the cluster makes and no stack-wide labelling reaches."""
    cidr: str
    """The region's range, cut by `components.gcp.ranges`."""
    networks: Sequence[str]
    """The ranges of all regions: an entry of one sends to the other when its own has nobody left."""
    people: bool
    """Whether Google's proxy for people reaches the gateway too."""
    health_path: str


class Operators(Part):
    """The region's words for what `components.contracts.OperatorsOutputs` asks."""

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
        self.service_account_annotations = args.accounts.service_account_annotations
        self.values = self._values()
        self.secret_keys = args.secret_keys
        self.secret_provider = {"gcpsm": {"projectID": args.project}}
        self.volumes = Volumes(
            provisioner="pd.csi.storage.gke.io",
            parameters={
                "type": disk_type(args.machine_type),
                "disk-encryption-kms-key": args.disk_key,
                "labels": ",".join(f"{key}={value}" for key, value in args.labels.items()),
            },
        )
        self.backup_store = BackupStore(
            provider="gcp",
            bucket=pulumi.Output.from_input(args.data_bucket),
            prefix=_folder(args.cluster_name),
            twin_prefix=_folder(args.twin_cluster_name) if args.twin_cluster_name else None,
            config={"serviceAccount": args.accounts.backup_account},
            plugin=VELERO_PLUGIN,
        )
        self.machines = None
        self.door = self._door()
        self.finish()

    def _door(self) -> GatewayDoor:
        args = self._args
        return GatewayDoor(
            target_group_id=None,
            node_port=GATEWAY_PORT,
            front_ends=[
                *FRONT_ENDS,
                *(Ranges(cidr).proxies for cidr in args.networks),
                *([PEOPLE] if args.people else []),
                Ranges(args.cidr).machines,
            ],
            hops=2,  # the client, and the balancer itself
            health_path=args.health_path,
        )

    def _values(self) -> dict[str, dict[str, object]]:
        args = self._args
        return {
            "external-dns": {
                "provider": {"name": "google"},
                "extraArgs": {
                    "google-project": args.project,
                    "google-zone-visibility": args.zone_visibility,
                    "zone-id-filter": args.zone_name,
                    "regex-domain-filter": f"^(.+\\.{re.escape(args.region)}\\.)?{re.escape(args.domain)}$",
                },
                "managedRecordTypes": ["A", "AAAA", "CNAME"],
                "txtOwnerId": args.cluster_name,
            },
        }


def _folder(cluster_name: str) -> str:
    return f"{BACKUPS}/{cluster_name}"
