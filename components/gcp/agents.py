"""Service agents: who a Google service is when it works for a project, with our keys and topics.

An agent's address follows from the project's number, so it is known before it exists. Who grants it
something waits until it does (`components.gcp.apis`): IAM refuses an account that is not there.

Sources: Google Cloud, IAM, *Service agents* and *Create and grant roles to service agents*, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["AGENTS", "Agent", "agent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Where a service's agent lives, and how it comes to be."""

    domain: str
    asked: bool = True
    """Whether Service Usage makes it for who asks. False: it comes with its API, or by the command."""
    role: str | None = None
    """What it needs on the project. Google grants it to an agent that it makes by itself, and not to
    one that somebody asked for."""
    command: str | None = None
    """What a person runs once before the first deployment, where neither asking nor the API makes it."""


AGENTS: Final[Mapping[str, Agent]] = {
    "artifactregistry.googleapis.com": Agent(
        domain="gcp-sa-artifactregistry", role="roles/artifactregistry.serviceAgent"
    ),
    "binaryauthorization.googleapis.com": Agent(
        domain="gcp-sa-binaryauthorization", role="roles/binaryauthorization.serviceAgent"
    ),
    "cloudscheduler.googleapis.com": Agent(
        domain="gcp-sa-cloudscheduler", role="roles/cloudscheduler.serviceAgent"
    ),
    "compute.googleapis.com": Agent(domain="compute-system", asked=False),
    "container.googleapis.com": Agent(domain="container-engine-robot", role="roles/container.serviceAgent"),
    "gkebackup.googleapis.com": Agent(domain="gcp-sa-gkebackup", role="roles/gkebackup.serviceAgent"),
    "memorystore.googleapis.com": Agent(domain="gcp-sa-memorystore", role="roles/memorystore.serviceAgent"),
    "monitoring.googleapis.com": Agent(
        domain="gcp-sa-monitoring-notification", role="roles/monitoring.notificationServiceAgent"
    ),
    "networkconnectivity.googleapis.com": Agent(
        domain="gcp-sa-networkconnectivity", role="roles/networkconnectivity.serviceAgent"
    ),
    "pubsub.googleapis.com": Agent(domain="gcp-sa-pubsub", role="roles/pubsub.serviceAgent"),
    "secretmanager.googleapis.com": Agent(domain="gcp-sa-secretmanager"),
    "sqladmin.googleapis.com": Agent(domain="gcp-sa-cloud-sql", role="roles/cloudsql.serviceAgent"),
    "workflows.googleapis.com": Agent(domain="gcp-sa-workflows", role="roles/workflows.serviceAgent"),
    "storage.googleapis.com": Agent(
        domain="gs-project-accounts", asked=False, command="gcloud storage service-agent --project=PROJECT"
    ),
}
"""By the service's API: the agents that this program grants something, one a project each."""


def agent(api: str, number: str) -> str:
    """The agent of a service in the project of that number, as IAM names a member.

    Raises ``KeyError`` for an API that `AGENTS` does not hold: look its agent up, add the line.
    """
    return f"serviceAccount:service-{number}@{AGENTS[api].domain}.iam.gserviceaccount.com"
