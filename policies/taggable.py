"""Which resource types can carry tags or labels, from a list made of the pinned SDKs.

A rule cannot import three SDKs to find out (seconds), so the list is a file beside this one;
``python -m policies.taggable --write`` makes it anew after an SDK's upgrade, and a test compares.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

__all__ = ["FILE", "labels_of", "scan"]

FILE: Final = Path(__file__).with_name("taggable.txt")
FIELDS: Final = {
    "aws": ("tags",),
    "gcp": ("userLabels", "resourceLabels", "labels"),
    "azure-native": ("tags",),
}
"""What the tags are called, the narrowest word first: where there are two, the last is something else."""
DIMENSIONS: Final = frozenset({"gcp:monitoring/metricDescriptor:MetricDescriptor"})
"""Types whose labels are the dimensions of what they measure."""
MODULES: Final = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure-native": "pulumi_azure_native"}
TOKEN: Final = re.compile(r"super\(\w+, __self__\)\.__init__\(\s*'([^']+)'")


def labels_of(token: str) -> str:
    """The property that holds a type's tags (``tags``, ``labels`` …); empty: it has none."""
    return _listed().get(token, "")


@cache
def _listed() -> dict[str, str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return {token: field for token, _, field in (line.partition(" ") for line in lines)}


def scan() -> Iterator[str]:
    """A line for each type of the installed SDKs that takes tags, read from the source of its class."""
    for package, module in MODULES.items():
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            msg = f"{module} is not installed: the list is made of all three SDKs"
            raise ModuleNotFoundError(msg)
        for path in Path(spec.origin).parent.rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            field = next((field for field in FIELDS[package] if _takes(text, field)), "")
            token = TOKEN.search(text) if field else None
            if token and token[1] not in DIMENSIONS:
                yield f"{token[1]} {field}"


def _takes(text: str, field: str) -> bool:
    name = re.sub(r"([A-Z])", lambda letter: "_" + letter[1].lower(), field)
    return f'__props__.__dict__["{name}"] = {name}\n' in text


if __name__ == "__main__" and "--write" in sys.argv:
    FILE.write_text("\n".join(sorted(scan())) + "\n", encoding="utf-8")
