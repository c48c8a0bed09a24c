"""Who the pipelines of one repository are to a Google Cloud project: two service accounts, and no key.

GitHub or GitLab signs a token that says which repository a job belongs to and why it runs; Google believes
the signature, looks at every claim named here, and lets the job be a service account for an hour.
``preview`` is for every branch and pull request, and reads. ``deploy`` is for jobs that passed the
repository's own gate: on GitHub the protected environment that is called as this one, on GitLab the
protected branch. What ``deploy`` may do, the owner of the project wrote into roles: a program that chose
its own rights could choose them all.

The provider's condition turns every other repository away before it is anybody; its mapping says which of
the two purposes a job has. The subject, which the audit logs show, is the run: a branch's name can be
longer than the 127 characters that Google takes.

The token must be meant for the provider itself, by its full name (``provider_name``), which GitHub's and
GitLab's own actions ask for; nothing else has to be agreed.

There is one of this in a project. A deleted pool's name cannot be used for 30 days.

Sources: IAM, *Configure Workload Identity Federation with deployment pipelines*, *Best practices for using
Workload Identity Federation*; GitHub, *OpenID Connect reference*; GitLab, *OpenID Connect in Google Cloud*,
*ID token authentication* (``ref_protected``); the provider's ``user_project_override``, which needs the
right to use services; Pulumi, the DIY backend's source: a preview takes no lock and writes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import iam, kms, projects, serviceaccount, storage

from components.base import Part
from components.naming import Naming

__all__ = ["READ_PERMISSIONS", "READ_ROLES", "Issuer", "Pipeline", "PipelineArgs", "Purpose"]

Issuer = Literal["github", "gitlab"]
Purpose = Literal["preview", "deploy"]

_ISSUERS: Final[dict[Issuer, str]] = {
    "github": "https://token.actions.githubusercontent.com",
    "gitlab": "https://gitlab.com",
}
READ_ROLES: Final = (
    "roles/artifactregistry.reader",
    "roles/binaryauthorization.policyViewer",
    "roles/browser",
    "roles/certificatemanager.viewer",
    "roles/cloudkms.viewer",
    "roles/cloudscheduler.viewer",
    "roles/compute.viewer",
    "roles/container.clusterViewer",
    "roles/dns.reader",
    "roles/gkebackup.viewer",
    "roles/iam.securityReviewer",
    "roles/iam.workloadIdentityPoolViewer",
    "roles/memorystore.viewer",
    "roles/monitoring.viewer",
    "roles/pubsub.viewer",
    "roles/resourcemanager.tagViewer",
    "roles/secretmanager.viewer",
    "roles/serviceusage.serviceUsageConsumer",
    "roles/workflows.viewer",
)
"""How resources are set up, for ``pulumi preview --refresh``; a bare preview asks Google nothing.

None of them reads an object, a table, a log entry or a secret, as the basic role *Viewer* would. Of what an
organisation grants, of the budget and of what is inside the clusters a preview sees nothing: to refresh
these is a deployer's."""
READ_PERMISSIONS: Final = (
    "cloudsql.databases.get",
    "cloudsql.instances.get",
    "cloudsql.users.list",
    "logging.buckets.get",
    "logging.exclusions.get",
    "logging.logMetrics.get",
    "logging.sinks.get",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
)
"""Of services whose reader's role reads data too: entries, objects, or an export of the database."""
_TOO_MUCH: Final = frozenset(
    {"editor", "owner", "viewer", "iam.securityAdmin", "resourcemanager.projectIamAdmin"}
)
_WORD: Final = re.compile(r"[A-Za-z0-9_./@-]+")
_PART: Final = re.compile(r"[._]|(?<=[a-z])(?=[A-Z])")
"""Where a part of a role's name ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineArgs:
    """Which repository, what it may do, and where the state is that it compares with."""

    naming: Naming
    project: str
    issuer: Issuer
    repository: str
    """As the token's subject names it. On GitHub ``acme/platform`` or, for a repository that was made,
    renamed or moved since July 2026, ``acme@123456/platform@456789``:
    ``gh api repos/acme/platform/actions/oidc/customization/sub`` tells."""
    branch: str = "main"
    """GitLab's protected branch; its tokens name no environment."""
    deploy_roles: Sequence[str]
    """What a deployment may do: roles that the owner of the project chose or wrote."""
    state_bucket: str | None
    """Where Pulumi keeps the state, if in a bucket."""
    state_key: str | None
    """Full name of the key of the state's secrets, and of its bucket."""


