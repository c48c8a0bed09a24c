from __future__ import annotations

from typing import Any

import pytest
from pulumi import ResourceOptions

from components.k8s.certificates import Certificates, CertificatesArgs
from plan.resource import Plan
from tests.components.k8s.manifests import hasty, objects, of, operator, refused
from tests.components.k8s.support import LABELS, deploy


@pytest.fixture(scope="module")
def plan() -> Plan:
    def room(provider: Any) -> None:
        args = CertificatesArgs(
            namespace="gateway",
            labels=LABELS,
            dns_names=["trade.example.com", "*.trade.example.com"],
            after=[operator()],
        )
        Certificates("certificates", args, ResourceOptions(provider=provider))

    return deploy(room)


def hours(duration: str) -> int:
    return int(duration.removesuffix("h0m0s"))


def test_every_object_is_what_its_schema_allows_and_waits_for_cert_manager(plan: Plan) -> None:
    assert refused(plan) == []
    assert hasty(plan) == []


def test_the_certificate_is_for_the_domain_and_all_under_it_and_for_serving_only(plan: Plan) -> None:
    spec = of(plan, "Certificate", "gateway")["spec"]
    assert spec["dnsNames"] == ["trade.example.com", "*.trade.example.com"]
    assert set(spec["usages"]) == {"digital signature", "server auth"}
    assert "isCA" not in spec


def test_each_certificate_is_signed_by_the_one_before_and_nothing_from_outside_is_needed(plan: Plan) -> None:
    authority, own = (of(plan, "Certificate", name)["spec"] for name in ("gateway-ca", "gateway"))
    assert of(plan, "Issuer", authority["issuerRef"]["name"])["spec"] == {"selfSigned": {}}
    assert of(plan, "Issuer", own["issuerRef"]["name"])["spec"]["ca"]["secretName"] == authority["secretName"]
    assert authority["isCA"] is True


def test_a_certificate_is_renewed_long_before_it_ends_and_its_key_is_new_each_time(plan: Plan) -> None:
    for name in ("gateway-ca", "gateway"):
        spec = of(plan, "Certificate", name)["spec"]
        assert hours(spec["duration"]) >= 3 * hours(spec["renewBefore"]), "there is time to mend a renewal"
        assert hours(spec["renewBefore"]) >= 30 * 24
        assert spec["privateKey"]["rotationPolicy"] == "Always"


def test_what_outlives_its_signer_is_never_made(plan: Plan) -> None:
    authority, own = (of(plan, "Certificate", name)["spec"] for name in ("gateway-ca", "gateway"))
    assert hours(own["duration"]) <= hours(authority["renewBefore"])


def test_key_and_certificate_stay_in_the_gateways_namespace(plan: Plan) -> None:
    assert {manifest["kind"] for _, manifest in objects(plan)} == {"ConfigMap", "Issuer", "Certificate"}, (
        "a ClusterIssuer would sign for every namespace"
    )
