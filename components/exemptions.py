"""An exemption from a policy, said in the program beside the resource that needs it.

It comes and goes with the resource, as a line of the file ``policies/exemptions.yaml`` would not. The rules
are the same for both, and they are the policies' own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import pulumi

from config.base import NAMESPACE

__all__ = ["Exemption", "ExemptionArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionArgs:
    """What an exemption must say, or it is void."""

    policy: str
    """``policy``, or ``policy#part``."""
    resource: str
    """The logical name of the resource, or a glob over URNs."""
    reason: str
    """For who reads it later: 15 characters at least."""
    owner: str
    expires: date
    """The last day: at most 90 days ahead, 30 for a critical policy. After it the finding returns."""


class Exemption(pulumi.ComponentResource):
    """One exemption. The resource that it covers waits for it, or the engine might judge that one first.

    ::

        noted = Exemption("scratch-flow-logs", ExemptionArgs(resource="scratch", …))
        Vpc("scratch", …, opts=ResourceOptions(parent=self, depends_on=noted.before()))
    """

    type_token: ClassVar[str] = f"{NAMESPACE}:policies:Exemption"

    def __init__(self, name: str, args: ExemptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        said = {
            "policy": args.policy,
            "resource": args.resource,
            "reason": args.reason,
            "owner": args.owner,
            "expires": args.expires.isoformat(),
        }
        super().__init__(self.type_token, name, said, opts)
        self.register_outputs({})

    def before(self, *others: pulumi.Resource) -> pulumi.Output[Sequence[pulumi.Resource]]:
        """For ``depends_on``: these others, known only once the engine has been told of the exemption.

        The exemption itself is not among them. In the state nothing depends on it, so it comes and goes
        without a trace in what it covers, and an update of chosen targets need not name it.
        """
        waited_for: Sequence[pulumi.Resource] = others
        return self.urn.apply(lambda _: waited_for)
