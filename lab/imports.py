"""Which modules a program can import, read from its files without running it.

Only SDKs that a program can reach need a provider plugin. The walk follows the program's own
modules (those that lie beside its entry) through all their imports, also those inside functions,
where an SDK is loaded only when its cloud is asked for.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["imported"]


def imported(program: Path) -> frozenset[str]:
    """Top-level names of all modules that the program, and what lies beside it, can import.

    ``program`` is a file, or a folder with ``__main__.py``.
    """
    entry = program / "__main__.py" if program.is_dir() else program
    root = entry.parent.resolve()
    waiting, seen, found = [entry.resolve()], set[Path](), set[str]()
    while waiting:
        file = waiting.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        for module in _imports(file, root):
            found.add(module.partition(".")[0])
            waiting += _files(module, root)
    return frozenset(found)


def _imports(file: Path, root: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes(), filename=str(file))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, file, root)
            if base:
                yield base
            yield from (f"{base}.{alias.name}" if base else alias.name for alias in node.names)


def _absolute(node: ast.ImportFrom, file: Path, root: Path) -> str:
    if not node.level or not file.is_relative_to(root):
        return node.module or ""
    package = file.relative_to(root).parts[: -node.level]
    return ".".join((*package, *((node.module,) if node.module else ())))


def _files(module: str, root: Path) -> Iterator[Path]:
    """The module's file and those of the packages above it, as far as they are the program's own."""
    parts = module.split(".")
    for length in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:length])
        yield base / "__init__.py"
        yield base.with_suffix(".py")
