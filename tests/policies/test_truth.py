"""Three-valued logic, and the places that it is asked of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.value import UNKNOWN, UNKNOWN_TEXT, Secret
from policies.node import Node
from policies.truth import Truth, every, some

TRUTH = st.sampled_from(Truth)


def possible(truth: Truth) -> set[bool]:
    return {Truth.NO: {False}, Truth.UNKNOWN: {False, True}, Truth.YES: {True}}[truth]


def settled(values: set[bool]) -> Truth:
    return Truth.UNKNOWN if len(values) > 1 else Truth.YES if True in values else Truth.NO


@given(TRUTH, TRUTH)
def test_logic_is_true_of_every_world_that_is_still_possible(one: Truth, other: Truth) -> None:
    assert one & other == settled({a and b for a in possible(one) for b in possible(other)})
    assert one | other == settled({a or b for a in possible(one) for b in possible(other)})
    assert ~one == settled({not a for a in possible(one)})


@given(st.lists(TRUTH))
def test_some_and_every_are_the_same_logic_over_many(truths: list[Truth]) -> None:
    assert some(truths) == ~every(~truth for truth in truths)
    assert some([]) == Truth.NO


def test_a_truth_cannot_be_mistaken_for_a_boolean() -> None:
    with pytest.raises(TypeError, match=r"combine it with &, \| and ~"):
        bool(Truth.NO)


def test_absent_unknown_malformed_and_null_are_told_apart() -> None:
    root = Node({"a": {"b": 1}, "u": UNKNOWN, "n": None, "text": "x"})
    assert root.at("a.b").exists == Truth.YES
    assert root.at("a.c").is_absent
    assert root.at("a.c.d").exists == Truth.NO
    assert root.at("n").is_absent
    assert root.at("u.any.thing").exists == Truth.UNKNOWN
    assert root.at("text.below").exists == Truth.UNKNOWN
    assert root.at("text.below").shown == "malformed"
    assert root.at("u").shown == "unknown"


def test_an_unknown_list_may_hold_anything_and_an_absent_one_holds_nothing() -> None:
    root = Node({"u": UNKNOWN, "one": {"a": 1}, "many": [1, UNKNOWN], "text": "secrets"})
    assert [item.exists for item in root.key("u").items()] == [Truth.UNKNOWN]
    assert root.key("gone").items() == []
    assert [item.at("a").number for item in root.key("one").items()] == [1]
    assert [item.value for item in root.key("many").items()] == [1, UNKNOWN]
    assert [item.text for item in root.key("text").items()] == ["secrets"]
    assert [key for key, _ in root.key("u").entries()] == ["*"]


def test_booleans_numbers_and_texts_are_read_as_providers_read_them() -> None:
    root = Node({"yes": "true", "no": False, "zero": 0, "port": "22", "word": "ssh"})
    assert root.key("yes").is_true == Truth.YES
    assert root.key("no").is_false == Truth.YES
    assert root.key("gone").is_false == Truth.NO
    assert root.key("zero").is_false == Truth.NO
    assert root.key("zero").equals(False) == Truth.NO
    assert root.key("port").number == 22
    assert root.key("word").number is None


def test_a_secret_is_judged_and_never_shown() -> None:
    root = Node({"flag": Secret(True), "tree": Secret({"below": "word"})})
    assert root.key("flag").is_true == Truth.YES
    assert root.at("tree.below").equals("word") == Truth.YES
    assert root.at("tree.below").shown == "[secret]"
    assert "word" not in repr(root.at("tree.below"))


def test_a_document_is_read_from_text_or_object_and_keeps_its_unknowns() -> None:
    text = '{"Statement": [{"Effect": "Allow", "Resource": "arn:' + UNKNOWN_TEXT + '/*"}]}'
    root = Node({"text": text, "tree": {"Statement": {}}, "broken": "{", "secret": Secret('{"a": "word"}')})
    statement = root.key("text").parsed().key("Statement").items()[0]
    assert statement.key("Effect").text == "Allow"
    assert statement.key("Resource").exists == Truth.UNKNOWN
    assert root.key("tree").parsed().key("Statement").exists == Truth.YES
    assert root.key("broken").parsed().exists == Truth.UNKNOWN
    assert root.key("secret").parsed().key("a").shown == "[secret]"


def test_a_place_is_written_as_pulumi_writes_it() -> None:
    root = Node({"spec": {"containers": [{"ports": [{}]}], "labels": {"a.b/c": "d"}}})
    port = root.at("spec.containers").items()[0].key("ports").items()[0].key("hostPort")
    assert port.path == "spec.containers[0].ports[0].hostPort"
    assert root.at("spec.labels").key("a.b/c").path == 'spec.labels["a.b/c"]'
