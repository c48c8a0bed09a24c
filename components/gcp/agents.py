"""Service agents: who a Google service is when it works for a project, with our keys and topics.

An agent's address follows from the project's number, so it is known before it exists. Who grants it
something waits until it does (`components.gcp.apis`): IAM refuses an account that is not there.

Source: Google Cloud, IAM, *Service agents*, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["AGENTS", "agent"]

AGENTS: Final[Mapping[str, str]] = {
    "artifactregistry.googleapis.com": "gcp-sa-artifactregistry",
    "backupdr.googleapis.com": "gcp-sa-backupdr-pr",
    "binaryauthorization.googleapis.com": "gcp-sa-binaryauthorization",
    "compute.googleapis.com": "compute-system",
    "container.googleapis.com": "container-engine-robot",
    "gkebackup.googleapis.com": "gcp-sa-gkebackup",
    "logging.googleapis.com": "gcp-sa-logging",
    "memorystore.googleapis.com": "gcp-sa-memorystore",
    "monitoring.googleapis.com": "gcp-sa-monitoring-notification",
    "networkconnectivity.googleapis.com": "gcp-sa-networkconnectivity",
    "pubsub.googleapis.com": "gcp-sa-pubsub",
    "secretmanager.googleapis.com": "gcp-sa-secretmanager",
    "sqladmin.googleapis.com": "gcp-sa-cloud-sql",
    "storage.googleapis.com": "gs-project-accounts",
}
"""By the service's API: the domain in which its agents live, one a project."""


def agent(api: str, number: str) -> str:
    """The agent of a service in the project of that number, as IAM names a member.

    Raises ``KeyError`` for an API that `AGENTS` does not hold: look its agent up, add the line.
    """
    return f"serviceAccount:service-{number}@{AGENTS[api]}.iam.gserviceaccount.com"
