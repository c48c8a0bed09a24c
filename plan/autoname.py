"""Which input is a resource's own name, and the name that a provider makes up when it is left out.

Providers do this in their ``Check``: the logical name, a hyphen and some random digits. The digits
here come from the URN and the generation, so that the same program has the same names everywhere,
and a replacement does not collide with what it replaces.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Final

from plan import sdk
from plan.forms import azure, kubernetes
from plan.value import Value

__all__ = ["autoname", "made_up", "own_name"]

AWS_NAMES: Final = {
    "aws:s3/bucket:Bucket": "bucket",
    "aws:s3/bucketV2:BucketV2": "bucket",
    "aws:rds/cluster:Cluster": "clusterIdentifier",
    "aws:rds/clusterInstance:ClusterInstance": "identifier",
    "aws:rds/instance:Instance": "identifier",
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:elasticache/cluster:Cluster": "clusterId",
    "aws:eks/nodeGroup:NodeGroup": "nodeGroupName",
}
"""Types whose own name is not called ``name``."""
COMPACT: Final = {"azure-native:storage:StorageAccount": 24, "azure-native:containerregistry:Registry": 50}
"""Types whose names take letters and digits only, with the longest length."""
DIGITS: Final = 7
AUTONAMED: Final = "pulumi.com/autonamed"


@cache
def own_name(token: str) -> str:
    """The optional input that names the resource itself; empty where there is none."""
    package = sdk.package_of(token)
    if token.startswith(sdk.PROVIDER) or package == "kubernetes":
        return ""
    found = azure.own_name(token) if package == "azure-native" else AWS_NAMES.get(token, "name")
    field = (sdk.inputs(token) or {}).get(found)
    return found if field is not None and not field.required and field.shape.kind == "text" else ""


def made_up(token: str, urn: str, generation: int) -> str:
    """The name that a provider would give: stable for the URN and the generation."""
    logical = urn.rpartition("::")[2]
    digits = hashlib.sha256(f"{urn}|{generation}".encode()).hexdigest()[:DIGITS]
    if longest := COMPACT.get(token):
        return "".join(filter(str.isalnum, logical)).lower()[: longest - DIGITS] + digits
    lowered = token in AWS_NAMES or token.startswith(("gcp:", "kubernetes:"))
    return f"{logical.lower() if lowered else logical}-{digits}"


def autoname(token: str, urn: str, inputs: Mapping[str, Value], generation: int) -> dict[str, Value]:
    """The inputs that a provider adds to name the resource: none when the program did it."""
    if sdk.package_of(token) == "kubernetes":
        return _metadata(token, urn, inputs, generation)
    name = own_name(token)
    if not name or inputs.get(name) is not None or inputs.get(f"{name}Prefix") is not None:
        return {}
    first_in_line = inputs.get("fifoQueue") is True or inputs.get("fifoTopic") is True
    return {name: made_up(token, urn, generation) + (".fifo" if first_in_line else "")}


def _metadata(token: str, urn: str, inputs: Mapping[str, Value], generation: int) -> dict[str, Value]:
    given = inputs.get("metadata")
    if not kubernetes.is_object(token) or not (given is None or isinstance(given, dict)):
        return {}
    metadata = dict(given or {})
    if metadata.get("name") is not None or metadata.get("generateName") is not None:
        return {}
    notes = metadata.get("annotations")
    metadata["name"] = made_up(token, urn, generation)
    metadata["annotations"] = {**(notes if isinstance(notes, dict) else {}), AUTONAMED: "true"}
    return {"metadata": metadata}
