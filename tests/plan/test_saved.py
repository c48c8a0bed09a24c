"""A plan as JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from plan.saved import HIDDEN, plan_from_json, plan_to_json, value_from_json, value_to_json
from plan.value import UNKNOWN, Value
from tests.report.sample import CLUSTER, SECRET, plan, with_resource

words = st.sampled_from(["unknown", "secret", "literal", "a", "name.with.dots"])
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(max_size=8),
    st.just(UNKNOWN),
    st.just(HIDDEN),
)
values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(words, inner, max_size=3)),
    max_leaves=12,
)


@settings(deadline=None)
@given(values)
def test_any_value_comes_back_from_json_as_it_was_marks_and_what_looks_like_one(value: Value) -> None:
    assert value_from_json(json.loads(json.dumps(value_to_json(value)))) == value


def test_a_plan_comes_back_as_it_was_but_for_what_its_secrets_hold() -> None:
    hidden = replace(plan()[CLUSTER], inputs={**plan()[CLUSTER].inputs, "masterPassword": HIDDEN})
    expected = replace(with_resource(plan(), hidden), outputs={"endpoint": UNKNOWN, "password": HIDDEN})
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan())))) == expected


def test_no_secret_is_saved() -> None:
    assert SECRET not in json.dumps(plan_to_json(plan()))
