"""What a cloud's rooms promise to the rest of the platform, without a cloud's name in it.

``stacks/`` and ``components/k8s/`` read only these. Each cloud's part has the attributes of its
contract, and the type checker holds it to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import pulumi

__all__ = [
    "AlertsOutputs",
    "BackupStore",
    "BucketOutputs",
    "CacheOutputs",
    "ClusterOutputs",
    "DatabaseOutputs",
    "DnsOutputs",
    "EdgeOutputs",
    "GatewayDoor",
    "IdentityOutputs",
    "KeysOutputs",
    "Machines",
    "NetworkOutputs",
    "OperatorsOutputs",
    "Recovery",
    "RegistryOutputs",
    "SecretStoreOutputs",
    "StorageOutputs",
    "Volumes",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What the loss of its region costs one part: seconds, the worst that is documented or alarmed at.

    `stacks.recovery` adds the times up and holds the sum against what the environment promises.
    """

    part: str
    detection: int = 0
    """Until it is known that the part is away."""
    promotion: int = 0
    """Until its twin in the other region has been put in its place."""
    warm_up: int = 0
    """Until the twin carries the whole load."""
    lag: int | None = None
    """What was written in the last so many seconds may be lost; None where nothing can be lost."""
    beside: str = ""
    """The part that people put in place at the same time: only what this one takes longer counts."""
    promised: bool = True
    """Whether the lag counts against the promise. Object storage's does not: no cloud guarantees it."""
    source: str
    """Where the figures come from, for who doubts them."""

    @property
    def time(self) -> int:
        """Seconds until the part is back."""
        return self.detection + self.promotion + self.warm_up


class NetworkOutputs(Protocol):
    """A private network in several zones."""

    network_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    """Machines and pods. One a zone, or a single one where the cloud's subnets span the zones."""
    public_subnet_ids: Sequence[pulumi.Output[str]]
    database_subnet_ids: Sequence[pulumi.Output[str]]
    """Stores, as many as above: no route leaves the network."""


class KeysOutputs(Protocol):
    """One encryption key a class of data, by what names a key in that cloud. Each can have a replica."""

    data: pulumi.Output[str]
    """Orders, market data, backups."""
    secrets: pulumi.Output[str]
    """Passwords and what Kubernetes calls secrets."""
    logs: pulumi.Output[str]


class ClusterOutputs(Protocol):
    """A Kubernetes cluster that is ready to take objects."""

    cluster_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    """JSON; says how to get a token, holds none."""
    client_group_id: pulumi.Output[str]
    """What the network knows the cluster's pods by, for firewall rules."""

    @property
    def recovery(self) -> Recovery:
        """How it comes back in another region."""
        ...


class DatabaseOutputs(Protocol):
    """PostgreSQL."""

    endpoint: pulumi.Output[str]
    """Host name of the writer."""
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    database_name: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    """What identity policies call the database by."""
    ca_certificate: pulumi.Output[str]
    """PEM: who signs the database's certificate. Empty where its cloud publishes one list for all."""

    @property
    def recovery(self) -> Recovery:
        """How it comes back in another region."""
        ...


class CacheOutputs(Protocol):
    """Valkey: quotes, sessions, queues. Nothing that cannot be had again."""

    endpoint: pulumi.Output[str]
    """Host name that writes go to."""
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    resource_id: pulumi.Output[str]
    """What identity policies call the cache by."""
    ca_certificate: pulumi.Output[str]
    """PEM: who signs the cache's certificate. Empty where every client knows the authority."""
    user_ids: Mapping[str, pulumi.Output[str]]
    """By service name, what identity policies call the service's own user by (empty where there is none)."""
    user_names: Mapping[str, pulumi.Output[str]]
    """By service name, as whom it logs in."""

    @property
    def recovery(self) -> Recovery:
        """How it comes back in another region."""
        ...


@dataclass(frozen=True, slots=True)
class BucketOutputs:
    """One bucket: its name, and what policies call it by."""

    name: pulumi.Output[str]
    resource_id: pulumi.Output[str]


class StorageOutputs(Protocol):
    """Object storage."""

    data: BucketOutputs
    """Market data and model artefacts."""
    audit: BucketOutputs
    """Write once: nobody can delete before the retention ends."""
    access_logs: BucketOutputs

    @property
    def recovery(self) -> Recovery:
        """How the data comes back in another region."""
        ...


