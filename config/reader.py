"""A stack file as the engine reads it, with the line of every value.

The engine hands a program its configuration as text by key: scalars bare, everything else as JSON.
`read` makes the same from the file, so that a plan made without an engine and a deployment start from
equal settings. Whatever the file holds, the answer is a `StackFile` or a `SettingsError`; what readers of
YAML take differently (tags, merges, repeated keys) is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from config.base import NAMESPACE, Json, KeyPath
from config.problems import SECRET, Problem, SettingsError, nearest, shown
from config.yaml_file import EXAMPLE, NO_TAG, Said, compose, refusal
from config.yaml_text import dotted, engine_text, line, printable, resolve

__all__ = ["DEEPEST", "StackFile", "read"]

DEEPEST: Final = 16
"""Nested deeper than this, nothing is a setting; readers that recurse stay safe."""

_ROOT_KEYS: Final = ("config", "secretsprovider", "encryptedkey", "encryptionsalt", "environment")
_MOST_VALUES: Final = 10_000
_BY_NAME: Final = "settings are found by their names"


@dataclass
class StackFile:
    """What a file says: the engine's form of it, and where each value stands.

    ``lines`` and ``texts`` (scalars as they are written) are keyed by path without the namespace;
    ``secret`` holds the paths whose values are encrypted, ``misplaced`` the names of ours that stand
    without our namespace, ``problems`` what could be read past.
    """

    name: str
    values: dict[str, str] = field(default_factory=dict[str, str])
    lines: dict[KeyPath, int] = field(default_factory=dict[KeyPath, int])
    texts: dict[KeyPath, str] = field(default_factory=dict[KeyPath, str])
    misplaced: set[str] = field(default_factory=set[str])
    secret: set[KeyPath] = field(default_factory=set[KeyPath])
    problems: list[Problem] = field(default_factory=list[Problem])


class _Reading:
    """One pass over the nodes of a file."""

    def __init__(self, file: StackFile) -> None:
        self.file = file
        self.count = 0

    def complain(self, path: KeyPath, node: yaml.Node, said: Said) -> None:
        name, number = dotted(path) or self.file.name, node.start_mark.line + 1
        self.file.problems.append(Problem(name, *said, self.file.name, number))

    def pairs(self, path: KeyPath, node: yaml.MappingNode) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """The entries of a mapping; keys that are no text, that merge, or that come twice are problems."""
        entries: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                fix = line((*path, "key"), "value") if path else EXAMPLE
                self.complain(path, key, Said("a list or mapping as key", "a word as key", _BY_NAME, fix))
            elif key.value == "<<" and key.style is None:
                why = "settings are written out, so that each can be read where it stands"
                fix = "# write the merged lines out in place of <<"
                self.complain((*path, "<<"), key, Said("a merge of mappings", "one of the keys", why, fix))
            elif key.value in entries:
                first = entries[key.value][0].start_mark.line + 1
                given, expected = f"a second {shown(key.value)}", f"one; the first is on line {first}"
                fix = f"# remove one of the two keys {printable(key.value)}"
                self.complain(
                    (*path, key.value), key, Said(given, expected, "one of the two would be lost", fix)
                )
            else:
                entries[key.value] = (key, value)
        return [(name, key, value) for name, (key, value) in entries.items()]

    def value(self, path: KeyPath, node: yaml.Node, depth: int = 0) -> Json:
        """What a node is worth. What readers take differently is a problem, and counts as nothing."""
        self.count += 1
        if self.count > _MOST_VALUES or depth > DEEPEST:
            given = f"over {_MOST_VALUES} values" if self.count > _MOST_VALUES else f"over {DEEPEST} levels"
            expected, why = "a few dozen values, three levels deep", "an environment fits on a screen"
            self.complain(path, node, Said(given, expected, why, "# write the values out, without anchors"))
            raise SettingsError(self.file.problems)
        if node.tag != NO_TAG:
            given, why = f"the tag {shown(node.tag)}", "the engine and other readers take tags differently"
            self.complain(path, node, Said(given, "a value without a tag", why, line(path, "value")))
            return None
        match node:
            case yaml.MappingNode():
                return self._mapping(path, node, depth)
            case yaml.SequenceNode():
                return [self.value((*path, index), item, depth + 1) for index, item in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(path, node)
            case _:
                return None

    def _mapping(self, path: KeyPath, node: yaml.MappingNode, depth: int) -> Json:
        content: dict[str, Json] = {}
        for name, key, item in self.pairs(path, node):
            here = (*path, name)
            self.file.lines[here] = key.start_mark.line + 1
            content[name] = self.value(here, item, depth + 1)
        if len(content) == 1 and isinstance(content.get("secure"), str):
            self.file.secret.add(path)
            del self.file.texts[*path, "secure"], self.file.lines[*path, "secure"]
            return SECRET
        return content

    def _scalar(self, path: KeyPath, node: yaml.ScalarNode) -> Json:
        text: str = node.value
        self.file.texts[path] = text
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            why = "half of a surrogate pair is no character"
            self.complain(path, node, Said("half a character", "whole characters", why, line(path, "text")))
            return None
        return text if node.style is not None or path[-1:] == ("secure",) else resolve(text)

    def entry(self, full: str, key: yaml.Node, node: yaml.Node) -> None:
        """Take one key of the section ``config``, of ours or of another namespace."""
        namespace, colon, name = full.partition(":")
        if not colon or not name or (namespace != NAMESPACE and nearest(namespace, [NAMESPACE])):
            meant = (name if colon else namespace) or "environment"
            self.file.misplaced.add(meant)
            expected = f"{NAMESPACE}:{printable(meant)}, with the namespace"
            why = "the engine hands a program the keys of its own namespace only"
            fix = f"{NAMESPACE}:{printable(meant)}:  # in place of {printable(full)}"
            self.complain(("config", full), key, Said(f"the key {shown(full)}", expected, why, fix))
            return
        path: KeyPath = (name,) if namespace == NAMESPACE else (full,)
        self.file.lines[path] = key.start_mark.line + 1
        before = len(self.file.problems)
        value = self.value(path, node)
        if namespace != NAMESPACE:
            del self.file.problems[before:]  # other people's keys are other people's business
            self.file.secret.discard(path)
            if value == SECRET:
                return
        self.file.values[full] = engine_text(value)

    def root(self, content: list[tuple[str, yaml.Node, yaml.Node]]) -> None:
        """Refuse what Pulumi would pass over."""
        for name, key, _ in content:
            if name not in _ROOT_KEYS:
                near = nearest(name, _ROOT_KEYS)
                expected = f"one of {', '.join(_ROOT_KEYS)}{f'; did you mean {near}?' if near else ''}"
                line_number = key.start_mark.line + 1
                fix = f"{near}:" if near else f"# remove line {line_number}, or indent it under config:"
                why = "the engine passes over other keys in silence"
                self.complain((name,), key, Said(f"the key {shown(name)}", expected, why, fix))


def read(path: Path) -> StackFile:
    """Read a stack file. What makes the rest unreadable is raised, what does not is in ``problems``."""
    reading = _Reading(StackFile(path.name))
    root = compose(path)
    mapping = "a mapping with the key config"
    if not isinstance(root, yaml.MappingNode):
        kind = "a list" if isinstance(root, yaml.SequenceNode) else "a single value"
        raise refusal(path, Said(kind, mapping, _BY_NAME, EXAMPLE), root.start_mark.line + 1)
    content = reading.pairs((), root)
    reading.root(content)
    section = next((node for name, _, node in content if name == "config"), None)
    if isinstance(section, yaml.MappingNode):
        for full, key, node in reading.pairs((), section):
            reading.entry(full, key, node)
        return reading.file
    if section is not None:
        said = Said("no mapping", f"keys such as {NAMESPACE}:environment", _BY_NAME, EXAMPLE)
        reading.complain(("config",), section, said)
    if not reading.file.problems:
        raise refusal(path, Said("no key config", mapping, "settings stand under config", EXAMPLE), 1)
    raise SettingsError(reading.file.problems)
