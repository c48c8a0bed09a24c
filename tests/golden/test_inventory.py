"""Every resource of the shipped stacks by type and logical name: a rename shows in review.

A logical name is an address: renaming it makes the engine delete and create. A line that changes
here without an `alias` in the code is a deletion somewhere.
"""

from __future__ import annotations

import pytest

from plan.resource import Plan
from tests.support import ROOT, STACKS, planned

UPDATE = "pytest tests/golden --update-golden   (or: make golden), then read `git diff tests/golden`"


def inventory(plan: Plan) -> str:
    """One line a resource, by address, with what protects it."""
    lines = []
    for resource in plan:
        marks = [
            mark
            for mark, on in (
                ("protected", resource.options.protect),
                ("retained", resource.options.retain_on_delete),
            )
            if on
        ]
        lines.append(" ".join((plan.address(resource), f"[{resource.type}]", *marks)))
    return "\n".join([f"{len(lines)} resources", *sorted(lines), ""])


@pytest.mark.parametrize("stack", STACKS)
def test_the_stack_holds_just_these_resources(stack: str, request: pytest.FixtureRequest) -> None:
    golden = ROOT / "tests" / "golden" / f"{stack}.txt"
    found = inventory(planned(stack))
    if request.config.getoption("--update-golden"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8"), f"the inventory changed; if that is wanted: {UPDATE}"


@pytest.mark.parametrize("stack", STACKS)
def test_a_preview_declares_the_same_resources_as_a_deployment(stack: str) -> None:
    assert inventory(planned(stack, "preview")) == inventory(planned(stack, "up"))
