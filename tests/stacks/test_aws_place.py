"""What a region offers to its rooms while it is built: nothing that a region does not have."""

from __future__ import annotations

import ast
from pathlib import Path

from stacks import aws_place, aws_region


def test_every_attribute_that_a_room_may_ask_for_is_filled_by_the_region() -> None:
    """In the order of the constructor: what is asked for before it stands fails in the first recording."""
    tree = ast.parse(Path(aws_region.__file__).read_text(encoding="utf-8"))
    filled = {
        target.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }
    assert set(aws_place.AwsPlace.__annotations__) <= filled
