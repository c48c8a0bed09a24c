"""The gateway's certificate: made in the cluster, renewed there, and trusted by nobody outside.

The entry before the gateway has the certificate that customers see; behind it TLS begins anew, so that
whoever listens inside the network hears nothing. Neither Amazon's balancer nor Google's checks the
certificate there, so one that the cluster made itself is as good as any. That the entry talks to nobody
else is what security groups, firewall rules and the gateway's network policy are for.

A first issuer signs an authority, and the authority the certificate: who wants to check it can be given
one file that stays the same for a year. Keys are new with every renewal. The gateway reads a renewed
certificate without a restart.

Sources: cert-manager 1.21, *SelfSigned* (bootstrapping CA issuers), *Certificate resource*; Elastic Load
Balancing, *Target groups* (HTTPS targets are not verified); Cloud Load Balancing, *Encryption to the
backends*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.objects import custom

__all__ = ["SECRET", "Certificates", "CertificatesArgs"]

ISSUER: Final = "cert-manager.io/v1/Issuer"
CERTIFICATE: Final = "cert-manager.io/v1/Certificate"
SECRET: Final = "gateway-tls"  # noqa: S105 - a name
"""Where the gateway finds key and certificate."""
AUTHORITY: Final = "gateway-ca"
DAY_HOURS: Final = 24
AUTHORITY_DAYS, AUTHORITY_RENEWED_DAYS = 365, 90
DAYS, RENEWED_DAYS = 90, 30
"""Renewed so long before the end: a month in which somebody can mend what does not renew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesArgs:
    """For which names."""

    namespace: pulumi.Input[str]
    labels: Labels
    dns_names: Sequence[str]
    after: Sequence[pulumi.Resource] = ()
    """What brings cert-manager's kinds, and the webhook that looks at each of them."""


class Certificates(Part):
    """Bootstrap issuer, authority, its issuer, the gateway's certificate."""

    secret_name: pulumi.Output[str]

    def __init__(self, name: str, args: CertificatesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        bootstrap = self._object("bootstrap", ISSUER, "gateway-bootstrap", {"selfSigned": {}})
        authority = self._object(
            "authority",
            CERTIFICATE,
            AUTHORITY,
            {
                "isCA": True,
                "commonName": AUTHORITY,
                "secretName": AUTHORITY,
                "usages": ["cert sign", "crl sign"],
                **_lasting(AUTHORITY_DAYS, AUTHORITY_RENEWED_DAYS),
                "issuerRef": _issuer("gateway-bootstrap"),
            },
            bootstrap,
        )
        issuer = self._object("issuer", ISSUER, AUTHORITY, {"ca": {"secretName": AUTHORITY}}, authority)
        self._object(
            "certificate",
            CERTIFICATE,
            "gateway",
            {
                "dnsNames": list(args.dns_names),
                "secretName": SECRET,
                "usages": ["digital signature", "server auth"],
                **_lasting(DAYS, RENEWED_DAYS),
                "issuerRef": _issuer(AUTHORITY),
            },
            issuer,
        )
        self.secret_name = pulumi.Output.from_input(SECRET)
        self.finish()

    def _object(
        self, child: str, kind: str, called: str, spec: dict[str, Any], *before: pulumi.Resource
    ) -> CustomResource:
        return custom(
            self.named(child),
            kind,
            ObjectMetaArgs(
                name=called,
                namespace=self._args.namespace,
                labels=self._args.labels.of("gateway", "certificate"),
            ),
            spec,
            ResourceOptions(parent=self, depends_on=[*self._args.after, *before]),
        )


def _lasting(days: int, renewed_days: int) -> dict[str, Any]:
    """Hours, as Go says a duration; a key on P-256, which both balancers speak, and a new one each time."""
    return {
        "duration": f"{days * DAY_HOURS}h0m0s",
        "renewBefore": f"{renewed_days * DAY_HOURS}h0m0s",
        "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        "revisionHistoryLimit": 3,
    }


def _issuer(called: str) -> dict[str, str]:
    return {"group": "cert-manager.io", "kind": "Issuer", "name": called}
