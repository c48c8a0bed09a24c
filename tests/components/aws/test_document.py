"""What a policy document promises: the language's version, and the statements as they were written."""

from __future__ import annotations

import json

import pulumi
from pulumi_aws import iam

from components.aws.document import VERSION, document, document_of
from tests.components.aws.kit import deploy
from tests.components.kit import said, the

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}
LIST = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket"}


def test_a_document_holds_its_statements_in_order_under_the_languages_version() -> None:
    assert json.loads(document(READ, LIST)) == {"Version": VERSION, "Statement": [READ, LIST]}


def test_a_document_of_what_the_cloud_will_know_is_written_when_it_does() -> None:
    def program(opts: pulumi.ResourceOptions) -> None:
        role = iam.Role("role", assume_role_policy="{}", opts=opts)
        policy = document_of({**READ, "Resource": role.arn}, LIST)
        iam.RolePolicy("rights", role=role.id, policy=policy, opts=opts)

    plan = deploy(program)
    found = json.loads(str(said(the(plan, iam.RolePolicy), "policy")))
    assert found["Version"] == VERSION
    assert found["Statement"] == [{**READ, "Resource": the(plan, iam.Role).outputs["arn"]}, LIST]
