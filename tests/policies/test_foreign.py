"""Other projects' cases as plans: what is unknown, where it comes from, and lines that are no case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plan.resource import Resource
from plan.value import UNKNOWN
from policies.evaluate import Judge
from policies.foreign import CaseFileError, ForeignCase, outcomes, read

BUCKET = {"type": "aws:s3/bucket:Bucket", "name": "logs", "tf": "aws_s3_bucket.logs", "props": {}}


def unknown(expression: str) -> dict[str, str]:
    return {"__unknown__": expression}


def case(*resources: dict[str, Any]) -> ForeignCase:
    return ForeignCase("case", resources)


def block(**facts: Any) -> dict[str, Any]:
    return {
        "type": "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "name": "block",
        "tf": "aws_s3_bucket_public_access_block.block",
        "props": {"bucket": unknown("aws_s3_bucket.logs.id"), "blockPublicAcls": True},
        **facts,
    }


def last(found: ForeignCase, mode: Any = "preview") -> Resource:
    return found.plan(mode).resources[-1]


def sources(expression: str, *resources: dict[str, Any]) -> list[str]:
    found = case(*resources, block(props={"bucket": [{"deep": unknown(expression)}]}))
    urns = last(found).property_dependencies.get("bucket", ())
    return [urn.rpartition("::")[2] for urn in urns]


def test_what_a_case_does_not_know_is_unknown_in_a_preview_and_a_text_after_it() -> None:
    assert last(case(BUCKET, block())).inputs["bucket"] is UNKNOWN
    assert last(case(BUCKET, block()), "up").inputs["bucket"] == "ref:aws_s3_bucket.logs.id"


def test_an_unknown_comes_from_the_resource_that_its_own_expression_names() -> None:
    bucket, other = BUCKET, {**BUCKET, "name": "log", "tf": "aws_s3_bucket.log"}
    assert sources("aws_s3_bucket.logs.id", other, bucket) == ["logs"]
    assert sources("aws_s3_bucket.log.id", other, bucket) == ["log"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${aws_s3_bucket.logs.arn}/*", ["logs"]),
        ("aws_s3_bucket.logs[0].id", ["logs"]),
        ("${logs.id}", ["logs"]),
        ('${["logs"].name}', ["logs"]),
        ("var.bucket", []),
        ("data.aws_s3_bucket.logs.id", []),
        ("local.logs", []),
        ("aws_kms_key.gone.arn", ["aws_kms_key.gone"]),
        ("[parameters('logs')]", []),
    ],
)
def test_terraform_s_pulumi_s_and_azure_s_expressions_are_read(expression: str, expected: list[str]) -> None:
    assert sources(expression, BUCKET) == expected


def test_a_resource_of_an_arm_template_is_named_by_its_type_and_name() -> None:
    server = {
        "type": "azure-native:sql:Server",
        "name": "main",
        "tf": "Microsoft.Sql/servers.[variables('name')]",
        "props": {},
    }
    assert sources("[resourceId('Microsoft.Sql/servers', variables('name'))]", server) == ["main"]
    literal = {**server, "tf": "Microsoft.Sql/servers.main"}
    assert sources("[resourceId('Microsoft.Sql/servers', 'main')]", literal) == ["main"]


def test_what_a_resource_depends_on_without_a_value_is_a_dependency_and_no_source() -> None:
    found = last(case(BUCKET, block(props={"bucket": "plain"}, deps=["aws_s3_bucket.logs"])))
    assert [urn.rpartition("::")[2] for urn in found.dependencies] == ["logs"]
    assert found.property_dependencies == {}


def test_a_type_that_nobody_could_translate_is_left_out_and_a_second_of_a_name_is_not() -> None:
    plan = case({**BUCKET, "type": None}, BUCKET, BUCKET).plan("up")
    assert len(plan) == 2
    assert len({resource.urn for resource in plan}) == 2


@pytest.mark.parametrize("mode", ["preview", "up"])
def test_outcomes_name_case_policy_resource_and_part(mode: Any) -> None:
    found = list(outcomes(case(BUCKET, block()), Judge("prod"), mode))
    assert {one["case"] for one in found} == {"case"}
    assert {one["outcome"] for one in found} <= {"fail", "pass", "unknown", "n/a"}
    said = {
        (one["resource"], one["sub"]): one["outcome"]
        for one in found
        if one["policy"] == "aws-s3-block-public-access"
    }
    assert said["logs", "exists"] == "pass"
    assert said["block", "blockPublicAcls"] == "pass"
    assert said["block", "blockPublicPolicy"] == "fail"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "it is not JSON"),
        ("[]", "it holds a list, expected an object"),
        ('{"case": "x"}', "a case has a name (case) and a list of resources"),
        ('{"case": "x", "resources": [1]}', "x: a resource is 1, expected an object"),
        ('{"case": "x", "resources": [{"type": "t"}]}', "x: a resource has no name"),
        ('{"case": "x", "resources": [{"type": 1, "name": "n"}]}', "x: the type of n is 1"),
        ('{"case": "x", "resources": [{"type": "t", "name": "n", "props": []}]}', None),
        ('{"case": "x", "resources": [{"type": "t", "name": "n", "props": [1]}]}', "x: the props of n"),
    ],
)
def test_a_line_that_is_no_case_is_named_by_file_and_line(tmp_path: Path, line: str, why: str | None) -> None:
    file = tmp_path / "aws.jsonl"
    good = json.dumps({"case": "good", "resources": [BUCKET]})
    file.write_text(f"{good}\n\n{line}\n", encoding="utf-8")
    if why is None:
        assert len(list(read(file))) == 2
        return
    with pytest.raises(CaseFileError) as refused:
        list(read(file))
    assert str(refused.value).startswith("aws.jsonl:3: ")
    assert why in str(refused.value)
