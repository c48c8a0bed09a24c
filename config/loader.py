"""The door: a stack file, or what the engine made of it, becomes `Settings` or a list of problems.

A path is written with dots from the key behind the namespace on: ``services.api.image`` is the key
``image`` of ``api`` in ``trading-platform:services``. What a file does not say comes from the profile of
its environment, and what that does not say from the default of the field.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, cast, get_args

from pydantic import TypeAdapter, ValidationError

from config import checks
from config.base import NAMESPACE, Json, KeyPath
from config.environments import PROVIDERS, Profile, profile, service_profile
from config.problems import SECRET, Problem, SettingsError
from config.reader import DEEPEST, StackFile, read
from config.settings import Environment, Settings
from config.translate import absent, at, meant, translate, unknown_key
from config.yaml_file import stack_name
from config.yaml_text import dotted, flow, printable, resolve

__all__ = ["Loaded", "load_config", "load_file", "to_config"]

_TEXT_FIELDS: Final = ("environment", "domain")


@dataclass(frozen=True)
class Loaded:
    """The settings of one stack file, and where each value comes from.

    ``origins`` has an entry for each leaf path: ``Pulumi.dev.yaml:12``, ``profile dev`` or ``default``.
    """

    stack: str
    settings: Settings
    origins: Mapping[str, str]

    def line(self, path: str) -> int | None:
        """The line of the file that says this value; None where the profile or a default does."""
        _, _, number = self.origins.get(path, "").rpartition(":")
        return int(number) if number.isdigit() else None

    def rows(self) -> list[tuple[str, str, str]]:
        """Each leaf as (path, value as YAML, origin), in the order of the models."""
        leaves = _leaves((), cast("Json", self.settings.model_dump(mode="json")))
        return [(dotted(path), printable(flow(value)), self.origins[dotted(path)]) for path, value in leaves]


def _leaves(path: KeyPath, value: Json) -> Iterator[tuple[KeyPath, Json]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves((*path, key), item)
    else:
        yield path, value


def _number_without_value(name: str) -> Json:
    raise ValueError(name)


def _shallow(value: Json, left: int = DEEPEST) -> Json:
    """The value itself; ``ValueError`` when it is nested deeper than any setting."""
    if left == 0:
        msg = "too deep"
        raise ValueError(msg)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _shallow(inner, left - 1)
    return value


def _value(name: str, text: str) -> Json:
    """What the engine's text of one key stands for: JSON for objects, else a scalar as it was written."""
    if name in _TEXT_FIELDS:
        return text
    try:
        if text[:1] in ("{", "["):
            return _shallow(cast("Json", json.loads(text, parse_constant=_number_without_value)))
        return resolve(text)
    except (ValueError, RecursionError):
        return text


def _merged(low: Json, high: Json) -> Json:
    """``high`` over ``low``: mappings key by key, anything else as a whole."""
    if isinstance(low, dict) and isinstance(high, dict):
        return low | {key: _merged(low.get(key), value) for key, value in high.items()}
    return high


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    info = Settings.model_fields[name]
    annotated: Any = Annotated
    return TypeAdapter(annotated[info.annotation, info])


def _says(tree: Json, path: KeyPath) -> bool:
    above = at(tree, path[:-1])
    return isinstance(above, dict) and path[-1] in above


