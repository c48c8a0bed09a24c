"""Exemptions, from the file beside this module or from the program: refused where they do not say enough.

An exemption names a policy or a part of it, a resource, a reason, an owner and an end. One without
any of these is void and refused; one past its end no longer covers anything, so the finding returns;
one that covers nothing is reported, so that they do not silt up. Exempt findings stay counted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import date, timedelta
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import yaml

from plan.value import Secret, has_unknown
from policies.exemption import Exemption

if TYPE_CHECKING:
    from plan.resource import Resource
    from policies.registry import Registry

__all__ = ["FILE", "TYPE", "ExemptionError", "check", "declared", "read"]

FILE: Final = Path(__file__).with_name("exemptions.yaml")
TYPE: Final = "trading-platform:policies:Exemption"
"""The component by which a program says one: ``components.exemptions.Exemption``."""
SAID: Final = ("policy", "resource", "reason", "owner", "expires")
MIN_REASON: Final = 15
"""Characters. Shorter reasons are of the kind ``needed``."""
LONGEST: Final = timedelta(days=90)
LONGEST_CRITICAL: Final = timedelta(days=30)
EXAMPLE: Final = """\
- policy: aws-vpc-flow-logs
  urn: "urn:pulumi:dev::*::aws:ec2/vpc:Vpc::scratch"
  reason: a scratch network without traffic, removed with issue 12
  owner: network@example.com
  expires: 2030-01-31"""


class ExemptionError(ValueError):
    """Exemptions that are void, one line each: what was given, what was expected, why."""


def read(path: Path, registry: Registry, today: date) -> tuple[Exemption, ...]:
    """The exemptions in a file.

    Raises:
        ExemptionError: any of them is void, or the file is not a list of them.
    """
    content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    return check([] if content is None else content, registry, today, where=path.name)


def check(
    entries: object, registry: Registry, today: date, *, where: str = "exemptions"
) -> tuple[Exemption, ...]:
    """Exemptions from plain data; all that is wrong with them is said at once.

    Raises:
        ExemptionError: any of them is void.
    """
    if not isinstance(entries, list):
        msg = f"{where}: expected a list of exemptions, got {type(entries).__name__}; for example\n{EXAMPLE}"
        raise ExemptionError(msg)
    problems: list[str] = []
    found: list[Exemption] = []
    for number, entry in enumerate(cast("list[object]", entries), start=1):
        wrong = _problems(entry, registry, today)
        problems += [f"{where}: exemption {number} is void: {text}" for text in wrong]
        if not wrong:
            found.append(Exemption(**cast("dict[str, Any]", entry)))
    if problems:
        raise ExemptionError("\n".join([*problems, f"an exemption looks like this:\n{EXAMPLE}"]))
    return tuple(found)


def declared(resource: Resource, registry: Registry, today: date) -> Exemption:
    """The exemption that a component of the program says, by the same rules as the file's.

    Raises:
        ExemptionError: it is void.
    """
    said = dict(resource.inputs)
    wrong = [
        f"its {key} is a secret or is known only after the deployment: write it out"
        for key, value in said.items()
        if isinstance(value, Secret) or has_unknown(value)
    ]
    if not wrong:
        wrong = [f"it has no {key}" for key in SAID if not said.get(key)]
    entry: dict[str, object] = {"urn": _glob(said.pop("resource", None)), **said}
    entry["expires"] = _day(entry.get("expires"))
    wrong = wrong or _problems(entry, registry, today)
    if wrong:
        raise ExemptionError("\n".join(f"the exemption {resource.name} is void: {text}" for text in wrong))
    return Exemption(**cast("dict[str, Any]", entry))


def _glob(named: object) -> object:
    """A glob over URNs as it is; the glob of a logical name, in which no character is a wildcard."""
    if not isinstance(named, str) or named == "*" or "::" in named:
        return named
    return f"urn:pulumi:*::{escape(named)}"


def _day(text: object) -> object:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else text
    except ValueError:
        return text


def _problems(entry: object, registry: Registry, today: date) -> list[str]:
    names = [field.name for field in fields(Exemption)]
    if not isinstance(entry, Mapping):
        return [f"{entry!r} is not a map of {', '.join(names)}"]
    given = cast("Mapping[str, object]", entry)
    wrong = [f"it has no {name}" for name in names if not given.get(name)]
    wrong += [f"unknown key {key!r}, expected {', '.join(names)}" for key in given if key not in names]
    if wrong:
        return wrong
    return [*_texts(given), *_policy(given["policy"], registry), *_expiry(given, registry, today)]


def _texts(given: Mapping[str, object]) -> Sequence[str]:
    wrong = [
        f"{key} is {given[key]!r}, expected a text"
        for key in ("urn", "reason", "owner")
        if type(given[key]) is not str
    ]
    reason = given["reason"]
    if isinstance(reason, str) and len(reason.strip()) < MIN_REASON:
        wrong.append(
            f"the reason {reason!r} is shorter than {MIN_REASON} characters: say why, for who reads it later"
        )
    if given["urn"] == "*":
        wrong.append(
            'the urn "*" would exempt the whole stack: disable the policy in its configuration instead'
        )
    return wrong


def _policy(named: object, registry: Registry) -> Collection[str]:
    policy_id, _, part = str(named).partition("#")
    if policy_id not in registry:
        return [f"there is no policy {policy_id!r}; see docs/policies/README.md for the list"]
    if part and part not in registry[policy_id].parts:
        parts = ", ".join(registry[policy_id].parts) or "none"
        return [f"the policy {policy_id} has no part {part!r}; it has: {parts}"]
    return ()


def _expiry(given: Mapping[str, object], registry: Registry, today: date) -> Collection[str]:
    expires = given["expires"]
    if type(expires) is not date:
        return [f"expires is {expires!r}, expected a day such as {today + timedelta(days=30)}"]
    policy_id = str(given["policy"]).partition("#")[0]
    critical = policy_id in registry and registry[policy_id].severity == "critical"
    longest = LONGEST_CRITICAL if critical else LONGEST
    if expires - today > longest:
        kind = "a critical policy" if critical else "a policy"
        last = today + longest
        return [f"it expires on {expires}, but {kind} may be exempt for {longest.days} days: {last} at most"]
    return ()
