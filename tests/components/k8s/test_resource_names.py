"""A role names what the operators bring as the API server calls it."""

from __future__ import annotations

import pytest

from components.k8s.resource_names import plural, resource_names
from lab.crds import WITHOUT_MODULE


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Gateway", "gateways"),
        ("GatewayClass", "gatewayclasses"),
        ("Prometheus", "prometheuses"),
        ("SecurityPolicy", "securitypolicies"),
        ("EnvoyProxy", "envoyproxies"),
        ("HTTPRoute", "httproutes"),
    ],
)
def test_a_kind_is_named_as_its_project_names_it(kind: str, name: str) -> None:
    assert plural(kind) == name


def test_what_the_projects_document_is_what_is_formed() -> None:
    wrong = {
        made.kind: made.plural
        for made in WITHOUT_MODULE
        if plural(made.kind) != made.plural and not made.api_version.startswith("chaos-mesh.org/")
    }
    assert wrong == {}, "of Chaos Mesh no role says anything"


def test_every_kind_of_a_group_is_named_once_and_in_order() -> None:
    assert resource_names("keda.sh") == (
        "clustertriggerauthentications",
        "scaledjobs",
        "scaledobjects",
        "triggerauthentications",
    )


def test_a_group_that_no_chart_brings_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no chart brings kinds of the group keda\.io\. Groups: .*keda\.sh"):
        resource_names("keda.io")