class SecretStoreOutputs(Protocol):
    """Secrets that people and partners give: kept by the cloud, never by this program."""

    secret_ids: Mapping[str, pulumi.Output[str]]
    """By the secret's name, what identity policies and readers call it by."""


class RegistryOutputs(Protocol):
    """Where the services' images are."""

    repository_urls: Mapping[str, pulumi.Output[str]]
    """By service name, what an image's reference starts with."""


class AlertsOutputs(Protocol):
    """Where the cloud's own alarms go."""

    topic_id: pulumi.Output[str]


class DnsOutputs(Protocol):
    """The public zone of the platform's domain."""

    zone_id: pulumi.Output[str]
    name_servers: pulumi.Output[Sequence[str]]
    """What the parent domain has to delegate to."""


class EdgeOutputs(Protocol):
    """The one way in: TLS ends here, and a web application firewall looks at every request."""

    host_name: pulumi.Output[str]
    """The entry's own name or address, which the platform's records lead to."""
    target_group_id: pulumi.Output[str]
    """Where the entry looks for the gateway inside the cluster: a group that its pods register with, or
    the port of each machine that it must serve on."""


class IdentityOutputs(Protocol):
    """Who a workload is to its cloud: no key, no password."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """By service name, what its Kubernetes service account must carry (may be empty)."""
    database_users: Mapping[str, pulumi.Input[str]]
    """By service name, as whom it logs in to the database."""
    token_endpoints: Sequence[tuple[str, int]]
    """Where a pod gets its identity: (CIDR, port). A closed namespace must let it out there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Volumes:
    """How a pod gets a disk."""

    provisioner: str
    """The cloud's CSI driver, which also takes the snapshots."""
    parameters: Mapping[str, pulumi.Input[str]]
    """Of the StorageClass: the disk's type, and the key that it is encrypted with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStore:
    """Where Velero keeps what it saves."""

    provider: str
    """Velero's name for the cloud: ``aws``, ``gcp``, ``azure``."""
    bucket: pulumi.Output[str]
    prefix: str
    """Folder in the bucket: one a cluster, so that two clusters never write one backup."""
    twin_prefix: str | None
    """Folder of the other region's cluster, for reading alone: what is restored here when that region is
    lost. None where there is no other region."""
    config: Mapping[str, pulumi.Input[str]]
    """Of the BackupStorageLocation."""
    plugin: str
    """Image of the provider's plugin, by digest or exact tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What Karpenter needs to make machines, where the cloud does not bring its own autoscaler."""

    node_class: Mapping[str, object]
    """Spec of the cloud's node class: image, role, subnets, security groups, disk, tags."""
    settings: Mapping[str, pulumi.Input[str]]
    """Karpenter's own: cluster name, interruption queue (values of its chart under ``settings``)."""
    architecture: str
    """``amd64`` or ``arm64``."""
    standing: int
    """Machines on demand that stand without Karpenter, which makes the rest of those that are allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDoor:
    """How the region's entry reaches the gateway inside the cluster: exactly one of the two ways."""

    target_group_id: pulumi.Output[str] | None
    """The gateway's pods are registered with it, one by one."""
    node_port: int | None
    """Every machine takes what is for the gateway on this port."""
    front_ends: Sequence[str]
    """Networks that the entry's requests come from."""
    hops: int
    """So many addresses at the right end of ``X-Forwarded-For`` are the entry's word, and no client's."""
    health_path: str
    """Asked by the entry: answered with 200 when the gateway can serve."""


class OperatorsOutputs(Protocol):
    """Who the platform's own operators are to the cloud, and what of the cloud they work on."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """By operator (``external-secrets``, ``velero`` …), what its service account must carry."""
    values: Mapping[str, Mapping[str, object]]
    """By operator, values of its chart that only this cloud needs."""
    secret_provider: Mapping[str, object]
    """``spec.provider`` of the store that External Secrets reads from."""
    secret_keys: Mapping[str, pulumi.Input[str]]
    """By the secret's name, what that store calls it."""
    volumes: Volumes
    backup_store: BackupStore
    machines: Machines | None
    """None where the cloud scales machines itself."""
    door: GatewayDoor
