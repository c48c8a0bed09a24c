"""What this platform tells its policies: one file, for the offline check and for the engine alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from policies.configuration import ConfigError, merge
from policies.registry import Registry

__all__ = ["FILE", "read"]

FILE: Final = Path(__file__).with_name("settings.yaml")


def read(path: Path, registry: Registry) -> dict[str, dict[str, Any]]:
    """Settings by policy id.

    Raises:
        ConfigError: a policy that there is not, or a setting that it does not take.
    """
    content: object = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(content, Mapping):
        msg = f"{path.name}: expected a map of settings by policy id, got {type(content).__name__}"
        raise ConfigError(msg)
    found = cast("Mapping[str, dict[str, Any]]", content)
    for name, given in found.items():
        if name not in registry:
            msg = f"{path.name}: there is no policy {name!r}; see docs/policies/README.md for the list"
            raise ConfigError(msg)
        merge(name, registry[name].defaults, given)
    return dict(found)
