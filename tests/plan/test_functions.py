"""Data functions of the clouds, answered by a simulation."""

from __future__ import annotations

import json

import pytest

from plan import sdk, simulate
from plan.simulate import Place
from plan.value import Value
from tests.plan.sweep import HERE


def test_the_account_and_the_region_are_the_providers() -> None:
    identity = simulate.invoke("aws:index/getCallerIdentity:getCallerIdentity", {}, place=HERE)
    assert identity["accountId"] == "444455556666"
    assert "simulated" in str(identity["arn"])
    region = simulate.invoke("aws:index/getRegion:getRegion", {}, place=HERE)
    assert region["region"] == region["name"] == "eu-west-1"
    partition = simulate.invoke("aws:index/getPartition:getPartition", {}, place=Place("", "cn-north-1"))
    assert partition["partition"] == "aws-cn"


def test_a_region_has_three_zones_without_those_that_are_excluded() -> None:
    token = "aws:index/getAvailabilityZones:getAvailabilityZones"
    assert simulate.invoke(token, {}, place=HERE)["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    left = simulate.invoke(token, {"excludeNames": ["eu-west-1b"]}, place=HERE)
    assert left["names"] == ["eu-west-1a", "eu-west-1c"]
    assert left["zoneIds"] == ["euw1-az1", "euw1-az3"]


def test_a_policy_document_is_rendered_as_the_provider_renders_it() -> None:
    base = '{"Statement": [{"Sid": "Keep", "Effect": "Deny"}, {"Sid": "Use", "Effect": "Deny"}]}'
    statement: Value = {
        "sid": "Use",
        "actions": ["s3:GetObject"],
        "resources": ["a", "b"],
        "principals": [{"type": "Service", "identifiers": ["x"]}],
        "conditions": [{"test": "StringEquals", "variable": "k", "values": ["v"]}],
    }
    answer = simulate.invoke(
        "aws:iam/getPolicyDocument:getPolicyDocument",
        {"statements": [statement], "sourcePolicyDocuments": [base]},
        place=HERE,
    )
    document = json.loads(str(answer["json"]))
    assert document["Version"] == "2012-10-17"
    assert [part["Sid"] for part in document["Statement"]] == ["Keep", "Use"]
    assert document["Statement"][1] == {
        "Sid": "Use",
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": ["a", "b"],
        "Principal": {"Service": "x"},
        "Condition": {"StringEquals": {"k": "v"}},
    }
    assert json.loads(str(answer["minifiedJson"])) == document


def test_two_questions_to_one_function_have_two_answers_and_one_question_one() -> None:
    token = "aws:ssm/getParameter:getParameter"
    first = simulate.invoke(token, {"name": "/a"}, place=HERE)
    assert first == simulate.invoke(token, {"name": "/a"}, place=HERE)
    assert first["value"] != simulate.invoke(token, {"name": "/b"}, place=HERE)["value"]
    assert first["arn"] == "arn:aws:ssm:eu-west-1:444455556666:parameter/a"
    assert str(first["value"]).startswith("simulated")


def test_an_unknown_function_is_refused_with_its_nearest_neighbour() -> None:
    with pytest.raises(sdk.UnknownTokenError, match="getCallerIdentity"):
        simulate.invoke("aws:index/getCallerIdentty:getCallerIdentty", {}, place=HERE)
