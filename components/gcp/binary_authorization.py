"""Which images may run in the project's clusters: ours, the named ones, and those of Google's system.

Everything else is refused when a pod is made, and the refusal is in the audit log; in a dry run it is
in the log alone. Who must start another image in an emergency says so on the pod (the label
``image-policy.k8s.io/break-glass``), which the audit log keeps.

There is no attestor. An attestation says that somebody looked at an image after it was built; here it
would be made by the one pipeline that also writes the repository, and who can do the one can do the
other. That images are not exchanged after a test is what digests and immutable tags are for. It is
worth its key and its note on the day when a second party signs.

Sources: Google, *Binary Authorization: policy YAML reference* (patterns, system policy), *Use
break-glass*; CIS GKE 5.1.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import binaryauthorization

from components.base import Part

__all__ = ["BinaryAuthorization", "BinaryAuthorizationArgs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryAuthorizationArgs:
    """What may run."""

    image_prefix: pulumi.Input[str]
    """Our repository, without a slash at the end."""
    patterns: Sequence[str]
    """What else, for example ``registry.k8s.io/external-dns/*``: one star stands for one name in the path,
    two for any number."""
    enforced: bool
    """Refuse what is not allowed. If not: only write it down."""


class BinaryAuthorization(Part):
    """The project's one policy."""

    def __init__(self, name: str, args: BinaryAuthorizationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        for pattern in args.patterns:
            _check(pattern)
        binaryauthorization.Policy(
            self.named("policy"),
            description="Images of our own repository, of the named ones, and of Google's system",
            global_policy_evaluation_mode="ENABLE",
            admission_whitelist_patterns=[
                binaryauthorization.PolicyAdmissionWhitelistPatternArgs(name_pattern=pattern)
                for pattern in (pulumi.Output.concat(args.image_prefix, "/*"), *args.patterns)
            ],
            default_admission_rule=binaryauthorization.PolicyDefaultAdmissionRuleArgs(
                evaluation_mode="ALWAYS_DENY",
                enforcement_mode=(
                    "ENFORCED_BLOCK_AND_AUDIT_LOG" if args.enforced else "DRYRUN_AUDIT_LOG_ONLY"
                ),
            ),
            opts=ResourceOptions(parent=self),
        )
        self.finish()


def _check(pattern: str) -> None:
    """A pattern names a registry and somebody in it: everybody may put images into most registries."""
    registry, _, path = pattern.partition("/")
    if "*" in registry or path.partition("/")[0].strip("*") == "":
        msg = (
            f"the image pattern {pattern} would admit images of anybody; name a registry and who in it, "
            "for example registry.k8s.io/external-dns/*"
        )
        raise ValueError(msg)
