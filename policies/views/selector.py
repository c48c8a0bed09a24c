"""Which pods a label selector means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.truth import Truth, every

if TYPE_CHECKING:
    from policies.node import Node

__all__ = ["selects"]


def selects(selector: Node, labels: Node) -> Truth:
    """Whether a label selector matches these labels. An empty one matches all pods (policy/v1)."""
    pairs = [
        labels.key(key).equals(value.value) if value.is_known else Truth.UNKNOWN
        for key, value in selector.key("matchLabels").entries()
    ]
    rules = [_fulfils(rule, labels) for rule in selector.key("matchExpressions").items()]
    return every([selector.exists, *pairs, *rules])


def _fulfils(rule: Node, labels: Node) -> Truth:
    label = labels.key(rule.key("key").text)
    wanted = rule.key("values")
    if rule.key("key").is_open or wanted.is_open:
        return Truth.UNKNOWN
    is_in = label.one_of([item.text for item in wanted.items()])
    answers = {"In": is_in, "NotIn": ~is_in, "Exists": label.exists, "DoesNotExist": ~label.exists}
    return answers.get(rule.key("operator").text, Truth.UNKNOWN)
