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
    "BucketOutputs",
    "ClusterOutputs",
    "DatabaseOutputs",
    "IdentityOutputs",
    "KeysOutputs",
    "NetworkOutputs",
    "StorageOutputs",
]


class NetworkOutputs(Protocol):
    """A private network in several zones."""

    network_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    """One a zone: machines and pods."""
    public_subnet_ids: Sequence[pulumi.Output[str]]
    database_subnet_ids: Sequence[pulumi.Output[str]]
    """One a zone: no route leaves the network."""


class KeysOutputs(Protocol):
    """One encryption key a class of data, by what names a key in that cloud."""

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


class DatabaseOutputs(Protocol):
    """PostgreSQL."""

    endpoint: pulumi.Output[str]
    """Host name of the writer."""
    reader_endpoint: pulumi.Output[str]
    port: pulumi.Output[int]
    database_name: pulumi.Output[str]
    resource_id: pulumi.Output[str]
    """What identity policies call the database by."""


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


class IdentityOutputs(Protocol):
    """Who a workload is to its cloud: no key, no password."""

    service_account_annotations: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """By service name, what its Kubernetes service account must carry (may be empty)."""
    token_endpoints: Sequence[tuple[str, int]]
    """Where a pod gets its identity: (CIDR, port). A closed namespace must let it out there."""
