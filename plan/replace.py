"""Which changes make a cloud replace a resource, rather than change it in place.

A replacement of what holds data loses the data, so a plan has to say it. No SDK says it in a form a
program can read; the table beside this file does, each line with its source:

``cfn``: the create-only properties of CloudFormation's resource schemas (as the cfn-lint package
carries them), under the SDK's names. ``sdk``: the SDK's own text. ``api``: the service has no call
that changes it. ``k8s``: the API server refuses the change. ``clouds``: the immutable fields that
were gathered for this project from providers' and maintainers' reports.

Types that the table leaves out follow a rule: what identifies a thing cannot change.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from plan import sdk
from plan.autoname import own_name

__all__ = ["replaces"]

TABLE: Final = Path(__file__).with_name("replacements.csv")
ALWAYS: Final = ("region", "project")
"""Where a resource is cannot change, whatever its type."""
IDENTIFYING: Final = (
    "name",
    "namePrefix",
    "bucket",
    "bucketPrefix",
    "clusterIdentifier",
    "identifier",
    "resourceGroupName",
    "location",
    "zone",
    "vpcId",
)


@cache
def replaces(token: str) -> tuple[str, ...]:
    """Paths of the properties, in wire names, whose change replaces a resource of this type.

    Raises:
        plan.sdk.UnknownTokenError: the SDK has no such type.
        plan.sdk.MissingSdkError: the SDK is not installed.
    """
    if token.startswith(sdk.PROVIDER):
        return ()  # the engine replaces a provider only where its plugin says so: ours never does
    rows, inputs = _rows(), sdk.inputs(token) or {}
    known = rows.get(token, ())
    of_package = rows.get(f"{sdk.package_of(token)}:*", ())
    own = own_name(token)
    by_rule = (own, f"{own}Prefix", *_parents(token), *IDENTIFYING) if not (known or of_package) else ()
    ruled = {name for name in (*ALWAYS, *by_rule) if name in inputs}
    return tuple(sorted({*known, *of_package, *ruled}))


def _parents(token: str) -> tuple[str, ...]:
    """The names and identifiers that must be given: the thing itself, and what it belongs to."""
    fields = sdk.inputs(token) or {}
    return tuple(name for name, field in fields.items() if field.required and name.endswith(("Name", "Id")))


@cache
def _rows() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with TABLE.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            found[line["type"]] = (*found.get(line["type"], ()), line["property"])
    return found
