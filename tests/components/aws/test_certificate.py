"""What certificates promise: one a region, issued before it is used, all proved by the same one record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi_aws import acm, route53

from plan.resource import Mode
from tests.components.aws.support_data import address
from tests.components.aws.support_edge import DEV, DOMAIN, DR_REGION, PROD, entry, part, region_of
from tests.components.kit import before, every, said, sources, the


def test_a_certificate_speaks_for_the_domain_and_every_name_directly_under_it() -> None:
    certificate = the(entry(DEV), acm.Certificate)
    assert said(certificate, "domainName") == DOMAIN
    assert said(certificate, "subjectAlternativeNames") == [f"*.{DOMAIN}"]


def test_every_client_and_health_checker_can_verify_it() -> None:
    assert {said(one, "keyAlgorithm") for one in every(entry(PROD), acm.Certificate)} == {"RSA_2048"}


@pytest.mark.parametrize("mode", ["preview", "up"])
def test_one_record_proves_both_names_in_both_regions_and_a_preview_knows_it(mode: Mode) -> None:
    plan = entry(replace(PROD, mode=mode))
    assert len(every(plan, acm.Certificate)) == 2
    assert len([one for one in every(plan, route53.Record) if said(one, "type") == "CNAME"]) == 1


def test_the_proof_is_what_the_certificate_asks_for_in_our_zone() -> None:
    plan = entry(DEV)
    proof = the(plan, route53.Record, "certificate-proof")
    assert sources(plan, proof, "zoneId") == {"dns-zone"}
    assert sources(plan, proof, "name") == sources(plan, proof, "records") == {"certificate-certificate"}
    options = the(plan, acm.Certificate).outputs["domainValidationOptions"]
    assert isinstance(options, list)
    assert isinstance(options[0], dict)
    assert said(proof, "name") == options[0]["resourceRecordName"]
    assert said(proof, "records") == [options[0]["resourceRecordValue"]]


@pytest.mark.parametrize("prefix", ["", "dr-"])
def test_both_regions_wait_for_the_one_proof(prefix: str) -> None:
    plan = entry(PROD)
    issued = the(plan, acm.CertificateValidation, f"{prefix}certificate-issued")
    assert sources(plan, issued, "certificateArn") == {f"{prefix}certificate-certificate"}
    assert sources(plan, issued, "validationRecordFqdns") == {"certificate-proof"}
    assert address(route53.Record, "certificate-proof") in before(plan, issued)


def test_the_outside_learns_the_certificate_of_its_own_region() -> None:
    plan = entry(PROD)
    certificate = the(plan, acm.Certificate, "dr-certificate-certificate")
    assert part(plan, "dr-certificate").outputs == {"certificate_arn": certificate.outputs["arn"]}
    assert region_of(plan, certificate) == DR_REGION


def test_a_new_certificate_is_there_before_the_old_one_goes() -> None:
    plan = entry(PROD)
    kinds = (acm.Certificate, acm.CertificateValidation)
    assert not any(one.options.delete_before_replace for kind in kinds for one in every(plan, kind))