class _Resolution:
    """One stack on its way from text to settings."""

    def __init__(self, stack: str, file: StackFile, installed: checks.Installed) -> None:
        self.stack, self.file, self.installed = stack, file, installed
        self.lines = {dotted(path): number for path, number in file.lines.items()}
        self.unreadable = list(file.problems)
        self.problems: list[Problem] = []
        self.misspelt: set[KeyPath | None] = {(name,) for name in file.misplaced}
        self.said = self._collect()

    def _collect(self) -> dict[str, Json]:
        """The values of our keys. The unknown and the encrypted become problems."""
        prefix = f"{NAMESPACE}:"
        said = {
            full.removeprefix(prefix): _value(full.removeprefix(prefix), text)
            for full, text in self.file.values.items()
            if full.startswith(prefix)
        }
        known = tuple(Settings.model_fields)
        for path in sorted(self.file.secret, key=str):
            if len(path) == 1:
                said[str(path[0])] = SECRET
            self.unreadable.append(
                Problem(
                    path=dotted(path),
                    given=SECRET,
                    expected="a value in the clear",
                    why="no setting is a secret: passwords are made and kept by the cloud's secret store",
                    fix=f"pulumi config set --plaintext --path '{prefix}{dotted(path)}' VALUE",
                )
            )
        provider = at(cast("Json", said), ("cloud", "provider"))
        for name in [name for name in said if name not in known]:
            self.problems.append(unknown_key((name,), known, cast("Json", said), provider))
            self.misspelt.add(meant((name,), known, cast("Json", said)))
        return {name: value for name, value in said.items() if name in known}

    def resolve(self) -> Loaded:
        """Fill from the profile, validate each section, check them against each other."""
        environment, provider = self.said.get("environment"), at(self.said, ("cloud", "provider"))
        likely = cast("Environment", environment if environment in get_args(Environment) else "dev")
        filling: dict[str, Json] = profile(likely, provider if provider in PROVIDERS else "aws").model_dump(
            mode="json"
        )
        services = self.said.get("services")
        if isinstance(services, dict):
            filling["services"] = {
                name: service_profile(likely, name)
                for name, entry in services.items()
                if isinstance(entry, dict)
            }
        merged = _merged(filling, cast("Json", self.said))
        valid: dict[str, Any] = {"stack": self.stack, "installed": self.installed}
        for name in Settings.model_fields:
            if not _says(merged, (name,)):
                if (name,) not in self.misspelt:
                    self.problems.append(absent((name,), provider, filling))
                continue
            try:
                valid[name] = _adapter(name).validate_json(json.dumps(at(merged, (name,))), strict=True)
            except ValidationError as error:
                self.problems += translate(name, error, self.said, self.file.texts, filling)
        # Which profile fills is a guess then, and what it fills is not compared with what is said.
        guessed = {} if "environment" in valid else Profile.model_fields
        self.problems += checks.run(
            {name: value for name, value in valid.items() if name in self.said or name not in guessed}
        )
        if self.problems or self.unreadable:
            raise SettingsError(self._placed())
        settings = Settings(**{name: valid[name] for name in Settings.model_fields})
        return Loaded(self.stack, settings, self._origins(settings, filling))

    def _placed(self) -> Iterator[Problem]:
        """Every problem once, with its place; what follows from an unreadable value is left out."""
        blocked = tuple(found.path for found in self.unreadable)
        for found in self.unreadable:
            yield self._with_place(found)
        for found in self.problems:
            if not any(
                found.path == path or found.path.startswith((f"{path}.", f"{path}[")) for path in blocked
            ):
                yield self._with_place(found)

    def _with_place(self, found: Problem) -> Problem:
        if found.line is not None:
            return found
        path = found.path
        while path and path not in self.lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return replace(found, file=self.file.name, line=self.lines.get(path))

    def _origins(self, settings: Settings, filling: Json) -> dict[str, str]:
        origins: dict[str, str] = {}
        for path, _ in _leaves((), cast("Json", settings.model_dump(mode="json"))):
            name = dotted(path)
            if _says(self.said, path):
                number = self.lines.get(name)
                origins[name] = f"{self.file.name}:{number}" if number else self.file.name
            else:
                origins[name] = f"profile {settings.environment}" if _says(filling, path) else "default"
        return origins


def load_file(path: Path, *, installed: checks.Installed = checks.is_installed) -> Loaded:
    """The settings of a stack file. `SettingsError` with every problem when there are any."""
    return _Resolution(stack_name(path), read(path), installed).resolve()


def load_config(
    config: Mapping[str, str],
    stack: str,
    *,
    secret_keys: Collection[str] = (),
    installed: checks.Installed = checks.is_installed,
) -> Settings:
    """The settings in the engine's configuration: full keys, values as text, objects as JSON.

    ``secret_keys`` are the full keys that the engine decrypted; their values are never shown.
    """
    prefix = f"{NAMESPACE}:"
    secret: set[KeyPath] = {(key.removeprefix(prefix),) for key in secret_keys if key.startswith(prefix)}
    file = StackFile(f"Pulumi.{stack}.yaml", values=dict(config), secret=secret)
    return _Resolution(stack, file, installed).resolve().settings


def to_config(path: Path) -> dict[str, str]:
    """What the engine would hand to the program for a stack file, so that it runs without one.

    Keys of other namespaces come along. Encrypted values cannot be read without the engine: such a key
    is left out, or holds ``[secret]`` inside a larger value. `SettingsError` when the file cannot be read.
    """
    file = read(path)
    if file.problems:
        raise SettingsError(file.problems)
    return dict(file.values)
