"""The retention that a mend asks for is one that the cloud takes, and the nearest to what was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from plan.resource import Resource
from policies.evaluate import Judge
from policies.rules.common.logs import LOG_GROUP

WORKSPACE = "azure-native:operationalinsights:Workspace"
BOUNDS = {"min": {"prod": 100}, "max": {"prod": 130}}


@pytest.mark.parametrize(
    ("token", "environment", "given", "wanted", "config"),
    [
        (LOG_GROUP, "prod", None, 365, {}),
        (LOG_GROUP, "prod", 0, 400, {}),
        (LOG_GROUP, "prod", 7, 365, {}),
        (LOG_GROUP, "prod", 731, 400, {}),
        (LOG_GROUP, "dev", None, 14, {}),
        (LOG_GROUP, "staging", 0, 30, {}),
        (LOG_GROUP, "staging", 365, 30, {}),
        (LOG_GROUP, "prod", 30, 120, BOUNDS),
        (LOG_GROUP, "prod", 0, 120, BOUNDS),
        (LOG_GROUP, "prod", None, 150, {"min": {"prod": 150}, "max": {}}),
        (LOG_GROUP, "prod", 0, 1827, {"min": {"prod": 1800}, "max": {}}),
        (WORKSPACE, "prod", 30, 100, BOUNDS),
        (WORKSPACE, "prod", -1, 130, BOUNDS),
        (WORKSPACE, "dev", None, 14, {}),
    ],
)
def test_a_mend_says_the_nearest_days_that_are_allowed(
    token: str, environment: str, given: int | None, wanted: int, config: dict[str, Any]
) -> None:
    judge = Judge(environment, overrides={"ops-log-retention": config})
    logs = Resource("urn:logs", token, "logs", custom=True, inputs={"retentionInDays": given})
    (found,) = [one for one in judge.resource(logs) if one.policy == "ops-log-retention"]
    assert found.edits
    assert all(edit.value == wanted for edit in found.edits)
    mended = Resource("urn:logs", token, "logs", custom=True, inputs={"retentionInDays": wanted})
    assert [one.edits for one in judge.resource(mended) if one.policy == "ops-log-retention"] == [()]
