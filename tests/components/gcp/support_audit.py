"""A project that watches itself, as its parts make it, and a reader of Google's query language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pulumi

from components.base import Part
from components.gcp.audit import Audit, AuditArgs
from components.gcp.findings import tell
from components.naming import Naming
from config.settings import Environment
from plan.resource import Plan
from tests.components.gcp.kit import CHANNELS, ELSEWHERE, PROJECT, REGION, deploy, key

LOG_DAYS: Final = 377
AUDIT_BUCKET: Final = "trading-prod-audit-acme"


@dataclass(frozen=True)
class Project:
    """What differs between environments, as far as these parts are concerned."""

    environment: Environment = "prod"
    data_access: bool = True
    protect: bool = True


PROD: Final = Project()
DEV: Final = Project("dev", data_access=False, protect=False)


class Baseline(Part):
    """Stands for the room of what a project has once."""

    def __init__(self, name: str, naming: Naming, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        tell(self, naming=naming, key=key("logs"), regions=[REGION, ELSEWHERE], channels=CHANNELS)
        self.finish()


@cache
def watched(project: Project = PROD) -> Plan:
    """The record and the findings. Recorded once a project."""

    def program(opts: pulumi.ResourceOptions) -> None:
        naming = Naming(project.environment)
        args = AuditArgs(
            naming=naming,
            project=PROJECT,
            region=REGION,
            bucket_name=AUDIT_BUCKET,
            data_access=project.data_access,
            log_days=LOG_DAYS,
            channels=CHANNELS,
            protect=project.protect,
        )
        Audit("audit", args, opts)
        Baseline("baseline", naming, opts)

    return deploy(program)


TOKEN: Final = re.compile(r'"[^"]*"|=~|!=|[()=:*-]|[^\s()=:"*~]+')


def takes(query: str, entry: Mapping[str, Any]) -> bool:
    """Whether a query of Cloud Logging or Security Command Center takes the entry: OR binds before AND."""
    tokens = TOKEN.findall(query)
    assert "".join(tokens) == re.sub(r"\s(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", "", query), "a token is not known"
    found = _all(tokens, entry)
    assert not tokens, f"not read: {tokens}"
    return found


def _all(tokens: list[str], entry: Mapping[str, Any]) -> bool:
    found = _either(tokens, entry)
    while tokens and tokens[0] == "AND":
        tokens.pop(0)
        found = _either(tokens, entry) and found
    return found


def _either(tokens: list[str], entry: Mapping[str, Any]) -> bool:
    found = _not(tokens, entry)
    while tokens and tokens[0] == "OR":
        tokens.pop(0)
        found = _not(tokens, entry) or found
    return found


def _not(tokens: list[str], entry: Mapping[str, Any]) -> bool:
    if tokens[0] == "NOT":
        tokens.pop(0)
        return not _not(tokens, entry)
    if tokens[0] == "(":
        tokens.pop(0)
        found = _all(tokens, entry)
        assert tokens.pop(0) == ")"
        return found
    return _one(tokens, entry)


def _one(tokens: list[str], entry: Mapping[str, Any]) -> bool:
    name = tokens.pop(0)
    if name == "log_id":
        wanted = [tokens.pop(0) for _ in range(3)][1].strip('"').replace("/", "%2F")
        return str(entry.get("logName", "")).endswith(f"/logs/{wanted}")
    if not tokens or tokens[0] not in COMPARE:
        return name.strip('"') in json.dumps(entry)  # a bare word is looked for everywhere
    compare = COMPARE[tokens.pop(0)]
    given = _values(tokens)
    found = _at(entry, name.split("."))
    return any(compare(str(value), one) for value in found for one in given)


def _values(tokens: list[str]) -> Sequence[str]:
    if tokens[0] != "(":
        return [tokens.pop(0).strip('"')]
    inner = tokens[1 : tokens.index(")")]
    del tokens[: tokens.index(")") + 1]
    return [one.strip('"') for one in inner if one != "OR"]


def _at(value: Any, path: Sequence[str]) -> Sequence[Any]:
    """What is at a path; of a list, what is at it in each."""
    if isinstance(value, list):
        return [found for one in value for found in _at(one, path)]
    if not path:
        return [value]
    return _at(value[path[0]], path[1:]) if isinstance(value, Mapping) and path[0] in value else []


COMPARE: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "=": lambda value, wanted: value.lower() == wanted.lower(),
    ":": lambda value, wanted: wanted == "*" or wanted.lower() in value.lower(),
    "=~": lambda value, wanted: re.search(wanted, value) is not None,
}
