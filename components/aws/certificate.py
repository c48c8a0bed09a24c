"""The certificate of one region's entry: for the platform's domain and every name directly under it.

ACM proves the domain by a record in its zone and renews the certificate while that record stands. The
proof is made of the domain and the account alone: it is the same for the apex and the wildcard, and in
every region. So there is one record, which the first region makes and the second one is handed.

A replaced certificate is made before the old one goes, because nothing here has a name of its own: the
listener moves over, then the old certificate is deleted.

Sources: ACM user guide, *DNS validation*, *Certificate characteristics*; Route 53 API reference,
*HealthCheckConfig* (checkers speak TLS up to 1.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import acm, route53

from components.base import Part

__all__ = ["Certificate", "CertificateArgs"]

KEY_ALGORITHM: Final = "RSA_2048"
"""An elliptic curve would be quicker, but a client that cannot verify it is a client lost, and AWS does
not say that Route 53's health checkers can: one that cannot would move the platform for nothing."""
PROOF_SECONDS: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateArgs:
    """Whose certificate it is, and where that is proved."""

    domain: str
    zone_id: pulumi.Input[str]
    proof: route53.Record | None
    """The record that another region's certificate has made already; None makes it."""


class Certificate(Part):
    """A certificate that has been issued: who takes its ARN from here waits for that."""

    certificate_arn: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        certificate = acm.Certificate(
            self.named("certificate"),
            domain_name=args.domain,
            subject_alternative_names=[f"*.{args.domain}"],
            validation_method="DNS",
            key_algorithm=KEY_ALGORITHM,
            opts=ResourceOptions(parent=self),
        )
        self.proof = args.proof or self._prove(certificate, args.zone_id)
        """For the certificate of the other region."""
        issued = acm.CertificateValidation(
            self.named("issued"),
            certificate_arn=certificate.arn,
            validation_record_fqdns=[self.proof.fqdn],
            opts=ResourceOptions(parent=self),
        )
        self.certificate_arn = issued.certificate_arn
        self.finish()

    def _prove(self, certificate: acm.Certificate, zone_id: pulumi.Input[str]) -> route53.Record:
        """One record, whatever the certificate answers: how many there are is known in a preview."""
        option = certificate.domain_validation_options.apply(lambda options: options[0])
        return route53.Record(
            self.named("proof"),
            zone_id=zone_id,
            name=option.apply(lambda one: one.resource_record_name),
            type="CNAME",
            ttl=PROOF_SECONDS,
            # absent only of a certificate that is proved by mail
            records=[option.apply(lambda one: one.resource_record_value or "")],
            opts=ResourceOptions(parent=self),
        )
