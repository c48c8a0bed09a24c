"""The simulated clouds: what a provider would answer, made up, for any type of the four SDKs.

Nothing here is a fact about a real account. Answers have the form that the cloud uses (an ARN, a
self-link, an ARM path, an endpoint) and the type that the SDK says, and depend on the resource's
URN, inputs and place alone: the same question has the same answer in every process.

A preview is made from the same answer with everything removed that the program did not give, so
that a preview cannot know more, or be of another shape, than what follows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from plan import sdk, write_only
from plan.autoname import autoname, made_up, own_name
from plan.forms import aws, aws_computed, azure, gcp, kubernetes
from plan.forms.answer import answer_rows, complete
from plan.forms.form import Facts, Row, fill, read_rows
from plan.forms.functions import answer_function
from plan.resource import Mode
from plan.schema import RESERVED
from plan.value import UNKNOWN, Unknown, Value, reveal

__all__ = ["Answer", "Place", "check", "create", "invoke", "place_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a provider works. An empty part means the simulation's own (see `DEFAULTS`)."""

    account: str
    """AWS account, GCP project, Azure subscription; the context of a Kubernetes provider."""
    region: str
    """Region or location; the default namespace of a Kubernetes provider."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answers to a creation."""

    id: str | Unknown
    outputs: dict[str, Value]


DEFAULTS: Final[Mapping[str, Place]] = {
    "aws": Place("111122223333", "us-east-1"),  # the account of AWS's own documentation
    "gcp": Place("simulated-project", "us-central1"),
    "azure-native": Place("00000000-0000-0000-0000-000000000000", "eastus"),
    "kubernetes": Place("simulated-cluster", "default"),
}
SETTINGS: Final[Mapping[str, tuple[str, str]]] = {
    "aws": ("allowedAccountIds", "region"),
    "gcp": ("project", "region"),
    "azure-native": ("subscriptionId", "location"),
    "kubernetes": ("clusterIdentifier", "namespace"),
}
"""The provider inputs that tell the account and the region; of Kubernetes, the cluster and the namespace."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """What `plan.forms` knows about one cloud."""

    names: Callable[[Facts], Mapping[str, str]]
    identity: Callable[[Facts], str]
    prepare: Callable[[Facts], None] = lambda _: None


CLOUDS: Final[Mapping[str, Cloud]] = {
    "aws": Cloud(aws.names, aws.identity, aws_computed.compute),
    "gcp": Cloud(gcp.names, gcp.identity),
    "azure-native": Cloud(azure.names, azure.identity),
    "kubernetes": Cloud(kubernetes.names, kubernetes.identity, kubernetes.prepare),
}
TABLES: Final[Mapping[str, str]] = {"aws": "aws.csv", "gcp": "gcp.csv", "azure-native": "azure.csv"}
BRIDGED: Final = frozenset({"aws", "gcp"})
"""Packages that note in ``__defaults`` which inputs the provider itself added."""


def place_of(package: str, provider_inputs: Mapping[str, Value]) -> Place:
    """Where the provider with these inputs works."""
    account, region = (_setting(provider_inputs.get(name)) for name in SETTINGS.get(package, ("", "")))
    fallback = DEFAULTS.get(package, Place("", ""))
    return Place(account or fallback.account, region or fallback.region)


def _setting(value: Value) -> str:
    """A provider's setting as text; a list, which travels as JSON, gives its first member."""
    plain = reveal(value)
    if isinstance(plain, str) and plain.startswith("["):
        plain = json.loads(plain)
    if isinstance(plain, list):
        plain = plain[0] if plain else ""
    return plain if isinstance(plain, str) else ""


def check(
    token: str, urn: str, inputs: Mapping[str, Value], *, place: Place, generation: int = 0
) -> dict[str, Value]:
    """The inputs with what the provider's Check adds: a name, Azure's location, a seal on write-only values.

    Raises:
        plan.sdk.UnknownTokenError: the SDK has no such type.
        plan.sdk.MissingSdkError: the SDK is not installed.
    """
    package = sdk.package_of(token)
    inputs = write_only.sealed(token, inputs)
    added = autoname(token, urn, inputs, generation)
    location = (sdk.inputs(token) or {}).get("location") if package == "azure-native" else None
    if location and not token.startswith(sdk.PROVIDER) and inputs.get("location") is None:
        added["location"] = place.region or DEFAULTS[package].region
    checked = {**inputs, **added}
    if package in BRIDGED and not token.startswith(sdk.PROVIDER):
        checked["__defaults"] = list[Value](sorted(added))
    return checked


