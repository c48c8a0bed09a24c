"""An object of a kind that an operator brings: KEDA, Argo Rollouts, the Gateway API and others.

The SDK knows no types for these; `lab.schemas` holds each of them to its operator's own schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

__all__ = ["custom"]


def custom(
    name: str,
    kind: str,
    metadata: ObjectMetaArgs,
    spec: Mapping[str, Any],
    opts: ResourceOptions,
) -> CustomResource:
    """One object. ``kind`` is ``group/version/Kind``, for example ``keda.sh/v1alpha1/ScaledObject``.

    ``spec`` is written in the wire's own names, as in the operator's documentation.
    """
    api_version, _, plain = kind.rpartition("/")
    return CustomResource(name, api_version=api_version, kind=plain, metadata=metadata, spec=spec, opts=opts)
