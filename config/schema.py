"""The JSON schema of a stack file, generated from the models, for editors and pre-commit.

It is about what may be *written*: keys carry the namespace, and what a profile fills is optional. The
committed ``config/schema.json`` must equal it; ``python -m config.schema --write`` makes it so. Rules
between settings are not in it: `config.checks` has them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Final, cast

from config.base import NAMESPACE, Json
from config.describe import settings_schema
from config.environments import Profile

__all__ = ["SCHEMA_FILE", "main", "stack_file_schema", "text"]

SCHEMA_FILE: Final = Path(__file__).with_name("schema.json")


def _object(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)  # noqa: S101 - pydantic generates it so
    return value


def _mark_optional(node: dict[str, Json], definitions: dict[str, Json]) -> None:
    """Nothing is required in a section that a profile fills, nor in the sections inside it."""
    if isinstance(reference := node.get("$ref"), str):
        section = _object(definitions[reference.rpartition("/")[2]])
        section.pop("required", None)
        for inner in _object(section["properties"]).values():
            _mark_optional(_object(inner), definitions)
    for choice in cast("list[Json]", node.get("anyOf", [])):
        _mark_optional(_object(choice), definitions)


def _without_titles(node: Json) -> Json:
    """Titles that pydantic makes of field names say nothing new."""
    if isinstance(node, list):
        return [_without_titles(item) for item in node]
    if isinstance(node, dict):
        return {
            key: _without_titles(value)
            for key, value in node.items()
            if not (key == "title" and isinstance(value, str))
        }
    return node


def stack_file_schema() -> dict[str, Json]:
    """The schema of a whole ``Pulumi.<stack>.yaml``."""
    settings = _object(_without_titles(cast("Json", deepcopy(settings_schema()))))
    definitions, fields = _object(settings["$defs"]), _object(settings["properties"])
    for name in Profile.model_fields:
        _mark_optional(_object(fields[name]), definitions)
    _object(fields["services"])["additionalProperties"] = False
    required: list[Json] = [f"{NAMESPACE}:{name}" for name in fields if name not in Profile.model_fields]
    config: dict[str, Json] = {
        "type": "object",
        "description": "Settings of the platform, and of Pulumi itself (pulumi:…).",
        "properties": {f"{NAMESPACE}:{name}": node for name, node in fields.items()},
        "patternProperties": {f"^(?!{NAMESPACE}:)[^:]+:.+$": True},
        "additionalProperties": False,
        "required": required,
    }
    text_of_pulumi: dict[str, Json] = {"type": "string", "description": "Written by Pulumi."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of the trading platform",
        "type": "object",
        "properties": {
            "config": config,
            "secretsprovider": text_of_pulumi,
            "encryptedkey": text_of_pulumi,
            "encryptionsalt": text_of_pulumi,
            "environment": {"description": "Environments of Pulumi ESC."},
        },
        "additionalProperties": False,
        "required": ["config"],
        "$defs": definitions,
    }


def text() -> str:
    """The schema as it is committed."""
    return json.dumps(stack_file_schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print the schema, or write it beside this file with ``--write``."""
    if list(arguments) not in ([], ["--write"]):
        sys.stderr.write(
            f"unknown arguments: {' '.join(arguments)}; use: python -m config.schema [--write]\n"
        )
        return 2
    if arguments:
        SCHEMA_FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
