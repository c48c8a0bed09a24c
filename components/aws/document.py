"""Policy documents: who may do what, as AWS reads it.

A statement is written where its meaning is; this writes the frame around it, so that no room gets
the language's version or the form of a list wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final, TypeAlias

import pulumi

__all__ = ["VERSION", "Statement", "document", "document_of"]

VERSION: Final = "2012-10-17"
"""The policy language's current version, not a date of ours."""

Statement: TypeAlias = Mapping[str, object]
"""``Sid``, ``Effect``, ``Action``, ``Resource`` and, where one resource is shared, ``Principal``."""


def document(*statements: Statement) -> str:
    """A document of which everything is known while the plan is made."""
    return json.dumps({"Version": VERSION, "Statement": statements})


def document_of(*statements: Statement) -> pulumi.Output[str]:
    """A document whose statements name what only the cloud can know."""
    return pulumi.Output.json_dumps({"Version": VERSION, "Statement": list(statements)})
