"""The comparison that holds our plan against the engine: nothing that differs may pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from lab.differences import differences
from plan.resource import STACK_TYPE, Mode, Options, Plan, Resource
from plan.saved import HIDDEN
from plan.value import UNKNOWN, WRITE_ONLY, Secret, Value

STACK = Resource(
    "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev", STACK_TYPE, "p-dev", custom=False, inputs={}
)
VPC = Resource(
    "urn:pulumi:dev::p::aws:ec2/vpc:Vpc::vpc",
    "aws:ec2/vpc:Vpc",
    "vpc",
    custom=True,
    inputs={
        "cidrBlock": "10.0.0.0/16",
        "tags": {"a": "b"},
        "list": [1, {"on": True}],
        "password": Secret("s"),
    },
    parent=STACK.urn,
    provider="urn:pulumi:dev::p::pulumi:providers:aws::aws",
    dependencies=("urn:a", "urn:b"),
    property_dependencies={"cidrBlock": ("urn:a",)},
)


def plan(*resources: Resource, mode: Mode = "up", outputs: Mapping[str, Value] | None = None) -> Plan:
    return Plan("p", "dev", mode, (STACK, *resources), outputs or {})


def where(planned: Plan, registered: Plan) -> list[str]:
    return [difference.where for difference in differences(planned, registered)]


def test_the_same_plan_has_no_difference() -> None:
    assert differences(plan(VPC), plan(VPC)) == []


def test_a_resource_that_only_one_side_has_is_a_difference_either_way() -> None:
    assert [(d.planned, d.registered) for d in differences(plan(VPC), plan())] == [("present", "absent")]
    assert [(d.planned, d.registered) for d in differences(plan(), plan(VPC))] == [("absent", "present")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"type": "aws:ec2/subnet:Subnet"}, "type"),
        ({"custom": False}, "custom"),
        ({"parent": ""}, "parent"),
        ({"provider": "urn:other"}, "provider"),
        ({"dependencies": ("urn:a",)}, "dependencies"),
        ({"property_dependencies": {}}, "propertyDependencies"),
        ({"inputs": {**VPC.inputs, "cidrBlock": "10.1.0.0/16"}}, "inputs.cidrBlock"),
        ({"inputs": {**VPC.inputs, "cidrBlock": UNKNOWN}}, "inputs.cidrBlock"),
        ({"inputs": {**VPC.inputs, "tags": {"a": "c"}}}, "inputs.tags.a"),
        ({"inputs": {**VPC.inputs, "tags": {}}}, "inputs.tags.a"),
        ({"inputs": {**VPC.inputs, "list": [1]}}, "inputs.list"),
        ({"inputs": {**VPC.inputs, "list": [1, {"on": 1}]}}, "inputs.list[1].on"),
        ({"inputs": {**VPC.inputs, "password": "s"}}, "inputs.password"),
        ({"inputs": {**VPC.inputs, "password": Secret("t")}}, "inputs.password"),
        ({"inputs": {**VPC.inputs, "more": "than was said"}}, "inputs.more"),
    ],
)
def test_each_thing_that_differs_is_named(change: Mapping[str, Any], expected: str) -> None:
    assert expected in where(plan(VPC), plan(replace(VPC, **change)))


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("protect", True, "protect"),
        ("retain_on_delete", True, "retainOnDelete"),
        ("ignore_changes", ("tags",), "ignoreChanges"),
        ("replace_on_changes", ("tags",), "replaceOnChanges"),
        ("additional_secret_outputs", ("arn",), "additionalSecretOutputs"),
        ("deleted_with", "urn:a", "deletedWith"),
        ("import_id", "vpc-1", "import"),
    ],
)
def test_each_option_that_differs_is_named(option: str, value: object, expected: str) -> None:
    other = replace(VPC, options=replace(Options(), **{option: value}))  # pyright: ignore[reportArgumentType]
    assert where(plan(VPC), plan(other)) == [expected]
    assert where(plan(other), plan(VPC)) == [expected]


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("delete_before_replace", True, "deleteBeforeReplace"),
        ("aliases", ("urn:pulumi:dev::p::aws:ec2/vpc:Vpc::old",), "aliases"),
    ],
)
def test_what_a_state_does_not_say_is_compared_with_a_preview(
    option: str, value: object, expected: str
) -> None:
    other = replace(VPC, options=replace(Options(), **{option: value}))  # pyright: ignore[reportArgumentType]
    assert where(plan(other), plan(VPC, mode="preview")) == [expected]
    assert where(plan(other), plan(VPC)) == []


def test_an_alias_is_the_same_whether_it_is_said_as_a_urn_or_by_its_parts() -> None:
    ours = replace(VPC, options=Options(aliases=("::::old",)))
    theirs = replace(VPC, options=Options(aliases=("urn:pulumi:dev::p::aws:ec2/vpc:Vpc::old",)))
    assert where(plan(ours), plan(theirs, mode="preview")) == []


def test_a_stack_output_that_differs_is_named() -> None:
    found = differences(plan(outputs={"url": "a"}), plan(outputs={"url": "b"}))
    assert [(difference.where, difference.planned) for difference in found] == [("outputs.url", "a")]


def test_a_secret_that_the_engine_masks_is_no_difference_and_is_never_shown() -> None:
    masked = replace(VPC, inputs={**VPC.inputs, "password": HIDDEN})
    assert where(plan(VPC), plan(masked)) == []
    shown = "".join(map(str, differences(plan(VPC), plan(replace(VPC, inputs={"password": "clear"})))))
    assert "'s'" not in shown


@pytest.mark.parametrize("registered", [Secret("living"), HIDDEN, UNKNOWN, None])
def test_a_write_only_value_agrees_with_the_secret_that_the_engine_has_or_has_forgotten(
    registered: Value,
) -> None:
    planned = replace(VPC, inputs={**VPC.inputs, "password": WRITE_ONLY})
    inputs = {**VPC.inputs, "password": registered}
    theirs = replace(VPC, inputs={key: value for key, value in inputs.items() if value is not None})
    assert where(plan(planned), plan(theirs)) == []


def test_a_write_only_value_that_the_engine_has_in_the_clear_is_a_difference() -> None:
    planned = replace(VPC, inputs={**VPC.inputs, "password": WRITE_ONLY})
    assert where(plan(planned), plan(replace(VPC, inputs={**VPC.inputs, "password": "living"}))) == [
        "inputs.password"
    ]
