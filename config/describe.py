"""What the models say about a path: expected values, the reason, an example.

Errors, the schema for editors and the check of changed settings read the models through the same
generated JSON schema, so none of them can say what the others do not.
"""

from __future__ import annotations

import re
from functools import cache
from typing import cast

from config.base import WHY, Json, KeyPath
from config.settings import Settings

__all__ = [
    "Node",
    "accepts",
    "children",
    "description",
    "example",
    "expected",
    "node_at",
    "settings_schema",
    "why",
]

Node = dict[str, Json]


@cache
def settings_schema() -> Node:
    """The JSON schema of the resolved settings."""
    return cast("Node", Settings.model_json_schema())


def _node(value: Json) -> Node:
    return value if isinstance(value, dict) else {}


def _resolved(node: Node) -> Node:
    """A node with its reference followed; what is said beside the reference wins."""
    if isinstance(reference := node.get("$ref"), str):
        target = _node(_node(settings_schema()["$defs"])[reference.rpartition("/")[2]])
        return target | {key: value for key, value in node.items() if key != "$ref"}
    if isinstance(choices := node.get("anyOf"), list):
        inner = [_node(choice) for choice in choices if _node(choice).get("type") != "null"]
        if len(inner) == 1:
            return _resolved(inner[0]) | {key: value for key, value in node.items() if key != "anyOf"}
    return node


def _entries(node: Node) -> Node:
    """What stands under any name in a mapping of named entries."""
    by_pattern = _node(node.get("patternProperties"))
    return _node(next(iter(by_pattern.values()), None))


def _variant(node: Node, provider: Json) -> Node:
    """The model of one cloud, or of AWS when the provider is not known."""
    mapping = _node(_node(node.get("discriminator")).get("mapping"))
    reference = mapping.get(provider if isinstance(provider, str) else "", mapping.get("aws"))
    described = {key: value for key, value in node.items() if key == "description"}
    return _resolved({"$ref": reference}) | described if reference else node


def node_at(path: KeyPath, provider: Json = "aws") -> Node:
    """The schema of the value at a path; empty where nothing can stand."""
    node = settings_schema()
    for part in path:
        node = _variant(_resolved(node), provider)
        if isinstance(part, int):
            node = {"description": description(node)} | _node(node.get("items"))
        else:
            inside = _node(node.get("properties"))
            node = _node(inside.get(part)) or _entries(node)
    resolved = _resolved(node)
    if path == ("cloud", "provider"):
        said: Node = {"enum": ["aws", "gcp", "azure"], "description": "Which cloud."}
        return {key: value for key, value in resolved.items() if key != "const"} | said
    return _variant(resolved, provider)


def children(path: KeyPath, provider: Json = "aws") -> tuple[str, ...]:
    """The keys that may stand in the section at a path."""
    return tuple(_node(node_at(path, provider).get("properties")))


def description(node: Node) -> str:
    """What the value is for."""
    return str(node.get("description", "")) or "A part of the settings."


def why(node: Node) -> str:
    """The reason of the limits, or what the value is for, where the limits follow from that."""
    if reason := node.get(WHY):
        return str(reason)
    if "enum" in node:
        return f"{description(node)} Nothing else is built and tested."
    if node.get("type") == "boolean":
        return f"{description(node)} Words such as yes and on are text to the engine."
    return description(node)


def _in_range(node: Node, number: float) -> bool:
    low, high, step = (node.get(key) for key in ("minimum", "maximum", "multipleOf"))
    above = not isinstance(low, (int, float)) or number >= low
    below = not isinstance(high, (int, float)) or number <= high
    return above and below and (not isinstance(step, float) or (number / step).is_integer())


def accepts(node: Node, value: Json) -> bool:
    """Whether a single value fits, as far as the schema tells."""
    if isinstance(values := node.get("enum"), list):
        return any(value == known and type(value) is type(known) for known in values)
    kind = node.get("type")
    match value:
        case bool():
            return kind == "boolean"
        case str():
            return kind == "string" and re.search(str(node.get("pattern", "")), value) is not None
        case int() | float():
            return kind in (("integer", "number") if isinstance(value, int) else ("number",)) and _in_range(
                node, value
            )
        case _:
            return False


def _range(node: Node, kind: str) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    step = f" in steps of {node['multipleOf']}" if "multipleOf" in node else ""
    return f"{kind} from {low} to {high}{step}" if low is not None and high is not None else kind


def _items(node: Node) -> Node:
    return _resolved(_node(node.get("items")))


def expected(node: Node) -> str:
    """What may stand there, in words."""
    if text := node.get("patternErrorMessage"):
        return str(text)
    if isinstance(values := node.get("enum"), list):
        return f"one of {', '.join(map(str, values))}"
    kind = node.get("type")
    if kind == "array":
        return f"a list of {'at least one of ' if node.get('minItems') else ''}{expected(_items(node))}"
    if keys := _node(node.get("properties")):
        return f"a section with the keys {', '.join(keys)}"
    words = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "text"}
    return _range(node, words.get(str(kind), "a section of named entries, at least one"))


def _section(node: Node) -> Json:
    """The least that a section holds."""
    if entry := _entries(node):
        return {"api": example(_resolved(entry))}
    inside, required = _node(node.get("properties")), node.get("required")
    wanted = map(str, required) if isinstance(required, list) else ()
    return {key: example(_resolved(_node(inside[key]))) for key in wanted}


def example(node: Node) -> Json:
    """A value that is accepted there: the first that the schema names."""
    for key in ("examples", "enum"):
        if isinstance(values := node.get(key), list) and values:
            return values[0]
    for key in ("const", "default", "minimum"):
        if node.get(key) is not None:
            return node[key]
    match node.get("type"):
        case "boolean":
            return True
        case "array":
            return [example(_items(node))]
        case _:
            return _section(node)
