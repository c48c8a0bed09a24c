"""What the installed Pulumi SDKs say about their own types, by the token that the engine uses.

A token such as ``aws:ec2/vpc:Vpc`` is enough to know the class, and so the inputs and outputs with
their forms. Each SDK carries the map from tokens to classes in its ``__init__.py`` (it registers it
with the runtime); it is read from there as text, because importing an SDK for it would cost
seconds. Only the module of the token that is asked for is imported. Any SDK may be missing: each is
an extra of this project.
"""

from __future__ import annotations

import difflib
import importlib
import json
import sys
import typing
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from plan.shape import Field, fields_of

__all__ = [
    "PACKAGES",
    "PROVIDER",
    "MissingSdkError",
    "UnknownTokenError",
    "documentation",
    "function_inputs",
    "function_outputs",
    "inputs",
    "installed",
    "is_custom_kind",
    "outputs",
    "package_of",
    "resource_class",
    "tokens",
    "version",
]


@dataclass(frozen=True, slots=True)
class Sdk:
    """Where an SDK is found."""

    module: str
    distribution: str
    extra: str
    """The extra of this project that installs it; empty: it is always installed."""


PACKAGES: Final[Mapping[str, Sdk]] = {
    "aws": Sdk("pulumi_aws", "pulumi-aws", "aws"),
    "gcp": Sdk("pulumi_gcp", "pulumi-gcp", "gcp"),
    "azure-native": Sdk("pulumi_azure_native", "pulumi-azure-native", "azure"),
    "kubernetes": Sdk("pulumi_kubernetes", "pulumi-kubernetes", ""),
}
PROVIDER: Final = "pulumi:providers:"
"""How the token of a provider itself begins."""
CUSTOM_RESOURCE: Final = ("pulumi_kubernetes.apiextensions", "CustomResource")


class MissingSdkError(ImportError):
    """The SDK of a token's package is not one that the project knows, or is not installed."""

    def __init__(self, package: str) -> None:
        sdk = PACKAGES.get(package)
        if sdk is None:
            msg = f"no SDK is known for the package {package!r}, expected one of: {', '.join(PACKAGES)}"
        else:
            extra = f"[{sdk.extra}]" if sdk.extra else ""
            msg = f"{sdk.distribution} is not installed, and a stack needs it: uv pip install -e '.{extra}'"
        super().__init__(msg)


class UnknownTokenError(LookupError):
    """A type token, or a function's, that its SDK does not have."""

    def __init__(self, token: str, package: str, near: str) -> None:
        hint = f" Did you mean {near!r}?" if near else ""
        super().__init__(f"{PACKAGES[package].distribution} {version(package)} has no {token!r}.{hint}")
        self.token = token
        self.near = near


def package_of(token: str) -> str:
    """The package of a type token: ``aws`` for ``aws:ec2/vpc:Vpc`` and ``pulumi:providers:aws``."""
    return token.removeprefix(PROVIDER) if token.startswith(PROVIDER) else token.split(":", 1)[0]


def installed() -> tuple[str, ...]:
    """The packages whose SDK this environment has."""
    return tuple(package for package, sdk in PACKAGES.items() if util.find_spec(sdk.module) is not None)


@cache
def version(package: str) -> str:
    """The version of the package's SDK, which is that of its provider plugin.

    Raises:
        MissingSdkError: the SDK is not installed, or not one of the four.
    """
    try:
        return metadata.version(PACKAGES[package].distribution)
    except (KeyError, metadata.PackageNotFoundError):
        raise MissingSdkError(package) from None


def tokens(package: str) -> frozenset[str]:
    """All resource types of a package, without its provider."""
    return frozenset(token for token in _registered(package) if not token.startswith(PROVIDER))


@cache
def _registered(package: str) -> Mapping[str, tuple[str, str]]:
    """For each token the module and the class, as the SDK registers them."""
    sdk = PACKAGES.get(package)
    spec = util.find_spec(sdk.module) if sdk else None
    if spec is None or spec.origin is None:
        raise MissingSdkError(package)
    text = Path(spec.origin).read_text(encoding="utf-8")
    found: dict[str, tuple[str, str]] = {}
    for module in _literal(text, "resource_modules"):
        for token, name in module["classes"].items():
            found[token] = (module["fqn"], name)
    for provider in _literal(text, "resource_packages"):
        found[provider["token"]] = (provider["fqn"], provider["class"])
    return found


def _literal(text: str, argument: str) -> list[Any]:
    _, _, rest = text.partition(f'{argument}="""')
    return json.loads(rest.partition('"""')[0])


