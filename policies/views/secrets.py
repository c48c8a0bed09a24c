"""Which texts are secrets: by what they look like, and by what the place is called where they stand."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from plan.value import UNKNOWN

__all__ = ["Hit", "plain_secrets"]

SHAPES: Final[Mapping[str, str]] = {
    "an AWS access key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "an AWS secret key": r"(?i:aws_?secret_?(?:access_?)?key)[\"']?\s*[=:]\s*[\"']?[A-Za-z0-9/+]{40}",
    "a private key": r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"
    r"|LS0tLS1CRUdJTi(?:BQUklWQVRFIEtFW|BSU0EgUFJJVkFURSBLRVk|BFQyBQUklWQVRFIEtFW|BPUEVOU1NIIFBSSVZBVEUgS0VZ)",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{22,}",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Slack token": r"\bxox[a-z]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+",
    "a Google API key": r"\bAIza[\w-]{35}",
    "a Stripe key": r"\b[sr]k_live_[A-Za-z0-9]{16,}",
    "a SendGrid key": r"\bSG\.[\w-]{16,}\.[\w-]{32,}",
    "a Pulumi token": r"\bpul-[0-9a-f]{40}\b",
    "a package registry's token": r"\bnpm_[A-Za-z0-9]{36}\b|\bpypi-AgE[\w-]{20,}",
    "a storage account's key": r"AccountKey=[A-Za-z0-9+/]{40,}",
    "a signed token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
    "a URL with a password": r"\b[a-z][a-z0-9+.-]*://[^/\s:@\"'$<{]*:[^/\s:@\"'$<{]{3,}@[\w\[]",
}
"""How well-known credentials look. The name of a shape is all that is ever told of one."""
ONE_SHAPE: Final = re.compile("|".join(SHAPES.values()))
EACH_SHAPE: Final = {name: re.compile(shape) for name, shape in SHAPES.items()}

WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SECRETIVE: Final = tuple(
    f" {words}"
    for words in (
        *("password", "passwd", "passphrase", "pwd", "secret string", "secret data", "access key secret"),
        *(f"{what} key" for what in ("api", "secret", "secret access", "private", "preshared", "shared")),
        *(f"{what} key" for what in ("encryption", "account", "hmac", "signing", "auth")),
        *(f"{what} secret" for what in ("client", "shared", "webhook", "app")),
        *(f"{what} secret" for what in ("jwt", "session", "signing", "cookie")),
        *(f"{what} token" for what in ("access", "api", "auth", "bearer", "bot", "refresh", "session")),
        *(f"{what} token" for what in ("registration", "join", "deploy")),
    )
)
"""How the name of a secret ends. A ``creationToken`` or a ``nextToken`` opens no door."""
NAMES: Final = ("name", "key")
VALUES: Final = ("value", "defaultvalue")
REFERENCES: Final = re.compile(
    r"\s*$|\$|\{\{|arn:|projects/|secrets?(?:manager)?[:/]|https?://|/|\.{1,2}/|vault:|op://|ref\+|sm://|ssm:|@Microsoft"
)
"""How a text begins that says where a secret is, and is none."""
SETTINGS: Final = frozenset({"true", "false", "none", "null", "required", "optional", "enabled", "disabled"})
CARRIERS: Final = frozenset(
    {
        *("userdata", "userdatabase64", "customdata", "metadatastartupscript", "startupscript", "script"),
        *("environment", "env", "environmentvariables", "variables", "containerdefinitions"),
        *("data", "stringdata", "command", "args", "connectionstring"),
    }
)
"""What programs write secrets into. Elsewhere, what a cloud computes is a name, an id, an ARN."""
FRAMES: Final = frozenset({"spec", "template", "containers", "initcontainers"})
"""What carriers stand in: unknown as a whole, nobody knows what is in them."""
ENCODED: Final = frozenset({"data", "userdata", "userdatabase64", "customdata"})
"""What may be written in base64."""
DEEPEST: Final = 20
Steps: TypeAlias = tuple[str | int, ...]


class Hit(NamedTuple):
    """A place that holds a secret in clear, or may: nobody knows yet."""

    steps: Steps
    kind: str
    known: bool


class _Place(NamedTuple):
    steps: Steps
    key: str
    carried: bool
    """Whether it is in something that programs write secrets into."""
    encoded: bool
    """Whether it is in something that may be written in base64."""

    def below(self, step: str | int, key: str) -> _Place:
        flat = _flat(key)
        return _Place(
            (*self.steps, step), key, self.carried or flat in CARRIERS, self.encoded or flat in ENCODED
        )


OUTSIDE: Final = _Place((), "", carried=False, encoded=False)


def plain_secrets(tree: Any, *, names: bool) -> Iterator[Hit]:  # noqa: ANN401 - any property value
    """The secrets that stand in a tree without a secret's mark. ``names``: also tell by the key.

    What is marked is no text, no list and no map, so nobody looks into it.
    """
    yield from _walk(tree, OUTSIDE, names=names)


def _walk(value: Any, place: _Place, *, names: bool) -> Iterator[Hit]:  # noqa: ANN401 - any property value
    if len(place.steps) > DEEPEST:
        return
    if value is UNKNOWN:
        if place.carried or _flat(place.key) in FRAMES or (names and is_secretive(place.key)):
            yield Hit(place.steps, "a secret", known=False)
    elif isinstance(value, str):
        kind = _kind(value, place, names=names)
        if kind:
            yield Hit(place.steps, kind, known=True)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, place.below(index, place.key), names=names)
    elif isinstance(value, dict):
        called = next(
            (said for key, said in value.items() if _flat(key) in NAMES and isinstance(said, str)), ""
        )
        for key, item in value.items():
            paired = called and _flat(key) in VALUES
            yield from _walk(item, place.below(key, called if paired else key), names=names)


def _kind(text: str, place: _Place, *, names: bool) -> str:
    """What secret a text is; empty: none that anybody could tell."""
    if ONE_SHAPE.search(text):
        return next(name for name, shape in EACH_SHAPE.items() if shape.search(text))
    if names and is_secretive(place.key):
        return "" if REFERENCES.match(text) or text.lower() in SETTINGS else "a secret by its name"
    if text[:1] in ("{", "["):
        return _within(text, names=names)
    return _kind(_decoded(text), OUTSIDE, names=names) if place.encoded else ""


def _within(text: str, *, names: bool) -> str:
    """What secret stands in a text of JSON, such as the containers of a task."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    return next((hit.kind for hit in plain_secrets(tree, names=names) if hit.known), "")


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except ValueError:
        return ""


@cache
def is_secretive(key: str) -> bool:
    """Whether what stands under this name is a secret: ``masterPassword``, ``JWT_SECRET``, ``api-key``."""
    words = " ".join(("", *WORDS.findall(key))).lower()
    if key.isupper() and words.endswith((" token", " secret")):
        return True
    return words == " token" or words.endswith(SECRETIVE)


@cache
def _flat(key: str) -> str:
    return "".join(WORDS.findall(key)).lower()
