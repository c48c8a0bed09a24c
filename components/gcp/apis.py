"""The doors of a project: every API that the platform calls, and the agents of the services behind them.

Made before everything else: the providers of the regions wait for this part, so that no room meets an
API that is off, or grants a key to an account that is not there. An API stays on when the stack goes:
others may work in the project, and a service that is switched off takes its data with it.

Two APIs a person switches on before the first deployment, because the provider asks through them
whether the others are on: ``cloudresourcemanager`` and ``serviceusage``. Cloud Storage's agent comes with a
command and in no other way (`components.gcp.agents.Agent.command`), Compute Engine's with its API; every
other one is asked for here. Agents that are granted nothing of ours come when they are first needed.

Whoever deploys needs ``roles/serviceusage.serviceUsageAdmin`` and, for the agents' roles,
``roles/resourcemanager.projectIamAdmin`` on the project.

``containerscanning`` is the one that costs by being on: every image that is pushed is scanned once.

Sources: Google Cloud, Service Usage, *Enabling and disabling services*; IAM, *Create and grant roles to
service agents*; the provider's own source (``google_project_service``, ``google_project_service_identity``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import projects

from components.base import Part
from components.gcp.agents import AGENTS, agent

__all__ = ["SERVICES", "Apis", "ApisArgs"]

DOMAIN: Final = ".googleapis.com"
SERVICES: Final = tuple(
    f"{name}{DOMAIN}"
    for name in (
        "artifactregistry",
        "billingbudgets",
        "binaryauthorization",
        "certificatemanager",
        "cloudkms",
        "cloudresourcemanager",
        "cloudscheduler",
        "compute",
        "container",
        "containeranalysis",
        "containerscanning",
        "containersecurity",
        "dns",
        "essentialcontacts",
        "gkebackup",
        "iam",
        "iamcredentials",
        "iap",
        "logging",
        "memorystore",
        "monitoring",
        "networkconnectivity",
        "networksecurity",
        "networkservices",
        "orgpolicy",
        "pubsub",
        "secretmanager",
        "securitycenter",
        "servicedirectory",
        "serviceusage",
        "sqladmin",
        "storage",
        "sts",
        "workflowexecutions",
        "workflows",
    )
)
"""What the rooms of `components.gcp` call, and what those services call in their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApisArgs:
    """Which project, and which of its doors."""

    project: str
    number: str
    """The project's number, which its agents' addresses are made of."""
    services: Sequence[str] = SERVICES


class Apis(Part):
    """Services that are on, and their agents with the roles that they need."""

    ready: pulumi.Output[Sequence[str]]
    """The services; known when all of them are on."""
    agents: Mapping[str, pulumi.Output[str]]
    """By service, the agent as IAM names a member; known when it is there and has its role."""

    def __init__(self, name: str, args: ApisArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        on = {service: self._switch_on(service) for service in args.services}
        self.ready = pulumi.Output.all(*(service.service for service in on.values()))
        self.agents = {service: self._agent(service, one) for service, one in on.items() if service in AGENTS}
        self.finish()

    def _switch_on(self, service: str) -> projects.Service:
        return projects.Service(
            self._short(service),
            service=service,
            disable_on_destroy=False,
            opts=ResourceOptions(parent=self),
        )

    def _agent(self, service: str, on: projects.Service) -> pulumi.Output[str]:
        """Ask for the agent where asking makes it, and give it what it would have been given unasked."""
        about, member = AGENTS[service], agent(service, self._args.number)
        if not about.asked:
            return on.service.apply(lambda _: member)
        made = projects.ServiceIdentity(
            self._short(service), service=service, opts=ResourceOptions(parent=self, depends_on=[on])
        )
        if about.role is None:
            return made.service.apply(lambda _: member)
        granted = projects.IAMMember(
            self._short(service),
            project=self._args.project,
            role=about.role,
            member=member,
            # The API stays on when the stack goes, and its agent is no use without its role.
            opts=ResourceOptions(parent=self, depends_on=[made], retain_on_delete=True),
        )
        return granted.member

    def _short(self, service: str) -> str:
        return self.named(service.removesuffix(DOMAIN))
