"""Mistakes in the rules are noticed: nine of ten that can be made on purpose, by the policies' own cases."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from policies.registry import load
from tests.policies.mutants import MODULES, Mutant, is_caught, mutants

SHARE = 0.9
"""Of all mutants, those that must be caught. The rest are no mistakes: another way to write the same rule."""
IN_A_MODULE = 0.75
MUTANTS = pytest.StashKey[dict[str, tuple[int, list[str]]]]()


def named(path: Path) -> str:
    return "/".join(path.parts[-3:])


@pytest.mark.slow
@pytest.mark.parametrize("path", MODULES, ids=named)
def test_mistakes_in_a_module_are_caught_by_its_policies_cases(
    path: Path, pytestconfig: pytest.Config
) -> None:
    made = list(mutants(path))
    missed = [str(mutant) for mutant in made if not is_caught(mutant)]
    pytestconfig.stash.setdefault(MUTANTS, {})[named(path)] = (len(made), missed)
    assert len(missed) <= (1 - IN_A_MODULE) * len(made), "\n".join(missed)


@pytest.mark.slow
def test_nine_of_ten_mistakes_in_the_rules_are_caught(pytestconfig: pytest.Config) -> None:
    found = pytestconfig.stash.get(MUTANTS, {})
    if len(found) < len(MODULES):
        pytest.skip("asked of all modules together: run the whole file")
    made = sum(number for number, _ in found.values())
    missed = [mutant for _, survivors in found.values() for mutant in survivors]
    assert made > 1000, "there are mistakes to make"
    assert len(missed) <= (1 - SHARE) * made, "\n".join([f"{len(missed)} of {made} are missed", *missed])


@pytest.mark.slow
@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_as_it_stands_is_not_taken_for_a_mistake(path: Path) -> None:
    assert not is_caught(Mutant(path, 0, "nothing", ast.parse(path.read_text(encoding="utf-8"))))


def changed(old: str, new: str) -> Mutant:
    path = next(one for one in MODULES if one.parts[-2:] == ("aws", "keys.py"))
    text = path.read_text(encoding="utf-8")
    assert old in text
    return Mutant(path, 0, f"{old} is {new}", ast.parse(text.replace(old, new)))


def test_a_mistake_is_caught_and_the_rule_as_it_stands_is_not() -> None:
    assert not is_caught(changed("key", "key"))
    assert is_caught(changed("enableKeyRotation", "enableKeyRotations"))
    assert is_caught(changed("yield", "return"))
    before = load()["aws-kms-rotation"]
    assert load()["aws-kms-rotation"] is before, "nothing of it stays"
