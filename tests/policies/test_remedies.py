"""A policy whose level is ``remediate`` puts right what is mechanical, and nothing that somebody decided."""

from __future__ import annotations

from datetime import date
from typing import Any

from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret
from policies.evaluate import Verdict, evaluate
from policies.exemption import Exemption
from policies.outcome import Outcome
from policies.registry import load

REMEDIED: dict[str, dict[str, Any]] = {policy.id: {"enforcementLevel": "remediate"} for policy in load()}
TODAY = date(2026, 11, 23)


def resource(token: str, name: str = "one", **inputs: Any) -> Resource:
    return Resource(f"urn:pulumi:s::p::{token}::{name}", token, name, custom=True, inputs=inputs)


KEY = resource("aws:kms/key:Key", enableKeyRotation=False, description=Secret("word"), policy=UNKNOWN)
INSTANCE = resource("aws:rds/instance:Instance", storageEncrypted=False)


def verdict(one: Resource, environment: str = "prod", **more: Any) -> Verdict:
    config = more.pop("config", REMEDIED)
    return evaluate(
        Plan("p", "s", "preview", (one,)), environment=environment, config=config, today=TODAY, **more
    )


def failed(found: Verdict, policy: str) -> bool:
    return any(one.policy == policy and one.outcome is Outcome.FAIL for one in found.findings)


def test_what_is_mechanical_is_put_right_and_told() -> None:
    found = verdict(KEY)
    assert not failed(found, "aws-kms-rotation")
    (told,) = [one for one in found.remedied if one.policy == "aws-kms-rotation"]
    assert [str(edit) for edit in told.edits] == ["enableKeyRotation = true"]


def test_nothing_is_changed_by_a_policy_that_was_not_told_to() -> None:
    found = verdict(KEY, config={"aws-kms-rotation": {"enforcementLevel": "mandatory"}})
    assert found.remedied == ()
    assert failed(found, "aws-kms-rotation")


def test_what_somebody_answers_for_is_left_alone() -> None:
    exemption = Exemption("aws-kms-rotation", "*::one", "imported by hand, for now", "keys", TODAY)
    found = verdict(KEY, exemptions=[exemption])
    assert "aws-kms-rotation" not in {one.policy for one in found.remedied}
    (still,) = [one for one in found.findings if one.policy == "aws-kms-rotation"]
    assert (still.outcome, still.exemption) == (Outcome.FAIL, exemption)


def test_what_a_person_must_decide_stays_a_violation_that_blocks() -> None:
    found = verdict(resource("aws:s3/bucket:Bucket"))
    assert "aws-s3-tls-only" in {one.policy for one in found.blocking}
    assert {load()[one.policy].fix.kind for one in found.remedied} <= {"auto"}


def test_in_prod_nothing_is_put_right_that_would_replace_what_is_there() -> None:
    assert failed(verdict(INSTANCE), "aws-rds-encrypted")
    assert not failed(verdict(INSTANCE, "dev"), "aws-rds-encrypted")
