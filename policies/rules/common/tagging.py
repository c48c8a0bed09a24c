"""Who a resource belongs to, and who pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.node import Node
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.taggable import labels_of
from policies.truth import known, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["PROVIDER_DEFAULTS"]

PROVIDER_DEFAULTS: Final = {"aws": ("defaultTags", "tags"), "gcp": ("defaultLabels", "")}
"""Where a provider's settings hold what it adds to every resource."""


@policy(
    id="cost-required-tags",
    title="Cost allocation tags are set",
    violation="a resource that can carry tags (the provider's default tags merged) lacks a required one, "
    "or has one outside the allowed values",
    severity="medium",
    category="cost",
    reads={
        "aws:*": ("tags[*]",),
        "gcp:*": ("labels[*]", "resourceLabels[*]", "userLabels[*]"),
        "azure-native:*": ("tags[*]",),
    },
    defaults={
        "required": ["owner", "environment", "cost-center", "project"],
        "allowedValues": {"environment": ["dev", "staging", "prod"]},
    },
    fix=Fix(
        "suggest", "Say once who owns and who pays.", "ownership: {owner: trading, cost_center: cc-1234}"
    ),
    enforcement="RRM",
    soc2=("CC2.1", "CC7.2"),
    cis=(),
)
def required_tags(subject: Subject) -> Iterator[Judgement]:
    """A resource without tags is a line of the bill that nobody answers for, or dares to delete."""
    field = labels_of(subject.type)
    if not field:
        yield not_applicable("the resource carries no tags")
        return
    what = "tag" if field == "tags" else "label"
    sources = [subject.at(field), _inherited(subject)]
    allowed = subject.config.table("allowedValues")
    for key in subject.config.texts("required"):
        found = [_tag(source, key) for source in sources]
        missing = ~some(tag.exists for tag in found)
        yield fail_if(missing, sources[0], f"it has no {what} {key}")
        value = next((tag for tag in found if not tag.is_absent), found[0])
        strange = (
            value.test(lambda said, key=key: said not in allowed[key])
            if key in allowed
            else known(value=False)
        )
        yield fail_if(
            strange, value, f"its {what} {key} is {value.shown}, expected one of {allowed.get(key)}"
        )


def _tag(source: Node, key: str) -> Node:
    """A tag in a map, or in the list of pairs that an Auto Scaling group takes."""
    if source.value.__class__ is not list:
        return source.key(key)
    pairs = source.items()
    mine = [pair.key("value") for pair in pairs if pair.key("key").text == key]
    unclear = [pair.key("key") for pair in pairs if pair.key("key").is_open]
    return next(iter(mine or unclear), Node(None, source, key))


def _inherited(subject: Subject) -> Node:
    setting, inner = PROVIDER_DEFAULTS.get(subject.type.split(":", 1)[0], ("", ""))
    defaults = subject.body.provider.key(setting).parsed()
    return defaults.key(inner) if inner else defaults
