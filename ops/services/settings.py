"""What ``tradectl config`` does: show what the settings come to, and judge stack files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from config import immutable, schema
from config.loader import Loaded, load_file
from config.problems import Problem, SettingsError
from config.settings import Settings
from ops import project
from ops.adapters import console
from ops.errors import ExitCode, UsageError

__all__ = ["check", "print_schema", "show"]

API_VERSION: Final = "tradectl/v1"


def show(environment: str, *, json: bool) -> None:
    """Every setting, its value and its origin. Raises `UsageError` for settings with problems."""
    loaded = _load(project.stack_file(environment))
    if json:
        console.write_json(
            {
                "apiVersion": API_VERSION,
                "kind": "Settings",
                "stack": loaded.stack,
                "settings": loaded.settings.model_dump(mode="json"),
                "origins": dict(loaded.origins),
            }
        )
        return
    table = Table(box=None, pad_edge=False, show_edge=False)
    for heading in ("setting", "value", "from"):
        table.add_column(
            heading, overflow="fold", header_style="bold", style="dim" if heading == "from" else ""
        )
    for row in loaded.rows():
        table.add_row(*row)
    console.output().print(table, markup=False, highlight=False)


def check(files: Sequence[Path], *, deployed: Path | None = None, json: bool, quiet: bool) -> ExitCode:
    """Judge every file, all problems of each; a file that is not there is a problem of its own.

    With ``deployed``, the settings that are in the cloud, what those cannot become is a problem too.
    Raises `UsageError` when that file has problems itself.
    """
    before = _load(deployed).settings if deployed else None
    found = {str(path): _problems(path, before) for path in files}
    if json:
        console.write_json(
            {
                "apiVersion": API_VERSION,
                "kind": "SettingsCheck",
                "files": [
                    {"file": name, "ok": not problems, "problems": [_problem(each) for each in problems]}
                    for name, problems in found.items()
                ],
            }
        )
    else:
        for name, problems in found.items():
            if problems:
                console.write(f"{SettingsError(problems)}\n")
            elif not quiet:
                console.write(f"{name}: ok")
    return ExitCode.CONFIGURATION if any(found.values()) else ExitCode.OK


def print_schema() -> None:
    """The JSON schema of a stack file."""
    console.write(schema.text())


def _load(file: Path) -> Loaded:
    try:
        return load_file(file)
    except SettingsError as error:
        raise UsageError(str(error)) from None


def _problems(path: Path, before: Settings | None) -> tuple[Problem, ...]:
    try:
        loaded = load_file(path)
    except SettingsError as error:
        return error.problems
    changes = immutable.changed(before, loaded.settings) if before else ()
    return tuple(replace(problem, file=path.name, line=loaded.line(problem.path)) for problem in changes)


def _problem(found: Problem) -> dict[str, Any]:
    return asdict(found)
