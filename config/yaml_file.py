"""From the bytes of a stack file to the nodes of its YAML, or to the reason why not.

Files are written by people and by broken tools, so each way in which a file can be no YAML has its own
sentence here. Values are not judged: `config.reader` does that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import yaml

from config.base import NAMESPACE
from config.problems import Problem, SettingsError, nearest, shown
from config.yaml_text import printable

__all__ = ["EXAMPLE", "NO_TAG", "Said", "compose", "refusal", "stack_name"]

NO_TAG: Final = ""
"""The tag of a node whose file wrote none."""

EXAMPLE: Final = f"config: {{{NAMESPACE}:environment: dev}}"
"""The least that a stack file holds."""

_LARGEST: Final = 64 * 1024
_STACK_FILE: Final = "a stack file, Pulumi.<stack>.yaml"
_WHY_A_FILE: Final = "an environment is what its stack file says"
_NO_YAML: Final = "what is not YAML says nothing"
_NO_TABS: Final = "YAML is indented with spaces only"
_MAPPING: Final = "a YAML mapping with the key config"


class Said(NamedTuple):
    """The four sentences of a problem."""

    given: str
    expected: str
    why: str
    fix: str


def stack_name(path: Path) -> str:
    """``prod-gcp`` for ``Pulumi.prod-gcp.yaml``; any other file is called by its stem."""
    return path.stem.removeprefix("Pulumi.")


def refusal(path: Path, said: Said, number: int | None = None) -> SettingsError:
    """A file that cannot be read as a whole; ``number`` is the line that stopped the reader."""
    return SettingsError([Problem(path.name, *said, path.name, number)])


def _missing(path: Path) -> Said:
    there = sorted(stack_name(other) for other in path.parent.glob("Pulumi.*.yaml"))
    wanted = stack_name(path)
    near = nearest(wanted, there) or (there[0] if there else None)
    expected = f"one of the stacks {', '.join(there)}" if there else _STACK_FILE
    fix = f"tradectl preview {near}" if near else f"pulumi stack init {wanted}"
    return Said("no such file", expected, _WHY_A_FILE, fix)


def _bytes(path: Path) -> bytes:
    try:
        if not path.exists():
            raise refusal(path, _missing(path))
        if not path.is_file():
            given = "a directory" if path.is_dir() else "not a file"
            raise refusal(path, Said(given, _STACK_FILE, _WHY_A_FILE, f"ls -l {path.name}"))
        data = path.read_bytes()
    except OSError as error:
        given = (error.strerror or "unreadable").lower()
        fix = f"ls -l {path.name}"
        raise refusal(path, Said(given, "a file that can be read", _WHY_A_FILE, fix)) from None
    if len(data) > _LARGEST:
        expected, why = f"at most {_LARGEST} bytes", "an environment fits on a screen"
        raise refusal(path, Said(f"{len(data)} bytes", expected, why, f"head -n 40 {path.name}"))
    return data


def _text(path: Path) -> str:
    data = _bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        is_utf16 = data[:2] in (b"\xff\xfe", b"\xfe\xff")
        given = "UTF-16 text" if is_utf16 else f"byte 0x{data[error.start]:02x} at offset {error.start}"
        encoding = "UTF-16" if is_utf16 else "ISO-8859-1"
        fix = f"iconv -f {encoding} -t UTF-8 {path.name} > fixed.yaml"
        said = Said(given, "UTF-8 text", "the engine reads stack files as UTF-8", fix)
        raise refusal(path, said, data.count(b"\n", 0, error.start) + 1) from None


class _Loader(yaml.SafeLoader):
    """Leaves the meaning of scalars to the reader: a tag on a node is then one that the file wrote."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: object) -> str:
        """Guess nothing."""
        del self, kind, value, implicit
        return NO_TAG


def _syntax(path: Path, error: yaml.MarkedYAMLError) -> SettingsError:
    mark = error.problem_mark or error.context_mark
    number, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    sentence = ", ".join(filter(None, (error.context, error.problem))) or "a syntax error"
    found = f"{' '.join(sentence.split())}{f' (column {column})' if column else ''}"
    if "\\t" in found:
        fix = f"expand -t 2 {path.name} > fixed.yaml"
        return refusal(path, Said(f"a tab in column {column}", "spaces", _NO_TABS, fix), number)
    fix = f"# mend line {number} of {path.name}, or the line above it"
    return refusal(path, Said(printable(found), _MAPPING, _NO_YAML, fix), number)


def compose(path: Path) -> yaml.Node:
    """The root node of a YAML file. `SettingsError` for anything that is no file, no text or no YAML."""
    text = _text(path)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise _syntax(path, error) from None
    except yaml.reader.ReaderError as error:
        number = text.count("\n", 0, error.position) + 1
        fix = f"tr -d '\\000-\\010\\016-\\037' < {path.name} > fixed.yaml"
        given = f"a control character in line {number}"
        said = Said(given, "printable text", "YAML holds printable characters only", fix)
        raise refusal(path, said, number) from None
    except ValueError as error:  # an escape beyond Unicode
        raise refusal(path, Said(shown(str(error)), _MAPPING, _NO_YAML, EXAMPLE)) from None
    except RecursionError:
        said = Said("hundreds of nested values", _MAPPING, "settings are three deep", EXAMPLE)
        raise refusal(path, said) from None
    if node is None:
        raise refusal(path, Said("nothing", _MAPPING, "an empty file names no environment", EXAMPLE))
    return node
