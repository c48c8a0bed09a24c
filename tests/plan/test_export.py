"""The planned deployment in the form of ``pulumi stack export``."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from plan.export import EPOCH, to_deployment
from plan.resource import Options
from plan.value import UNKNOWN, UNKNOWN_TEXT
from tests.report.sample import CLUSTER, NETWORK, SECRET, STACK, SUBNET, VPC, changed, plan, with_resource

KNOWN = {
    "urn", "custom", "id", "type", "inputs", "outputs", "parent", "protect", "dependencies", "provider",
    "propertyDependencies", "additionalSecretOutputs", "aliases", "customTimeouts", "importID",
    "retainOnDelete", "deletedWith", "ignoreChanges", "replaceOnChanges", "created", "modified",
}  # fmt: skip
"""The fields of the engine's ``apitype.ResourceV3`` that a plan can know."""


def states(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {state["urn"]: state for state in found["deployment"]["resources"]}


def test_every_resource_is_there_in_the_order_of_the_program() -> None:
    assert list(states(to_deployment(plan("up")))) == [resource.urn for resource in plan()]


def test_only_fields_of_the_engines_form_are_written() -> None:
    for state in states(to_deployment(plan("up"))).values():
        assert set(state) <= KNOWN


def test_a_resource_names_its_provider_by_urn_and_id() -> None:
    found = states(to_deployment(plan("up")))
    provider = plan("up")[found[VPC]["provider"].rpartition("::")[0]]
    assert found[VPC]["provider"] == f"{provider.urn}::{provider.id}"
    assert found[provider.urn]["id"] == provider.id


def test_a_component_has_no_id_no_provider_and_no_date() -> None:
    found = states(to_deployment(plan("up")))[NETWORK]
    assert not {"id", "provider", "created"} & set(found)


def test_the_same_plan_gives_the_same_file() -> None:
    assert json.dumps(to_deployment(plan("up"))) == json.dumps(to_deployment(plan("up")))
    assert to_deployment(plan("up"))["deployment"]["manifest"]["time"] == EPOCH


def test_the_manifest_bears_the_mark_that_the_engine_checks_on_import() -> None:
    manifest = to_deployment(plan("up"), engine="v3.272.0")["deployment"]["manifest"]
    assert manifest["magic"] == hashlib.sha256(b"v3.272.0").hexdigest()
    assert to_deployment(plan("up"))["deployment"]["manifest"]["magic"] == ""


def test_a_secret_is_written_as_the_text_that_the_engine_shows_to_policies() -> None:
    found = to_deployment(plan("up"))
    assert states(found)[CLUSTER]["inputs"]["masterPassword"] == "[secret]"
    assert states(found)[STACK]["outputs"]["password"] == "[secret]"
    assert SECRET not in json.dumps(found)


def test_what_is_unknown_even_then_is_written_as_the_engines_own_mark() -> None:
    found = states(to_deployment(changed(plan("up"), VPC, later=UNKNOWN)))
    assert found[VPC]["inputs"]["later"] == UNKNOWN_TEXT


def test_options_survive() -> None:
    options = Options(
        protect=True, ignore_changes=("tags",), custom_timeouts={"create": "1h30m"}, retain_on_delete=True
    )
    found = states(to_deployment(with_resource(plan("up"), replace(plan("up")[VPC], options=options))))[VPC]
    assert (found["protect"], found["retainOnDelete"], found["ignoreChanges"]) == (True, True, ["tags"])
    assert found["customTimeouts"] == {"create": 5400.0}


def test_dependencies_survive_by_property() -> None:
    found = states(to_deployment(plan("up")))[SUBNET]
    assert (found["dependencies"], found["propertyDependencies"]) == ([VPC], {"vpcId": [VPC]})


def test_a_plan_with_unknown_ids_is_no_deployment() -> None:
    with pytest.raises(ValueError, match="mode='up'"):
        to_deployment(plan("preview"))
