"""What an automatic fix asks for a container that says too little: never a request over its limit."""

from __future__ import annotations

from typing import Any

import pytest

from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret
from policies.evaluate import evaluate

POLICY = "k8s-resources-set"
CPU = {"requests.cpu": "50m"}


def edits(spec: dict[str, Any], **config: Any) -> dict[str, Any]:
    pod = Resource("urn:pod", "kubernetes:core/v1:Pod", "pod", custom=True, inputs={"spec": spec})
    verdict = evaluate(Plan("p", "s", "preview", (pod,)), environment="prod", config={POLICY: config})
    return {
        edit.path.partition("resources.")[2] if "containers" in edit.path else edit.path: edit.value
        for one in verdict.findings
        if one.policy == POLICY
        for edit in one.edits
    }


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({}, {**CPU, "requests.memory": "64Mi", "limits.memory": "128Mi"}),
        ({"limits": {"memory": "32Mi"}}, {**CPU, "requests.memory": "32Mi"}),
        ({"requests": {"memory": "1Gi"}}, {**CPU, "limits.memory": "1Gi"}),
        ({"limits": {"cpu": 2, "memory": 1}}, {"requests.cpu": 2, "requests.memory": 1}),
        ({"limits": {"cpu": "", "memory": UNKNOWN}}, CPU),
        ({"limits": {"memory": Secret("1Gi")}}, CPU),
    ],
)
def test_what_is_missing_is_its_counterpart_or_the_default(
    resources: dict[str, Any], said: dict[str, Any]
) -> None:
    assert edits({"containers": [{"name": "a", "resources": resources}]}) == said


def test_beside_a_limit_of_the_pod_the_pod_is_what_asks() -> None:
    spec = {"containers": [{"name": "a"}], "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}
    assert edits(spec) == {"spec.resources.requests.cpu": "1", "spec.resources.requests.memory": "1Gi"}


def test_the_defaults_are_a_setting() -> None:
    given = {"cpu": "1", "memory": "2Gi", "memoryLimit": "3Gi"}
    assert edits({"containers": [{"name": "a"}]}, defaults=given, requireCpuLimit=True) == {
        "requests.cpu": "1",
        "limits.cpu": "1",
        "requests.memory": "2Gi",
        "limits.memory": "3Gi",
    }
    assert edits({"containers": [{"name": "a"}]}, defaults={}) == {}
