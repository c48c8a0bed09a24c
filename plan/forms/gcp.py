"""How Google Cloud names things: relative resource names, and self-links made from them.

For a type that no table lists the SDK's import formats give the name: the first of them, such as
``projects/{{project}}/locations/{{location}}/clusters/{{name}}``, is the identifier's form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from plan import sdk
from plan.forms.form import Facts, Unanswered, fill, read_rows

__all__ = ["identity", "names"]

APIS: Final = {"compute": "compute/v1", "storage": "storage/v1", "dns": "dns/v1", "sql": "sql/v1beta4"}
FORMAT: Final = re.compile(r"^\s*\*\s+`?([^\s`]*\{\{[^`]*?\}\}[^\s`]*)`?\s*$", re.MULTILINE)
PLACES: Final = {
    "project": "account",
    "project_id": "account",
    "project-id": "account",
    "region": "region",
    "location": "location",
    "zone": "zone",
}


def names(facts: Facts) -> Mapping[str, str]:
    """The holes that Google's tables use beyond the place's."""
    area = facts.token.split(":", 2)[1].split("/", 1)[0]
    region = facts.place["region"]
    found = {"service": area, "api": APIS.get(area, f"{area}/v1"), "zone": f"{region}-a"}
    if "location" not in facts.properties:
        found["location"] = region
    return {name: text for name, text in found.items() if name not in facts.properties}


def identity(facts: Facts) -> str:
    """The identifier: from the table, else the SDK's first import format, else the name."""
    forms = [row.form for row in read_rows("gcp.csv").get(facts.token, ()) if row.property == "id"]
    for form in (*forms, _format(facts.token), "projects/{account}/{ownName}"):
        try:
            return re.sub(r"(?<!:)//+", "/", fill(form, facts, "id"))
        except Unanswered:
            continue
    return fill("projects/{account}/{hex:12}", facts, "id")


@cache
def _format(token: str) -> str:
    """The SDK's first import format in our tables' language."""
    found = FORMAT.search(sdk.documentation(token))
    if not found:
        return "{noImportFormat}"
    known = sdk.outputs(token)

    def hole(match: re.Match[str]) -> str:
        if match[1] in PLACES:
            return f"{{{PLACES[match[1]]}}}"
        first, *rest = re.split(r"[_-]", match[1])
        name = first + "".join(part.capitalize() for part in rest)
        return f"{{{name}}}" if name in known else "{ownName}"

    return re.sub(r"\{\{\s*%?([\w.-]+)\s*\}\}", hole, found[1])
