"""The certificates of one cluster: an authority of its own, and what it vouches for.

Everything is made for one cluster on one machine and thrown away with it; nobody else trusts it.
Keys are of the curve P-256, in files that only their owner may read.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "Pair", "write_key", "write_key_pair", "write_private"]

VALID: Final = dt.timedelta(days=90)
SLACK: Final = dt.timedelta(hours=1)
"""Valid from a little before now: clocks are moved."""
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate (or a bare public key) and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """Vouches for the parts of one cluster. Made anew each time."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is made (0700) where it is missing; ``ca.crt`` and ``ca.key`` are written there."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.pair = Pair(folder / "ca.crt", folder / "ca.key")
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "trading-platform-lab")])
        self._key = write_key(self.pair.key)
        builder = self._begun(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        self._certificate = builder.sign(self._key, hashes.SHA256())
        _write_certificate(self.pair.certificate, self._certificate)

    @property
    def certificate(self) -> Path:
        """Whom to trust: what a client is given to know this cluster's servers by."""
        return self.pair.certificate

    def issue(
        self, name: str, *, user: str = "", groups: Sequence[str] = (), hosts: Sequence[str] = ()
    ) -> Pair:
        """Make ``<name>.crt`` and ``<name>.key``, good for a server and for a client.

        ``user`` and ``groups``: who the client is to Kubernetes (common name and organizations).
        ``hosts``: names and addresses that the server is reached by, besides ``localhost`` and 127.0.0.1.
        """
        pair = Pair(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        key = write_key(pair.key)
        subject = x509.Name(
            [
                *(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups),
                x509.NameAttribute(NameOID.COMMON_NAME, user or name),
            ]
        )
        builder = (
            self._begun(subject, key)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(
                x509.SubjectAlternativeName([_general(host) for host in ("localhost", LOOPBACK, *hosts)]),
                critical=False,
            )
        )
        _write_certificate(pair.certificate, builder.sign(self._key, hashes.SHA256()))
        return pair

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - SLACK)
            .not_valid_after(now + VALID)
        )


def write_key_pair(folder: Path, name: str) -> Pair:
    """A key that signs, ``<name>.key``, and what its signatures are checked by, ``<name>.pub``."""
    pair = Pair(folder / f"{name}.pub", folder / f"{name}.key")
    public = write_key(pair.key).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    write_private(pair.certificate, pem)
    return pair


def write_key(file: Path) -> ec.EllipticCurvePrivateKey:
    """Make a key and write it, readable by its owner alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_private(file, pem)
    return key


def write_private(file: Path, content: bytes) -> None:
    """Write a file that was never readable by anybody else, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        stream.write(content)
    new.replace(file)


def _write_certificate(file: Path, certificate: x509.Certificate) -> None:
    write_private(file, certificate.public_bytes(serialization.Encoding.PEM))


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