def is_custom_kind(token: str) -> bool:
    """Whether a Kubernetes token names a kind that a custom resource definition brought."""
    return resource_class(token).__name__ in {"CustomResource", "CustomResourcePatch"}


def _where(token: str) -> tuple[str, str]:
    """The module and the class of a token."""
    package = package_of(token)
    known = _registered(package)
    if token in known:
        return known[token]
    if package == "kubernetes" and token.count(":") > 1:
        group = token.split(":")[1].partition("/")[0]
        if "." in group and group not in {name.split(":")[1].partition("/")[0] for name in known}:
            module, name = CUSTOM_RESOURCE  # a kind of the cluster's own making
            return module, name + "Patch" * token.endswith("Patch")
    near = difflib.get_close_matches(token, known, n=1, cutoff=0.5)
    raise UnknownTokenError(token, package, near[0] if near else "")


@cache
def resource_class(token: str) -> type:
    """The SDK's class for a type token. Imports the module that holds it, and no other.

    Raises:
        UnknownTokenError: the SDK has no such type; the message names the nearest one.
        MissingSdkError: the SDK is not installed, or not one of the four.
    """
    module, name = _where(token)
    return getattr(_import(module), name)


def _import(module: str) -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated neighbour of the asked type is not our caller's doing
        found = importlib.import_module(module)
        _ = getattr(found, "__all__", None)  # an SDK's modules load on first use: now, with warnings off
    return found


@cache
def inputs(token: str) -> Mapping[str, Field] | None:
    """What a program may give, by wire name. None where the SDK sets no form (some Helm overlays)."""
    owner = resource_class(token)
    module = sys.modules[owner.__module__]
    exported = getattr(module, "__all__", ())
    for name in (f"{owner.__name__}Args", f"{owner.__name__}InitArgs"):
        if name in exported:
            return fields_of(getattr(module, name))
    return None


@cache
def outputs(token: str) -> Mapping[str, Field]:
    """What the cloud answers, by wire name; `Field.required` tells whether it always does."""
    return fields_of(resource_class(token))


@cache
def documentation(token: str) -> str:
    """The SDK's text about a type; empty where Python was told to drop docstrings."""
    constructor: Any = resource_class(token).__init__
    for overload in (*typing.get_overloads(constructor), constructor):
        if overload.__doc__:
            return overload.__doc__
    return ""


@cache
def function_inputs(token: str) -> frozenset[str]:
    """The arguments of a data function, in small letters (the SDK does not keep their wire names)."""
    package, area, name = _parts(token)
    module = _import(_function_module(package, area))
    python_name = next((other for other in dir(module) if other.replace("_", "").lower() == name.lower()), "")
    function: Any = getattr(module, python_name, None)
    return frozenset(
        argument.replace("_", "").lower() for argument in getattr(function, "__annotations__", ())
    ) - {"opts", "return"}


def _parts(token: str) -> tuple[str, str, str]:
    package, area, name = [*token.split(":", 2), "", ""][:3]
    return package, area.split("/", 1)[0], name


@cache
def function_outputs(token: str) -> Mapping[str, Field]:
    """What a data function such as ``aws:ec2/getVpc:getVpc`` answers, by wire name.

    Raises:
        UnknownTokenError: the SDK has no such function; the message names the nearest one.
        MissingSdkError: the SDK is not installed, or not one of the four.
    """
    package, area, name = _parts(token)
    module = _function_module(package, area)
    result = f"{name[:1].upper()}{name[1:]}Result"
    found = _import(module) if module else None
    if hasattr(found, result):
        return fields_of(getattr(found, result))
    results = [
        other for other in dir(found) if other.endswith("Result") and not other.startswith("Awaitable")
    ]
    near = difflib.get_close_matches(result, results, n=1, cutoff=0.5)
    raise UnknownTokenError(token, package, token.replace(name, _function(near[0])) if near else "")


def _function(result: str) -> str:
    name = result.removesuffix("Result")
    return name[:1].lower() + name[1:]


@cache
def _function_module(package: str, area: str) -> str:
    """The module of an area of the SDK: where its resources are, else where its name says."""
    known = _registered(package)
    if area == "index":
        return PACKAGES[package].module
    for token, (module, _) in known.items():
        if token.split(":")[1].split("/", 1)[0] == area:
            return module
    guess = f"{PACKAGES[package].module}.{area}"
    return guess if util.find_spec(guess) is not None else ""
