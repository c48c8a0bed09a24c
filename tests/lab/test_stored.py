"""An object as an API server keeps it, and as the engine is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from lab.stored import Address, inputs_of, kind_of, merged, outputs_of, without_none
from plan.value import Secret, Value

THERE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "keys",
        "uid": "1",
        "resourceVersion": "7",
        "labels": {"a": "b"},
        "managedFields": [{"manager": "pulumi"}],
    },
    "data": {"key": "aHVudGVyMg=="},
    "status": {"phase": "Active"},
}


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("kubernetes:core/v1:Pod", "v1/Pod"),
        ("kubernetes:apps/v1:Deployment", "apps/v1/Deployment"),
        ("kubernetes:keda.sh/v1alpha1:ScaledObject", "keda.sh/v1alpha1/ScaledObject"),
        ("kubernetes:apps/v1:DeploymentPatch", "apps/v1/Deployment"),
    ],
)
def test_a_type_is_a_kind(token: str, kind: str) -> None:
    assert kind_of(token) == kind


def test_an_address_is_told_as_the_engine_tells_it() -> None:
    metadata = {"name": "web", "namespace": "trading"}
    address = Address.of({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata})
    assert str(address) == "apps/v1/Deployment trading/web"
    assert Address("v1/Namespace", None, "trading").identity == "trading"


def test_what_the_engine_is_told_has_no_bookkeeping_and_hides_what_is_secret() -> None:
    outputs = outputs_of(THERE, {})
    assert "status" not in outputs
    assert "managedFields" not in outputs["metadata"]  # pyright: ignore[reportOperatorIssue]
    assert outputs["data"] == Secret({"key": "aHVudGVyMg=="})


def test_what_the_program_has_secret_stays_secret_at_any_depth() -> None:
    there = {"metadata": {"name": "a"}, "data": {"open": "1", "hidden": "2"}, "list": [{"a": 1}, {"a": 2}]}
    beside: dict[str, Value] = {
        "data": {"open": "1", "hidden": Secret("2")},
        "list": [{"a": 1}, {"a": Secret(2)}],
    }
    outputs = outputs_of(there, beside)
    assert outputs["data"] == {"open": "1", "hidden": Secret("2")}
    assert outputs["list"] == [{"a": 1}, {"a": Secret(2)}]


def test_an_imported_object_is_made_of_what_a_program_could_have_said() -> None:
    assert inputs_of(THERE) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys", "labels": {"a": "b"}},
        "data": Secret({"key": "aHVudGVyMg=="}),
    }


@pytest.mark.parametrize(
    ("known", "again", "there", "wanted"),
    [
        ({"cpu": "1000m"}, {"cpu": "1"}, {"cpu": "1"}, {"cpu": "1000m"}),  # the server's way of writing it
        ({"image": "a"}, {"image": "a"}, {"image": "b"}, {"image": "b"}),
        ({"image": "a"}, {"image": "a", "pulled": True}, {"image": "a", "pulled": False}, {"image": "a"}),
        ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": 1}, {"a": 1}),
        ([{"w": 1}, {"w": 2}], [{"w": 1}, {"w": 2}], [{"w": 1}, {"w": 3}], [{"w": 1}, {"w": 3}]),
        ([1], [1], [1, 2], [1, 2]),
        ({"s": Secret("a")}, {"s": "a"}, {"s": "a"}, {"s": Secret("a")}),
        ({"s": Secret("a")}, {"s": "a"}, {"s": "b"}, {"s": Secret("b")}),
        ({"stringData": {"a": "b"}}, {"x": 1}, {"x": 2}, {"stringData": {"a": "b"}}),
    ],
)
def test_only_what_applying_again_would_change_counts_as_changed(
    known: Value, again: Value, there: Value, wanted: Value
) -> None:
    assert merged(known, again, there) == wanted


def test_a_key_without_a_value_is_no_wish() -> None:
    assert without_none({"a": None, "b": [{"c": None, "d": 0}]}) == {"b": [{"d": 0}]}
