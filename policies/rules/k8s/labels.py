"""Who an object of the cluster belongs to, and who pays for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.families import WORKLOADS
from policies.outcome import fail_if
from policies.policy import Fix, policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.edit import Edit
    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["LABELS"]

LABELS: Final = "metadata.labels"
NAME: Final = "app.kubernetes.io/name"
OTHERS: Final = ("kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service")
FIXED: Final = "kubernetes:batch/v1:Job"
"""Its template cannot be changed: another one is another job, which runs again."""


@policy(
    id="k8s-required-labels",
    title="Recommended and cost labels are set",
    violation="a label of the configured ones is missing or empty, on the object or on its pods' template",
    severity="low",
    category="operations",
    reads={
        token: (
            "metadata.name",
            *(
                f"{place}{LABELS}{below}"
                for place in ("", f"{template}." if template else "")
                for below in ("", "[*]")
            ),
        )
        for token, template in (*WORKLOADS.items(), *dict.fromkeys(OTHERS, "").items())
    },
    defaults={
        "required": [NAME, "team", "cost-center", "environment"],
        "values": {},
    },
    fix=Fix(
        "auto",
        "Say once, as `values`, who owns and who pays; what it is called and where it runs is known.",
        'labels={"app.kubernetes.io/name": name, "team": team, "cost-center": unit, "environment": stage}',
    ),
    enforcement="RRM",
    soc2=("CC2.1", "CC7.2"),
    cis=(),
)
def required_labels(subject: Subject) -> Iterator[Judgement]:
    """A pod without labels is found by no query and no alert, and its cost is nobody's."""
    template = WORKLOADS.get(subject.type, "")
    places = [(subject.at(LABELS), True)]
    if template:
        places.append((subject.at(f"{template}.{LABELS}"), subject.type != FIXED))
    for labels, can_change in places:
        for key in subject.config.texts("required"):
            label = labels.key(key)
            mend = _filled(subject, key, label) if can_change else []
            yield fail_if(label.is_empty, label, f"the label {key} is not set", mend=mend)


def _filled(subject: Subject, key: str, label: Node) -> list[Edit]:
    """The edit that sets a label, if somebody has said what to."""
    known = {"environment": subject.environment, NAME: subject.at("metadata.name").text}
    value = subject.config.table("values").get(key) or known.get(key)
    return [label.becomes(str(value))] if value else []
