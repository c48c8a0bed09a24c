"""What a policy can be told: defaults from its author, overrides from a file, read by type.

The overrides have the form of the engine's ``--policy-pack-config``:
``{"aws-ec2-imdsv2": {"maxHopLimit": 1, "enforcementLevel": "mandatory"}}``, so one file serves the
offline check and the engine alike.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

__all__ = ["LEVEL_KEY", "Config", "ConfigError", "merge", "schema"]

LEVEL_KEY: Final = "enforcementLevel"
KINDS: Final = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}


class ConfigError(ValueError):
    """An override that the policy does not take. The text says what was given, and what it takes."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one policy. Each reader names the type that the default has."""

    values: Mapping[str, Any]

    def flag(self, key: str) -> bool:
        """A yes or no."""
        return bool(self.values[key])

    def number(self, key: str) -> int | float:
        """A number."""
        return self.values[key]

    def text(self, key: str) -> str:
        """A text."""
        return str(self.values[key])

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        return [str(item) for item in self.values[key]]

    def numbers(self, key: str) -> list[int]:
        """A list of whole numbers."""
        return [int(item) for item in self.values[key]]

    def table(self, key: str) -> Mapping[str, Any]:
        """A map."""
        return self.values[key]


def merge(policy: str, defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Config:
    """The defaults with the overrides on top.

    Raises:
        ConfigError: a key that the policy does not have, or a value of another type.
    """
    values = dict(defaults)
    for key, value in given.items():
        if key == LEVEL_KEY:
            continue
        if key not in defaults:
            near = difflib.get_close_matches(key, defaults, n=1)
            hint = f", did you mean {near[0]!r}" if near else ""
            takes = ", ".join(defaults) or "no settings"
            msg = f"{policy}: unknown setting {key!r}{hint}; this policy takes {takes}"
            raise ConfigError(msg)
        expected = KINDS[type(defaults[key])]
        if KINDS.get(cast("type[Any]", type(value))) != expected:
            msg = (
                f"{policy}: {key} is {value!r}, expected {_article(expected)}, for example {defaults[key]!r}"
            )
            raise ConfigError(msg)
        values[key] = value
    return Config(values)


def schema(defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults as JSON Schema properties, as the engine wants them."""
    return {
        key: {"type": KINDS[cast("type[Any]", type(value))], "default": value}
        for key, value in defaults.items()
    }


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"
