"""A cluster's certificates: good for its own parts, and for nobody else."""

from __future__ import annotations

import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from lab.certificates import Authority, Pair, write_key_pair


def handshake(server: Pair, client: Pair, trusted: Path, name: str) -> x509.Certificate:
    """Connect as a client that asks for a name; whom the server saw."""
    there = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(trusted))
    there.load_cert_chain(server.certificate, server.key)
    there.verify_mode = ssl.CERT_REQUIRED
    here = ssl.create_default_context(cafile=str(trusted))
    here.load_cert_chain(client.certificate, client.key)
    left, right = socket.socketpair()
    seen: list[bytes | None] = []

    def serve() -> None:
        try:
            with there.wrap_socket(right, server_side=True) as connection:
                seen.append(connection.getpeercert(binary_form=True))
                connection.sendall(b".")
        except OSError:
            right.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with here.wrap_socket(left, server_hostname=name) as connection:
            connection.recv(1)
    finally:
        left.close()
        thread.join()
    assert seen[0] is not None
    return x509.load_der_x509_certificate(seen[0])


def test_a_client_is_who_its_certificate_says(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    server = authority.issue("kube-apiserver", hosts=("kubernetes.default.svc", "10.96.0.1"))
    client = authority.issue("keda", user="system:serviceaccount:keda:keda", groups=("a", "b"))
    for name in ("localhost", "127.0.0.1", "kubernetes.default.svc", "10.96.0.1"):
        seen = handshake(server, client, authority.certificate, name).subject
        users = [attribute.value for attribute in seen.get_attributes_for_oid(NameOID.COMMON_NAME)]
        groups = [attribute.value for attribute in seen.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
        assert (users, groups) == (["system:serviceaccount:keda:keda"], ["a", "b"])


def test_a_server_is_not_taken_for_another(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("kube-apiserver")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(pair, pair, authority.certificate, "example.com")


def test_another_clusters_authority_vouches_for_nobody_here(tmp_path: Path) -> None:
    ours, others = Authority(tmp_path / "ours"), Authority(tmp_path / "others")
    with pytest.raises(ssl.SSLError):
        handshake(others.issue("a"), ours.issue("b"), ours.certificate, "localhost")


def test_a_part_cannot_vouch_for_others(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("kwok")
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_nothing_is_readable_by_anybody_else(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    authority.issue("kwok")
    write_key_pair(authority.folder, "service-accounts")
    assert authority.folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in authority.folder.iterdir()} == {0o600}


def test_the_public_half_of_a_key_pair_belongs_to_the_private_one(tmp_path: Path) -> None:
    pair = write_key_pair(tmp_path, "service-accounts")
    public = serialization.load_pem_public_key(pair.certificate.read_bytes())
    private = serialization.load_pem_private_key(pair.key.read_bytes(), password=None)
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    assert private.public_key().public_bytes(encoding, form) == public.public_bytes(encoding, form)
