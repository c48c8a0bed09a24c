"""Property paths in Pulumi's notation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan.paths import covers, parse, render

keys = st.text(st.characters(blacklist_characters="\"'\x00", blacklist_categories=["Cs"]), min_size=1)


@settings(deadline=None)
@given(st.lists(st.one_of(keys, st.integers(0, 99)), min_size=1).map(tuple))
def test_a_written_path_reads_back_as_it_was(path: tuple[str | int, ...]) -> None:
    assert parse(render(path)) == path


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("spec.replicas", "spec.replicas", True),
        ("spec", "spec.replicas", True),
        ("spec.replicas", "spec.paused", False),
        ("containers[*].image", "containers[3].image", True),
        ("ingress.fromPort", "ingress[0].fromPort", True),
        ("ingress[1]", "ingress[0].fromPort", False),
        ("specs", "spec", False),
    ],
)
def test_a_pattern_speaks_of_what_it_names_and_all_in_it(pattern: str, path: str, *, expected: bool) -> None:
    assert covers(parse(pattern), parse(path)) is expected
