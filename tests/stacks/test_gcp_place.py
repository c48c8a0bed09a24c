"""What a Google region offers to its rooms while it is built: nothing that a region does not have."""

from __future__ import annotations

import ast
from pathlib import Path

from stacks import gcp_place, gcp_region


def test_every_attribute_that_a_room_may_ask_for_is_filled_by_the_region() -> None:
    """In the order of the constructor: what is asked for before it stands fails in the first recording."""
    tree = ast.parse(Path(gcp_region.__file__).read_text(encoding="utf-8"))
    filled = {
        name.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        for name in ast.walk(target)
        if isinstance(name, ast.Attribute)
    }
    assert set(gcp_place.GcpPlace.__annotations__) <= filled
