"""What the inside of a cluster offers to its rooms while it is built: nothing that it does not have."""

from __future__ import annotations

import ast
from pathlib import Path

from stacks import cluster_place, workloads


def test_every_attribute_that_a_room_may_ask_for_is_filled_by_the_workloads() -> None:
    tree = ast.parse(Path(workloads.__file__).read_text(encoding="utf-8"))
    targets = [target for node in ast.walk(tree) if isinstance(node, ast.Assign) for target in node.targets]
    flat = [inner for one in targets for inner in (one.elts if isinstance(one, ast.Tuple) else [one])]
    filled = {one.attr for one in flat if isinstance(one, ast.Attribute)}
    assert set(cluster_place.ClusterPlace.__annotations__) <= filled
