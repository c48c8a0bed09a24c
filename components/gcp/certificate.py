"""The certificate of the entry: for the platform's domain and every name directly under it, in both regions.

Certificate Manager proves the domain by a record in its public zone and renews the certificate while that
record stands. One proof is good for the domain and its wildcard. It is of the kind that belongs to this
project alone: its name is not ``_acme-challenge``, which the cluster or another cloud may need themselves.

A public entry takes its certificate through a map: who asks for a name that is not in it gets no
certificate at all, for the map has no first choice. An internal one takes no map; its certificate has to
be of the scope that is served from every region.

Nothing here waits until the certificate has been issued, for Google has no call that does. That takes
minutes once the parent domain delegates to the zone, and until then no handshake succeeds. The zone's
CAA record must let ``pki.goog`` issue.

A replaced certificate is made before the old one goes: names hold the domain, which is all that replaces.

Sources: Certificate Manager, *How Certificate Manager works*, *Manage DNS authorizations*, *Google-managed
certificates* (one authorisation covers a domain and its wildcard; per-project records), *Supported load
balancers* (a map for the external, certificates themselves for the cross-region internal one).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import certificatemanager, dns

from components.base import Part
from components.naming import Naming

__all__ = ["Certificate", "CertificateArgs"]

PROOF_SECONDS: Final = 300
SERVICE: Final = "//certificatemanager.googleapis.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateArgs:
    """Whose certificate it is, where that is proved, and for which kind of entry."""

    naming: Naming
    domain: str
    zone_name: pulumi.Input[str]
    """The domain's public zone: nobody can prove anything in a private one."""
    public: bool


class Certificate(Part):
    """A certificate with its proof, and its map where the entry takes one."""

    certificate_id: pulumi.Output[str]
    """What the entry's proxy takes: of a public entry the map, known when its names are in it; of an
    internal one the certificate."""

    def __init__(self, name: str, args: CertificateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._shape = "public" if args.public else "internal"
        certificate = self._certificate(self._authorization())
        entry = self._map(certificate) if args.public else certificate.id
        self.certificate_id = pulumi.Output.concat(SERVICE, entry)
        self.finish()

    def _named_after_domain(self, *words: str) -> str:
        return self._args.naming.of("certificate", *words, *self._args.domain.split("."))

    def _authorization(self) -> certificatemanager.DnsAuthorization:
        return certificatemanager.DnsAuthorization(
            self.named("proof"),
            name=self._named_after_domain("proof"),
            description=f"That {self._args.domain} is ours",
            domain=self._args.domain,
            location="global",
            type="PER_PROJECT_RECORD",
            opts=ResourceOptions(parent=self),
        )

    def _certificate(
        self, authorization: certificatemanager.DnsAuthorization
    ) -> certificatemanager.Certificate:
        """After its proof can be read: Google waits longer after each look that found none."""
        args = self._args
        asked = authorization.dns_resource_records.apply(lambda records: records[0])
        proof = dns.RecordSet(
            self.named("proof"),
            managed_zone=args.zone_name,
            name=asked.apply(lambda one: one.name or ""),
            type="CNAME",
            ttl=PROOF_SECONDS,
            rrdatas=[asked.apply(lambda one: one.data or "")],
            opts=ResourceOptions(parent=self),
        )
        return certificatemanager.Certificate(
            # each kind of entry has its own, so that one can be made beside the other
            self.named(self._shape),
            name=self._named_after_domain(self._shape),
            description=f"{args.domain} and every name directly under it",
            location="global",
            scope="DEFAULT" if args.public else "ALL_REGIONS",
            managed=certificatemanager.CertificateManagedArgs(
                domains=[args.domain, f"*.{args.domain}"], dns_authorizations=[authorization.id]
            ),
            opts=ResourceOptions(parent=self, depends_on=[proof]),
        )

    def _map(self, certificate: certificatemanager.Certificate) -> pulumi.Output[str]:
        args = self._args
        served = certificatemanager.CertificateMap(
            self.named("map"),
            name=args.naming.of("certificate", "edge"),
            description="Which certificate a name gets",
            opts=ResourceOptions(parent=self),
        )
        entries = [
            certificatemanager.CertificateMapEntry(
                self.named(which),
                name=self._named_after_domain(which),
                description=f"For {host}",
                map=served.name,
                hostname=host,
                certificates=[certificate.id],
                opts=ResourceOptions(parent=self),
            )
            for which, host in (("apex", args.domain), ("wildcard", f"*.{args.domain}"))
        ]
        known = pulumi.Output.all(served.id, *(entry.id for entry in entries))
        return known.apply(lambda ids: str(ids[0]))