def create(
    token: str, urn: str, inputs: Mapping[str, Value], *, place: Place, mode: Mode, generation: int = 0
) -> Answer:
    """What the provider answers to a creation; never a write-only value.

    In a preview the identifier, and all that the program did not give, is unknown.

    Raises:
        plan.sdk.UnknownTokenError: the SDK has no such type.
        plan.sdk.MissingSdkError: the SDK is not installed.
    """
    given = {key: value for key, value in inputs.items() if key not in RESERVED and value is not None}
    answer = _answer(token, urn, given, place, generation)
    outputs = write_only.without_outputs(token, answer.outputs)
    if mode == "up":
        return Answer(answer.id, outputs)
    return Answer(UNKNOWN, {key: _masked(value, given.get(key)) for key, value in outputs.items()})


def _answer(token: str, urn: str, given: Mapping[str, Value], place: Place, generation: int) -> Answer:
    package = sdk.package_of(token)
    sdk.resource_class(token)  # an unknown type is refused before anything is made up
    facts = Facts(token, urn, _holes(package, place, given), _copied(given), generation)
    if token.startswith(sdk.PROVIDER):
        return Answer(fill("{uuid}", facts, "id"), facts.properties)
    cloud, outputs, inputs = CLOUDS[package], sdk.outputs(token), sdk.inputs(token) or {}
    own = own_name(token)
    if own and own not in facts.properties:  # a prefix was given: the cloud completes it
        facts.properties[own] = f"{given.get(own + 'Prefix', '')}{fill('{hex:26}', facts, own)}"
    name = facts.properties.get(own or "name")
    facts.names = {"ownName": name if isinstance(name, str) else made_up(token, urn, generation)}
    facts.names = {**facts.names, **cloud.names(facts)}
    cloud.prepare(facts)
    rows = read_rows(TABLES[package]).get(token, ()) if package in TABLES else ()
    rows = tuple(row for row in rows if row.property not in {"arm", "scoped"})
    answer_rows(_needed_by_id(rows), facts, outputs)
    identity = cloud.identity(facts)
    facts.names = {**facts.names, "id": identity}
    answer_rows(rows, facts, outputs)
    complete(facts, outputs, inputs)
    return Answer(identity, facts.properties)


def _copied(given: Mapping[str, Value]) -> dict[str, Value]:
    """The inputs to write into: what the program gave stays as it gave it."""
    return {key: _copy(value) for key, value in given.items()}


def _copy(value: Value) -> Value:
    if isinstance(value, dict):
        return _copied(value)
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _needed_by_id(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """The table lines above the identifier's: its form may use them."""
    names = [row.property for row in rows]
    return rows[: names.index("id")] if "id" in names else ()


def _holes(package: str, place: Place, given: Mapping[str, Value]) -> dict[str, str]:
    """The facts of the place; a resource may name a region or a project of its own."""
    fallback = DEFAULTS[package]
    region, account = given.get("region"), given.get("project")
    own_region = region if isinstance(region, str) and package in BRIDGED else ""
    own_account = account if isinstance(account, str) and package == "gcp" else ""
    holes = {
        "account": own_account or place.account or fallback.account,
        "region": own_region or place.region or fallback.region,
    }
    if package == "kubernetes":
        holes["namespace"] = holes["region"]
    return holes


def _masked(value: Value, given: Value) -> Value:
    """The value as far as the program gave it; the rest is unknown."""
    if isinstance(value, dict) and isinstance(given, dict):
        return {key: _masked(item, given[key]) if key in given else UNKNOWN for key, item in value.items()}
    if isinstance(value, list) and isinstance(given, list) and len(value) == len(given):
        return [_masked(item, mate) for item, mate in zip(value, given, strict=True)]
    return UNKNOWN if given is None else given


def invoke(token: str, args: Mapping[str, Value], *, place: Place) -> dict[str, Value]:
    """What a data function answers.

    Raises:
        plan.sdk.UnknownTokenError: the SDK has no such function.
        plan.sdk.MissingSdkError: the SDK is not installed.
    """
    package = sdk.package_of(token)
    outputs = sdk.function_outputs(token)
    given: dict[str, Value] = {key: value for key, value in args.items() if value is not None}
    facts = Facts(token, _question(token, given), _holes(package, place, given), given)
    facts.names = {"ownName": token.rpartition(":")[2], "id": fill("{hex:16}", facts, "id")}
    facts.names = {**facts.names, **(CLOUDS[package].names(facts) if package in BRIDGED else {})}
    return answer_function(facts, outputs, sdk.function_inputs(token))


def _question(token: str, args: Mapping[str, Value]) -> str:
    return f"{token}|{json.dumps(args, sort_keys=True, default=repr)}"
