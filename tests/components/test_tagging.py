from __future__ import annotations

from pulumi import ResourceOptions
from pulumi_aws import Provider, ec2

from components.tagging import Tags, tag_everything
from plan.record import record_program
from plan.resource import Plan

TAGS = Tags(environment="dev", owner="desk", cost_center="cc-1")


def tagged(**own: str) -> Plan:
    def program() -> None:
        tag_everything(TAGS)
        opts = ResourceOptions(provider=Provider("aws", region="us-east-1"))
        ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags=own, opts=opts)
        ec2.Route("route", route_table_id="rtb-1", opts=opts)

    return record_program(program)


def test_a_resource_gets_the_four_tags_and_a_name_for_the_console() -> None:
    (vpc,) = tagged().of_type("aws:ec2/vpc:Vpc")
    assert vpc.inputs["tags"] == {**TAGS.as_map(), "Name": "trading-dev-vpc"}


def test_what_a_resource_says_itself_wins() -> None:
    (vpc,) = tagged(owner="somebody-else", tier="public").of_type("aws:ec2/vpc:Vpc")
    tags = vpc.inputs["tags"]
    assert isinstance(tags, dict)
    assert tags["owner"] == "somebody-else"
    assert tags["tier"] == "public"


def test_what_has_no_tags_in_the_cloud_gets_none() -> None:
    (route,) = tagged().of_type("aws:ec2/route:Route")
    assert "tags" not in route.inputs


def test_one_recording_leaves_no_tags_behind_for_the_next() -> None:
    tagged()
    plan = record_program(
        lambda: ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=ResourceOptions(provider=Provider("aws")))
    )
    (vpc,) = plan.of_type("aws:ec2/vpc:Vpc")
    assert "tags" not in vpc.inputs
