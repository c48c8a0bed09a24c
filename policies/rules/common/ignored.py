"""What the engine is told to overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.families import canonical
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__: list[str] = []

NAMED: Final = 3
"""How many policies a message names."""


@policy(
    id="ops-no-ignore-security",
    title="ignoreChanges does not hide security properties",
    violation="the resource option ignoreChanges names a property that an enabled security policy reads, or "
    "one above or below it, and `allowed` does not name that path for the type",
    severity="high",
    category="operations",
    reads={"*": ("@ignoreChanges",)},
    defaults={"allowed": {}},
    fix=Fix("none", "Let the program say the property, and the engine keep it so.", "ignore_changes=[]"),
    enforcement="AMM",
    soc2=("CC8.1", "CC7.1"),
    cis=(),
)
def no_ignore_security(subject: Subject) -> Iterator[Judgement]:
    """Policies judge what the program says; with ignoreChanges the cloud may hold something else for good."""
    resource = subject.body.resource
    if not resource.options.ignore_changes:
        yield not_applicable("no change of it is ignored")
        return
    allowed = subject.config.table("allowed").get(subject.type, ())
    items = canonical(resource.type).is_list
    for path in resource.options.ignore_changes:
        inner = path.partition("].")[2] if items and path.startswith("items") else path
        readers = subject.watched.readers(subject.type, inner or "*") if subject.watched else []
        said = ", ".join(readers[:NAMED]) + (" and others" if len(readers) > NAMED else "")
        message = f"changes of {path} are ignored, which {said} must see"
        yield fail_if(known(value=bool(readers) and path not in allowed), subject.root, message)