class Pipeline(Part):
    """The issuer, and a service account each for previews and deployments."""

    provider_name: pulumi.Output[str]
    """``projects/…/providers/…``: what a workflow says that its token is for."""
    preview_member: pulumi.Output[str]
    """As IAM names a member: ``serviceAccount:…``."""
    deploy_member: pulumi.Output[str]

    def __init__(self, name: str, args: PipelineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        _check(args)
        self._args = args
        self._pool = iam.WorkloadIdentityPool(
            self.named("pool"),
            workload_identity_pool_id=args.naming.once("identity-pool", "pipeline"),
            display_name="Pipelines",
            description=f"Jobs of {args.repository}",
            opts=ResourceOptions(parent=self),
        )
        self.provider_name = self._issuer()
        self.preview_member = self._preview()
        self.deploy_member = self._deploy()
        self.finish()

    def _issuer(self) -> pulumi.Output[str]:
        args = self._args
        return iam.WorkloadIdentityPoolProvider(
            self.named("issuer"),
            workload_identity_pool_id=self._pool.workload_identity_pool_id,
            workload_identity_pool_provider_id=args.naming.once("identity-provider", args.issuer),
            display_name=args.issuer,
            oidc=iam.WorkloadIdentityPoolProviderOidcArgs(issuer_uri=_ISSUERS[args.issuer]),
            attribute_mapping={
                "google.subject": _RUN[args.issuer],
                "attribute.purpose": f"{_may_deploy(args)} ? 'deploy' : 'preview'",
            },
            attribute_condition=f"{_is_ours(args)} && ({_may_deploy(args)} || {_may_preview(args)})",
            opts=ResourceOptions(parent=self),
        ).name

    def _preview(self) -> pulumi.Output[str]:
        args = self._args
        account = self._account("preview")
        reader = projects.IAMCustomRole(
            self.named("preview"),
            # Google remembers a deleted role's name, and takes no hyphens in it.
            role_id=args.naming.once("iam-custom-role", "preview").replace("-", "_"),
            title="Pipeline preview",
            description="How databases, buckets and logs are set up, and nothing that is in them",
            permissions=list(READ_PERMISSIONS),
            opts=ResourceOptions(parent=self),
        )
        self._grant("preview-settings", reader.name, account)
        for role in READ_ROLES:
            self._grant(f"preview-{_last(role)}", role, account)
        if args.state_bucket:
            storage.BucketIAMMember(
                self.named("preview-state"),
                bucket=args.state_bucket,
                role="roles/storage.objectViewer",
                member=account.member,
                opts=ResourceOptions(parent=self),
            )
        if args.state_key:
            kms.CryptoKeyIAMMember(
                self.named("preview-state"),
                crypto_key_id=args.state_key,
                role="roles/cloudkms.cryptoKeyDecrypter",
                member=account.member,
                opts=ResourceOptions(parent=self),
            )
        return account.member

    def _deploy(self) -> pulumi.Output[str]:
        account = self._account("deploy")
        for role in self._args.deploy_roles:
            self._grant(f"deploy-{_last(role)}", role, account)
        return account.member

    def _account(self, purpose: Purpose) -> serviceaccount.Account:
        """Only jobs of that purpose can be it."""
        account = serviceaccount.Account(
            self.named(purpose),
            account_id=self._args.naming.of("service-account", "pipeline", purpose),
            display_name=f"Pipeline {purpose}",
            description=f"Pipelines of {self._args.repository}: {purpose}",
            opts=ResourceOptions(parent=self),
        )
        serviceaccount.IAMMember(
            self.named(purpose),
            service_account_id=account.name,
            role="roles/iam.workloadIdentityUser",
            member=pulumi.Output.concat(
                "principalSet://iam.googleapis.com/", self._pool.name, f"/attribute.purpose/{purpose}"
            ),
            opts=ResourceOptions(parent=self),
        )
        return account

    def _grant(self, child: str, role: pulumi.Input[str], account: serviceaccount.Account) -> None:
        projects.IAMMember(
            self.named(child),
            project=self._args.project,
            role=role,
            member=account.member,
            opts=ResourceOptions(parent=self),
        )


_RUN: Final[dict[Issuer, str]] = {
    "github": "assertion.repository_id + ':' + assertion.run_id",
    "gitlab": "assertion.project_id + ':' + assertion.job_id",
}
"""Which run it is, as its address in the issuer's own pages ends."""


def _is_ours(args: PipelineArgs) -> str:
    """The repository by its name and, where it is given, by the numbers that nobody else ever gets."""
    if args.issuer == "gitlab":
        return f"assertion.project_path == '{args.repository}'"
    owner, _, name = args.repository.partition("/")
    (owner, _, owner_id), (name, _, name_id) = owner.partition("@"), name.partition("@")
    claims = {
        "repository": f"{owner}/{name}",
        "repository_owner": owner,
        "repository_owner_id": owner_id,
        "repository_id": name_id,
    }
    return " && ".join(f"assertion.{claim} == '{value}'" for claim, value in claims.items() if value)


def _may_preview(args: PipelineArgs) -> str:
    """Every branch: who may push one may open a pull request of it, so the prefix lets nobody else in."""
    if args.issuer == "gitlab":
        return f"assertion.sub.startsWith('project_path:{args.repository}:ref_type:branch:ref:')"
    pull_request = f"assertion.sub == 'repo:{args.repository}:pull_request'"
    return f"{pull_request} || assertion.sub.startsWith('repo:{args.repository}:ref:refs/heads/')"


def _may_deploy(args: PipelineArgs) -> str:
    if args.issuer == "gitlab":
        subject = f"project_path:{args.repository}:ref_type:branch:ref:{args.branch}"
        return f"(assertion.sub == '{subject}' && assertion.ref_protected == 'true')"
    return f"(assertion.sub == 'repo:{args.repository}:environment:{args.naming.environment}')"


def _last(role: str) -> str:
    """A role's own name, as part of a logical name."""
    return _PART.sub("-", role.rpartition("/")[2]).lower()


def _check(args: PipelineArgs) -> None:
    wide = [role for role in args.deploy_roles if role.rpartition("/")[2] in _TOO_MUCH]
    if wide or not args.deploy_roles:
        msg = (
            f"the pipeline would deploy with {', '.join(wide) or 'no right at all'}, expected roles that "
            "name what a deployment may do: whoever can change the repository's main branch has this "
            f'account. For example cloud: {{deploy_roles: ["projects/{args.project}/roles/platformDeploy"]}}'
        )
        raise ValueError(msg)
    for word in (args.repository, args.branch):
        if not _WORD.fullmatch(word):
            msg = (
                f"the provider's condition would hold {word!r}, expected letters, digits and _./@- alone, "
                "for example acme/platform: a quote would end the condition early and let strangers in"
            )
            raise ValueError(msg)
