"""What a project has once, whatever runs in it: made by one stack of the project, or by none.

As in `components.aws.account_baseline`: two stacks that both made these would overwrite each other, so a
stack makes them only where ``audit.manage_account_baseline`` says that the project is its own. What
another owner set before (project metadata above all) has to be taken away or imported first.

* People come to machines through OS Login: by their directory account, and by no key in the metadata.
* The project's default service accounts lose *Editor*, which they were born with.
* Google's own notices (security, suspension, outages) reach those who answer at night.
* Serious findings of Security Command Center wake somebody (`components.gcp.findings`).
* Guardrails: organisation policies on this project alone. What the rooms make abides by them already;
  they are for the day on which somebody clicks. They judge what is made from then on.

Rights: ``roles/compute.admin`` (or ``compute.projects.setCommonInstanceMetadata``),
``roles/resourcemanager.projectIamAdmin`` and ``roles/essentialcontacts.admin`` on the project. The
guardrails need ``roles/orgpolicy.policyAdmin`` and the findings
``roles/securitycenter.notificationConfigEditor``, which only an organisation can grant: a project without
one has neither (``cloud.organization``).

Left out, with the reason: ``block-project-ssh-keys``, which machines look for in their own metadata alone
(the node pools say it); deleting the default network, which may carry what is not ours
(``gcloud compute networks delete default``); Security Command Center itself, which an organisation
switches on.

Sources: CIS Google Cloud Platform Foundation Benchmark v3.0.0, 1.4, 1.16, 4.1, 4.4, 4.5, 4.8,
4.9, 5.1, 5.2, 6.5, 6.6;
Google Cloud, *Organization policy constraints*, *Restrict resource locations*, *Set up OS Login*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, essentialcontacts, orgpolicy, projects

from components.base import Part
from components.gcp.findings import tell
from components.naming import Naming

__all__ = ["ENFORCED", "ProjectBaseline", "ProjectBaselineArgs"]

METADATA: Final = {"enable-oslogin": "TRUE", "serial-port-enable": "FALSE"}
NOTICES: Final = ("BILLING", "SECURITY", "SUSPENSION", "TECHNICAL")
"""Billing too: a project whose bill is not paid is stopped."""
ENFORCED: Final = (
    "compute.disableSerialPortAccess",
    "compute.requireShieldedVm",
    "iam.automaticIamGrantsForDefaultServiceAccounts",
    "iam.disableServiceAccountKeyCreation",
    "iam.disableServiceAccountKeyUpload",
    "sql.restrictAuthorizedNetworks",
    "sql.restrictPublicIp",
    "storage.publicAccessPrevention",
    "storage.secureHttpTransport",
    "storage.uniformBucketLevelAccess",
)
"""Constraints that are on or off."""
WORD: Final = re.compile(r"\.|(?<=[a-z])(?=[A-Z])")
"""Where a word of a constraint's name ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectBaselineArgs:
    """Which project, who is told, and how much of it is ours to forbid."""

    naming: Naming
    project: str
    email: str
    """Google's notices go there."""
    organization: bool
    """Whether organisation policies are set and findings are heard, which an organisation grants."""
    key: pulumi.Input[str]
    """Encrypts findings on their way."""
    channels: Sequence[pulumi.Input[str]]
    """Who is woken by a serious finding."""
    regions: Sequence[str]
    """Where the guardrails let things be made."""
    multi_region: str | None = None
    """For example ``us``, where buckets and images of two regions are; then the whole of it is allowed."""
    protect: bool


class ProjectBaseline(Part):
    """Metadata, contacts, default accounts without power, and guardrails."""

    def __init__(self, name: str, args: ProjectBaselineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._opts = ResourceOptions(parent=self, protect=args.protect)
        for key, value in METADATA.items():
            compute.ProjectMetadataItem(self.named(key), key=key, value=value, opts=self._opts)
        # Not disabled: what nobody told of another account starts with these, or would not start.
        projects.DefaultServiceAccounts(
            self.named("default-accounts"), project=args.project, action="DEPRIVILEGE", opts=self._opts
        )
        essentialcontacts.Contact(
            self.named("notices"),
            parent=f"projects/{args.project}",
            email=args.email,
            language_tag="en",
            notification_category_subscriptions=list(NOTICES),
            opts=self._opts,
        )
        if args.organization:
            self._guardrails()
            tell(self, naming=args.naming, key=args.key, regions=args.regions, channels=args.channels)
        self.finish()

    def _guardrails(self) -> None:
        for constraint in ENFORCED:
            self._policy(constraint, orgpolicy.PolicySpecRuleArgs(enforce="TRUE"))
        self._policy("compute.vmExternalIpAccess", orgpolicy.PolicySpecRuleArgs(deny_all="TRUE"))
        values = orgpolicy.PolicySpecRuleValuesArgs(allowed_values=_locations(self._args))
        self._policy("gcp.resourceLocations", orgpolicy.PolicySpecRuleArgs(values=values))

    def _policy(self, constraint: str, rule: orgpolicy.PolicySpecRuleArgs) -> None:
        parent = f"projects/{self._args.project}"
        orgpolicy.Policy(
            self.named(WORD.sub("-", constraint).lower()),
            name=f"{parent}/policies/{constraint}",
            parent=parent,
            spec=orgpolicy.PolicySpecArgs(rules=[rule]),
            opts=self._opts,
        )


def _locations(args: ProjectBaselineArgs) -> list[str]:
    """Google's groups of locations. ``global`` is a location too: that of what is nowhere in particular."""
    places = [*args.regions, *([args.multi_region] if args.multi_region else [])]
    return ["global", *(f"in:{place}-locations" for place in places)]
