"""The one shape of a section of the settings: frozen, closed, every field described.

What a section says beside its types is said in its JSON schema, so that an editor, an error and the
check of a changed setting read the same words.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue

__all__ = ["IMMUTABLE", "NAMESPACE", "WHY", "Json", "KeyPath", "Section", "because", "immutable"]

NAMESPACE: Final = "trading-platform"
"""The project's name in ``Pulumi.yaml``, and so the prefix of its keys in a stack file."""

IMMUTABLE: Final = "immutable"
"""Key in a field's JSON schema: a change of the value replaces what holds data. Says what."""

WHY: Final = "why"
"""Key in a field's JSON schema: the reason of its limits."""

Json: TypeAlias = JsonValue
"""What YAML and the engine can carry: mappings, lists, text, numbers, true, false and nothing."""

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands: ``("services", "api", "image")`` is written ``services.api.image``."""


class Section(BaseModel):
    """A part of the settings. Unknown keys are refused, values cannot be changed after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def because(why: str) -> dict[str, Json]:
    """The reason of a field's limits, as the JSON-schema extra that errors quote."""
    return {WHY: why}


def immutable(default: Any = ..., *, description: str, replaces: str, why: str = "") -> Any:  # noqa: ANN401 - as pydantic's Field
    """A field that a deployed stack cannot change, because the cloud would replace data.

    ``replaces`` says what would be made anew, empty, in place of the old.
    """
    extra: dict[str, Json] = {IMMUTABLE: replaces} | (because(why) if why else {})
    return Field(default, description=description, json_schema_extra=extra)
