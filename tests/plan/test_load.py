"""Reading plans from files: our own, the engine's, and what is neither."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan.diff import diff
from plan.export import to_deployment
from plan.load import PlanFileError, from_document, load
from plan.resource import Plan
from plan.saved import HIDDEN, to_document
from plan.value import RESOURCE, SIGNATURE, UNKNOWN, UNKNOWN_TEXT, Secret
from plan.value import SECRET as SECRET_MARK
from report.document import document
from tests.report.sample import CLUSTER, NETWORK, SUBNET, VPC, plan, replaces, report


def exported() -> dict[str, Any]:
    return json.loads(json.dumps(to_deployment(plan("up"))))


def state(found: dict[str, Any], urn: str) -> dict[str, Any]:
    return next(each for each in found["deployment"]["resources"] if each["urn"] == urn)


def test_a_saved_plan_and_a_report_read_back_as_the_same_plan(tmp_path: Path) -> None:
    for name, found in {"plan": to_document(plan()), "report": document(report())}.items():
        (tmp_path / name).write_text(json.dumps(found), encoding="utf-8")
        assert not diff(load(tmp_path / name), plan(), replaces=replaces).changes


def test_an_export_reads_back_with_everything_that_a_plan_says() -> None:
    found = from_document(exported())
    assert not diff(found, plan("up"), replaces=replaces).changes
    assert [resource.urn for resource in found] == [resource.urn for resource in plan()]
    assert found[SUBNET].property_dependencies == {"vpcId": (VPC,)}
    assert found[SUBNET].provider == plan()[SUBNET].provider
    assert found[CLUSTER].options == plan()[CLUSTER].options
    assert found[CLUSTER].inputs["masterPassword"] == HIDDEN
    assert (found.stack, found.project, found.simulated) == ("dev", "trading-platform", False)
    assert not found[NETWORK].custom


def test_what_a_provider_filled_in_is_not_what_the_program_asked_for() -> None:
    found = exported()
    state(found, VPC)["inputs"] |= {"instanceTenancy": "default", "__defaults": ["instanceTenancy"]}
    state(found, SUBNET)["inputs"]["tags"] |= {"__defaults": ["tier"]}
    loaded = from_document(found)
    assert dict(loaded[VPC].inputs) == {"cidrBlock": "10.16.0.0/16"}
    assert loaded[SUBNET].inputs["tags"] == {"kubernetes.io/role/internal-elb": "1"}


def test_what_waits_for_deletion_is_not_in_the_plan() -> None:
    found = exported()
    found["deployment"]["resources"].append({**state(found, VPC), "delete": True, "id": "old"})
    assert [r.id for r in from_document(found) if r.urn == VPC] == ["id-aws-network-vpc"]


def test_the_engines_marks_are_understood() -> None:
    found = exported()
    state(found, VPC)["inputs"] |= {
        "sealed": {SIGNATURE: SECRET_MARK, "ciphertext": "v1:abc"},
        "shown": {SIGNATURE: SECRET_MARK, "plaintext": '{"a": 1}'},
        "later": UNKNOWN_TEXT,
        "other": {SIGNATURE: RESOURCE, "urn": SUBNET, "id": "subnet-1"},
    }
    inputs = from_document(found)[VPC].inputs
    assert inputs["sealed"] == HIDDEN
    assert inputs["shown"] == Secret({"a": 1})
    assert inputs["later"] is UNKNOWN
    assert inputs["other"] == "subnet-1"


def test_a_preview_of_the_engine_is_what_stands_after_its_steps() -> None:
    vpc, subnet, cluster = (state(exported(), urn) for urn in (VPC, SUBNET, CLUSTER))
    moved = {**vpc, "inputs": {"cidrBlock": "10.20.0.0/16"}}
    steps = [
        {"op": "create-replacement", "urn": VPC, "oldState": vpc, "newState": moved},
        {"op": "replace", "urn": VPC, "oldState": vpc, "newState": moved},
        {"op": "delete-replaced", "urn": VPC, "oldState": vpc},
        {"op": "same", "urn": SUBNET, "oldState": subnet, "newState": subnet},
        {"op": "delete", "urn": CLUSTER, "oldState": cluster},
    ]
    found = from_document({"steps": steps})
    assert [resource.urn for resource in found] == [VPC, SUBNET]
    assert found[VPC].inputs["cidrBlock"] == "10.20.0.0/16"
    assert found.mode == "preview"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("kind: Plan", "not JSON"),
        ('{"apiVersion": "tradectl/v1", "kind": "Plan", "plan": {"proj', "cut off"),
        ("[]", "a JSON list"),
        ("{}", "some other JSON, with nothing"),
        ('{"name": "x", "version": 3}', "some other JSON, with name, version"),
        ('{"apiVersion": "apps/v1", "kind": "Deployment"}', "apiVersion is 'apps/v1'"),
        ('{"apiVersion": "tradectl/v1", "kind": "PolicyList"}', "it is a PolicyList"),
        ('{"apiVersion": "tradectl/v1", "kind": "Plan", "plan": {}}', "'project'"),
        ('{"version": 1, "deployment": {}}', "has version 1"),
        ('{"version": 3, "deployment": {"resources": null}}', "no resources"),
        ('{"version": 3, "deployment": {"resources": [{"urn": 1}]}}', "urn is 1"),
    ],
)
def test_a_file_that_holds_no_plan_is_named_with_what_it_holds_and_how_to_make_one(
    tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "thing.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanFileError, match=r"thing\.json cannot be compared with") as refused:
        load(file)
    assert reason in str(refused.value)
    assert "tradectl preview ENV --save FILE" in str(refused.value)


def test_a_binary_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PlanFileError, match="not JSON"):
        load(tmp_path / "x")


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.data())
def test_whatever_stands_in_a_field_the_answer_is_a_plan_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    found = data.draw(st.sampled_from([to_document(plan()), exported()]))
    found = json.loads(json.dumps(found))
    node: Any = found
    while isinstance(node, dict | list) and node:
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        if data.draw(st.booleans()) or not isinstance(node[key], dict | list) or not node[key]:
            node[key] = data.draw(json_values)
            break
        node = node[key]
    file = tmp_path_factory.mktemp("fuzz") / "plan.json"
    file.write_text(json.dumps(found), encoding="utf-8")
    with contextlib.suppress(PlanFileError):
        assert isinstance(load(file), Plan)
