"""The labels that every object carries: who it belongs to, and what selects it."""

from __future__ import annotations

from dataclasses import dataclass

from components.tagging import Tags

__all__ = ["Labels"]


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one application within the platform."""

    tags: Tags

    def of(self, application: str, component: str) -> dict[str, str]:
        """All labels of an object: the recommended ones of Kubernetes, and the cost ones."""
        return {
            **self.selector(application),
            "app.kubernetes.io/component": component,
            "app.kubernetes.io/managed-by": "pulumi",
            "environment": self.tags.environment,
            "team": self.tags.owner,
            "cost-center": self.tags.cost_center,
        }

    def selector(self, application: str) -> dict[str, str]:
        """The labels that select it. A selector cannot be changed later, so it holds no more."""
        return {"app.kubernetes.io/name": application, "app.kubernetes.io/part-of": self.tags.project}
