"""What names promise: they fit, they are legal, they differ, and they never change."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.naming import LIMITS, Naming

ENVIRONMENTS = st.sampled_from(["dev", "staging", "prod"])
KINDS = st.sampled_from(sorted(LIMITS))
WORDS = st.lists(st.text("abz059", min_size=1, max_size=42), max_size=6)
LEGAL = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


@given(ENVIRONMENTS, KINDS, WORDS)
def test_a_name_fits_and_uses_the_alphabet_that_every_cloud_takes(
    environment: str, kind: str, words: list[str]
) -> None:
    name = Naming(environment).of(kind, *words)
    assert len(name) <= LIMITS[kind]
    assert LEGAL.fullmatch(name)


@given(ENVIRONMENTS, KINDS, WORDS)
def test_a_name_says_whose_it_is(environment: str, kind: str, words: list[str]) -> None:
    assert Naming(environment).of(kind, *words).startswith(f"trading-{environment}")


@given(ENVIRONMENTS, KINDS, st.lists(WORDS, min_size=2, max_size=8, unique_by="-".join))
def test_two_names_stay_two_however_long_they_are(
    environment: str, kind: str, names: list[list[str]]
) -> None:
    assert len({Naming(environment).of(kind, *words) for words in names}) == len(names)


def test_two_long_names_that_begin_alike_stay_two() -> None:
    long = "a" * 80
    naming = Naming("dev")
    assert naming.of("iam-role", long, "east") != naming.of("iam-role", long, "west")


@given(ENVIRONMENTS, KINDS, WORDS)
def test_the_same_words_are_always_the_same_name(environment: str, kind: str, words: list[str]) -> None:
    assert Naming(environment).of(kind, *words) == Naming(environment).of(kind, *words)


def test_names_that_are_deployed_do_not_change() -> None:
    """These are in states: another form of cutting would replace what carries them."""
    naming = Naming("prod")
    assert naming.of("eks-cluster") == "trading-prod"
    assert naming.of("iam-role", "service", "api", "us-east-1") == "trading-prod-service-api-us-east-1"
    assert naming.of("bucket", "a" * 60) == f"trading-prod-{'a' * 42}-74f5b69"


def test_a_kind_whose_limit_nobody_looked_up_has_no_name() -> None:
    with pytest.raises(KeyError):
        Naming("dev").of("teapot", "api")
