"""What the API server calls the kinds that operators bring: plural, in lower case, as roles name them."""

from __future__ import annotations

import re

from components.k8s.charts import read_lock

__all__ = ["plural", "resource_names"]


def resource_names(group: str) -> tuple[str, ...]:
    """The resources of an API group, from ``charts.lock``.

    Raises ValueError for a group that no chart brings: a role for it would say nothing.
    """
    brought = {crd for chart in read_lock().values() for crd in chart.crds}
    kinds = sorted(crd.partition("/")[2] for crd in brought if crd.partition("/")[0] == group)
    if not kinds:
        msg = (
            f"no chart brings kinds of the group {group}. "
            f"Groups: {', '.join(sorted({crd.partition('/')[0] for crd in brought}))}"
        )
        raise ValueError(msg)
    return tuple(plural(kind) for kind in kinds)


def plural(kind: str) -> str:
    """As code generators of Kubernetes form it: ``SecurityPolicy`` is ``securitypolicies``."""
    name = kind.lower()
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if re.search(r"(s|x|ch|sh)$", name) else "s")
