"""Where a resource of AWS is, and whether a second one is in another region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.truth import Truth, known, some

if TYPE_CHECKING:
    from policies.node import Node
    from policies.subject import Body, Stack

__all__ = ["PLAN", "VAULT", "elsewhere", "leaves", "region_of"]

PLAN: Final = "aws:backup/plan:Plan"
VAULT: Final = "aws:backup/vault:Vault"
REGION_PART: Final = 3


def region_of(body: Body) -> Node:
    """The region of a resource: its own word, else its provider's."""
    own = body.root.key("region")
    return body.provider.key("region") if own.is_absent else own


def elsewhere(one: Body, other: Body) -> Truth:
    """Whether two resources are in different regions."""
    here, there = region_of(one), region_of(other)
    if here.text and there.text:
        return known(value=here.text != there.text)
    if here.is_absent and there.is_absent and one.resource.provider == other.resource.provider:
        return Truth.NO
    return Truth.UNKNOWN


def leaves(stack: Stack, plan: Body, action: Node) -> Truth:
    """Whether a copy action of a backup plan takes the copy to a vault in another region."""
    vault = action.key("destinationVaultArn")
    parts = vault.text.split(":")
    here = region_of(plan)
    if len(parts) > REGION_PART and here.text:
        return known(value=parts[REGION_PART] != here.text)
    traced = plan.resource.property_dependencies.get("rules", ())
    named = [body for body in stack.of(VAULT) if body.urn in traced]
    if named:
        return some(elsewhere(plan, body) for body in named)
    return vault.test(lambda _: True) & Truth.UNKNOWN
