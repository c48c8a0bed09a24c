"""What the shipped stacks ask of Google Cloud is what Google's API documents know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plan.resource import Plan
from tests.google import documents, tables
from tests.google.plans import findings, plans
from tests.google.rest import held
from tests.google.tables import lines, shipped

SERVICE = "gcp:projects/service:Service"


def enabled() -> set[str]:
    """The hosts of the APIs that the stacks switch on."""
    return {str(api.inputs["service"]) for plan in plans() for api in plan.of_type(SERVICE)}


def test_a_stack_is_held_against_the_documents() -> None:
    assert plans(), "no shipped stack has a resource of Google Cloud: these tests would prove nothing"
    assert any(findings().fields.values())
    assert any(findings().choices.values())


def test_every_input_is_a_field_of_its_api_with_a_value_that_it_takes() -> None:
    assert not findings().problems, "\n".join(findings().problems)


def test_every_api_that_is_enabled_has_a_document() -> None:
    unknown = enabled() - documents.apis() - shipped().uncovered.keys()
    assert not unknown, f"no such API, or a row is missing in uncovered.csv: {sorted(unknown)}"


def test_every_row_of_the_tables_is_needed() -> None:
    without_document = {shipped().uncovered.get(api) for api in enabled() - documents.apis()}
    stale = shipped().rows() - findings().used - without_document
    assert not stale, "delete these rows: no shipped stack needs them\n" + "\n".join(sorted(map(str, stale)))


@pytest.mark.parametrize("name", ["enums.csv", "exceptions.csv", "kinds.csv", "uncovered.csv"])
def test_a_table_is_sorted_says_nothing_twice_and_leaves_no_cell_empty(name: str) -> None:
    rows = [tuple(line.values()) for line in lines(name)]
    assert rows == sorted(rows)
    assert all(cell for row in rows for cell in row)


def test_every_row_has_a_key_of_its_own() -> None:
    assert len(shipped().rows()) == sum(len(lines(path.name)) for path in tables.HERE.glob("*.csv"))


def test_a_type_is_covered_or_not_but_never_both() -> None:
    assert not shipped().kinds.keys() & shipped().uncovered.keys()


def test_every_covered_type_is_refused_a_field_that_its_api_does_not_have() -> None:
    spoiled = {
        resource.type: replace(resource, inputs={**resource.inputs, "noSuchField": True})
        for plan in plans()
        for resource in plan
        if resource.type in shipped().kinds
    }
    plan = Plan("trading", "spoiled", "up", tuple(spoiled.values()))
    problems = held([plan], shipped()).problems
    silent = [token for token in spoiled if not any(f"({token}) noSuchField:" in one for one in problems)]
    assert silent == []
