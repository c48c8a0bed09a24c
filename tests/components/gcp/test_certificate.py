"""What the certificate promises: both names, proved by one record, served to nobody who asks for another."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi_gcp import certificatemanager, compute, dns

from plan.resource import Mode
from tests.components.gcp.support_edge import (
    CLOSED_PROD,
    DEV,
    DOMAIN,
    OFFICE_ONLY,
    PROD,
    SHAPES,
    Shape,
    changes,
    entry,
    part,
)
from tests.components.kit import before, every, said, sources, the, token


@pytest.mark.parametrize("shape", SHAPES)
def test_one_certificate_speaks_for_the_domain_and_every_name_directly_under_it(shape: Shape) -> None:
    plan = entry(shape)
    certificate = the(plan, certificatemanager.Certificate)
    assert said(certificate, "managed", "domains") == [DOMAIN, f"*.{DOMAIN}"]
    assert said(certificate, "location") == "global"
    assert said(certificate, "selfManaged") is None, "nobody here ever holds its key"


@pytest.mark.parametrize(("shape", "scope"), [(PROD, "DEFAULT"), (CLOSED_PROD, "ALL_REGIONS")])
def test_it_is_of_the_scope_that_its_kind_of_entry_takes(shape: Shape, scope: str) -> None:
    assert said(the(entry(shape), certificatemanager.Certificate), "scope") == scope


@pytest.mark.parametrize("mode", ["preview", "up"])
@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_one_record_in_the_public_zone_proves_both_names(shape: Shape, mode: Mode) -> None:
    plan = entry(replace(shape, mode=mode))
    (proof,) = [one for one in every(plan, dns.RecordSet) if said(one, "type") == "CNAME"]
    assert sources(plan, proof, "managedZone") == {"zone"}, "nobody sees a private one"
    assert sources(plan, proof, "name") == sources(plan, proof, "rrdatas") == {"certificate-proof"}
    assert said(the(plan, certificatemanager.DnsAuthorization), "domain") == DOMAIN


def test_the_proof_is_what_google_asks_for() -> None:
    plan = entry(DEV)
    proof = the(plan, dns.RecordSet, "certificate-proof")
    asked = the(plan, certificatemanager.DnsAuthorization).outputs["dnsResourceRecords"]
    assert isinstance(asked, list)
    assert isinstance(asked[0], dict)
    assert said(proof, "name") == asked[0]["name"]
    assert said(proof, "rrdatas") == [asked[0]["data"]]
    assert said(proof, "type") == asked[0]["type"]


def test_the_proof_does_not_take_the_name_that_others_prove_by() -> None:
    assert said(the(entry(DEV), certificatemanager.DnsAuthorization), "type") == "PER_PROJECT_RECORD"


@pytest.mark.parametrize("shape", [PROD, CLOSED_PROD])
def test_google_is_not_asked_for_a_certificate_before_it_can_read_the_proof(shape: Shape) -> None:
    plan = entry(shape)
    certificate = the(plan, certificatemanager.Certificate)
    assert (token(dns.RecordSet), "certificate-proof") in before(plan, certificate)
    assert sources(plan, certificate, "managed") == {"certificate-proof"}


def test_whoever_asks_for_another_name_gets_no_certificate() -> None:
    plan = entry(PROD)
    entries = every(plan, certificatemanager.CertificateMapEntry)
    assert {said(one, "hostname") for one in entries} == {DOMAIN, f"*.{DOMAIN}"}
    for one in entries:
        assert said(one, "matcher") is None, "PRIMARY would answer to every name"
        assert sources(plan, one, "certificates") == {"certificate-public"}
        assert sources(plan, one, "map") == {"certificate-map"}


def test_nobody_is_served_before_the_names_are_in_the_map() -> None:
    plan = entry(PROD)
    proxy = the(plan, compute.TargetHttpsProxy)
    kind = token(certificatemanager.CertificateMapEntry)
    assert {(kind, f"certificate-{which}") for which in ("apex", "wildcard")} <= before(plan, proxy)


@pytest.mark.parametrize("shape", [DEV, CLOSED_PROD])
def test_an_internal_entry_has_no_map(shape: Shape) -> None:
    assert every(entry(shape), certificatemanager.CertificateMap) == []


def test_the_outside_learns_what_the_proxy_takes() -> None:
    inside = entry(CLOSED_PROD)
    certificate = the(inside, certificatemanager.Certificate).id
    prefix = "//certificatemanager.googleapis.com/"
    assert part(inside, "certificate").outputs == {"certificate_id": f"{prefix}{certificate}"}
    outside = entry(PROD)
    served = the(outside, certificatemanager.CertificateMap).id
    assert part(outside, "certificate").outputs == {"certificate_id": f"{prefix}{served}"}


def test_opening_the_entry_keeps_the_proof_and_makes_the_new_certificate_beside_the_old_one() -> None:
    found = changes(DEV, OFFICE_ONLY)
    touched = {one.resource.name: one.action for one in found.changes if one.resource.name.startswith("cert")}
    assert touched == {
        "certificate-internal": "delete",
        "certificate-public": "create",
        "certificate-map": "create",
        "certificate-apex": "create",
        "certificate-wildcard": "create",
    }
    names = {said(the(entry(shape), certificatemanager.Certificate), "name") for shape in (DEV, OFFICE_ONLY)}
    assert len(names) == 2
