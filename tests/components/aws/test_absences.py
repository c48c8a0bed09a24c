"""What is nowhere in a region, whichever part one looks at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pulumi_aws import ec2, iam

from plan.resource import Resource
from plan.value import Value
from tests.components.aws.kit import SHAPES, TAGS, Shape, region
from tests.components.kit import every, token
from tests.support import policy_documents, statements, values

ANYWHERE = {"0.0.0.0/0", "::/0"}


def leaves(shape: Shape) -> Iterator[tuple[Resource, str, Value]]:
    """Every single value that is asked for, with the resource and the path."""
    for resource in region(shape):
        for path, value in values(dict(resource.inputs)):
            yield resource, path, value


def many(value: str | list[str]) -> list[str]:
    """A policy's one or many, as many."""
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_has_a_public_address_but_the_ways_out(shape: Shape) -> None:
    asked = [
        (resource.name, path, value)
        for resource, path, value in leaves(shape)
        if path.rpartition(".")[2] in {"mapPublicIpOnLaunch", "associatePublicIpAddress"}
    ]
    assert asked
    assert all(value in {False, "false"} for _, _, value in asked), asked
    plan = region(shape)
    assert len(every(plan, ec2.Eip)) == len(every(plan, ec2.NatGateway))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_whole_internet_is_named_only_as_a_way_out(shape: Shape) -> None:
    naming = {(resource.type, path) for resource, path, value in leaves(shape) if value in ANYWHERE}
    assert naming == {(token(ec2.Route), "destinationCidrBlock")}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_policy_has_a_wildcard_for_an_action_or_for_who_may_act(shape: Shape) -> None:
    found = list(policy_documents(region(shape)))
    assert len(found) > len(every(region(shape), iam.Role))
    for resource, document in found:
        for statement in statements(document):
            assert not any("*" in action for action in many(statement["Action"])), resource.name
            assert "NotAction" not in statement, resource.name
            principal = statement.get("Principal", {})
            assert principal != "*", resource.name
            assert not any("*" in one for who in dict(principal).values() for one in many(who)), resource.name


@pytest.mark.parametrize("shape", SHAPES)
def test_every_service_that_may_take_a_role_says_on_whose_behalf(shape: Shape) -> None:
    for resource, document in policy_documents(region(shape)):
        for statement in statements(document):
            service = statement.get("Principal", {}).get("Service")
            if service not in {None, "ec2.amazonaws.com"}:  # EC2 says nothing: see machine_trust
                assert "aws:SourceAccount" in statement["Condition"]["StringEquals"], resource.name


@pytest.mark.parametrize("shape", SHAPES)
def test_there_is_no_password_anywhere(shape: Shape) -> None:
    for resource, path, _ in leaves(shape):
        assert "password" not in path.lower(), f"{resource.name}: {path}"
    kinds = {resource.type for resource in region(shape)}
    assert not kinds & {"aws:iam/user:User", "aws:iam/accessKey:AccessKey", "aws:ec2/keyPair:KeyPair"}


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_is_made_by_a_provider_that_was_not_named(shape: Shape) -> None:
    made = [resource for resource in region(shape) if resource.custom and not resource.is_provider]
    assert len(made) > 50
    assert {resource.name for resource in made if not resource.provider} == set()


@pytest.mark.parametrize("shape", SHAPES)
def test_what_can_carry_tags_carries_the_platforms(shape: Shape) -> None:
    tagged = [resource for resource in region(shape) if "tags" in resource.inputs]
    assert len(tagged) > 20
    for resource in tagged:
        tags = resource.inputs["tags"]
        assert isinstance(tags, dict)
        assert TAGS.as_map().items() <= tags.items(), resource.name
