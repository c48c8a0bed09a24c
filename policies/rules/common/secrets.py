"""Secrets do not stand in the program, nor in clear in its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.secrets import plain_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.views.secrets import Hit

__all__: list[str] = []

CUSTOM_KINDS: Final = ("kubernetes:core/", "kubernetes:apps/", "kubernetes:batch/")
"""What Kubernetes itself serves. Other kinds say under such names where a secret is, and never a secret."""


@policy(
    id="ops-no-plaintext-secret",
    title="No secret is a plain input",
    violation="a text looks like a credential (an AWS key, a private key, a GitHub token, a URL with a "
    "password …), or a property named like a secret holds a literal, and neither is marked as a secret",
    severity="critical",
    category="operations",
    reads={"*": ("*",)},
    fix=Fix(
        "none",
        "Revoke it, and take its successor from the configuration's secrets or from a secret store.",
        'password=pulumi.Config().require_secret("password")',
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.7", "C1.1"),
    cis=("G1.18",),
)
def no_plaintext_secret(subject: Subject) -> Iterator[Judgement]:
    """What is written in a program is in its history, its state and every log of it, for all to read.

    Every property is read. What a cloud is still to compute is no literal of the program; it stays open only
    where secrets are put: under a name that says so, in an environment, a script, a Secret's data.
    """
    if subject.root.is_empty == Truth.YES:
        yield not_applicable("it has no properties")
        return
    by_name = not subject.type.startswith("kubernetes:") or subject.type.startswith(CUSTOM_KINDS)
    for hit in plain_secrets(subject.root.value, names=by_name):
        place = _node(subject.root, hit)
        yield fail_if(Truth.YES if hit.known else Truth.UNKNOWN, place, f"{hit.kind} stands here in clear")


def _node(root: Node, hit: Hit) -> Node:
    place = root
    for step in hit.steps:
        place = place.items()[step] if isinstance(step, int) else place.key(step)
    return place
