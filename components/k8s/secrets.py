"""Secrets from the cloud's store as files in a pod: External Secrets copies them, and keeps them fresh.

People put a value into the cloud's store (`components.aws.secret_store`, `components.gcp.secret_store`);
this program never sees one, and its state holds names alone. Every ten minutes the operator looks whether
it has changed. A pod mounts the copy as files, so that a new value is there within minutes and without a
restart; a copy that were ``immutable``, or environment variables, would be as old as the pod.

While the store does not answer, and even when the secret is deleted there, the copy stays (``Retain``):
what a service has been given it keeps until somebody takes the secret from its list.

A namespace has a store of its own, that no other namespace can use. The operator reads with its own
identity, which the cloud lets read the secrets that services have declared and no others.

Sources: External Secrets 2.9, *ExternalSecret* (lifecycle: ownership and deletion policy), *SecretStore*;
Kubernetes, *Secrets* (mounted secrets are updated automatically, not as ``subPath``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.objects import custom

__all__ = ["REFRESH_SECONDS", "Secrets", "SecretsArgs"]

STORE: Final = "external-secrets.io/v1/SecretStore"
SECRET: Final = "external-secrets.io/v1/ExternalSecret"  # noqa: S105 - a kind
STORE_NAME: Final = "cloud"
REFRESH_SECONDS: Final = 600
"""How long an old value may go on being used after somebody has put in a new one; each look costs money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsArgs:
    """Who reads what."""

    namespace: pulumi.Input[str]
    labels: Labels
    provider: Mapping[str, object]
    """``spec.provider`` of the store: `components.contracts.OperatorsOutputs.secret_provider`."""
    secrets: Mapping[str, Mapping[str, pulumi.Input[str]]]
    """By who reads them (which is the Kubernetes secret's name), by file name, what the cloud's store calls
    the secret: `components.contracts.SecretStoreOutputs.secret_ids`."""
    after: Sequence[pulumi.Resource] = ()
    """What brings the kinds of objects, and the webhook that looks at each of them."""


class Secrets(Part):
    """The namespace's store, and a copy for each that reads."""

    secret_names: Mapping[str, pulumi.Output[str]]
    """By who reads, the Kubernetes secret to mount. Who declares nothing is not here."""

    def __init__(self, name: str, args: SecretsArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        wanted = {reader: files for reader, files in args.secrets.items() if files}
        if wanted:
            store = self._object("store", STORE, STORE_NAME, {"provider": args.provider})
            self.secret_names = {reader: self._copy(reader, files, store) for reader, files in wanted.items()}
        else:  # a store that nobody reads from would be one door more
            self.secret_names = {}
        self.finish()

    def _copy(
        self, reader: str, files: Mapping[str, pulumi.Input[str]], store: pulumi.Resource
    ) -> pulumi.Output[str]:
        made = self._object(
            reader,
            SECRET,
            reader,
            {
                "refreshPolicy": "Periodic",
                "refreshInterval": f"{REFRESH_SECONDS // 60}m0s",
                "secretStoreRef": {"kind": "SecretStore", "name": STORE_NAME},
                "target": {
                    "name": reader,
                    "creationPolicy": "Owner",
                    "deletionPolicy": "Retain",
                    "immutable": False,
                },
                "data": [
                    {"secretKey": file, "remoteRef": {"key": key}} for file, key in sorted(files.items())
                ],
            },
            store,
        )
        return made.id.apply(lambda _: reader)  # so that who mounts it comes after it

    def _object(
        self, child: str, kind: str, called: str, spec: dict[str, Any], *before: pulumi.Resource
    ) -> CustomResource:
        return custom(
            self.named(child),
            kind,
            ObjectMetaArgs(
                name=called, namespace=self._args.namespace, labels=self._args.labels.of(called, "secret")
            ),
            spec,
            ResourceOptions(parent=self, depends_on=[*self._args.after, *before]),
        )
