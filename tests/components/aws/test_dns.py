"""What the zone promises: we answer for the domain, it is hard to lose, and one authority vouches for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pulumi_aws import cloudwatch, route53

from tests.components.aws.kit import ACCOUNT, key
from tests.components.aws.support_data import address, document
from tests.components.aws.support_edge import (
    DEV,
    DOMAIN,
    PROD,
    QUERY_LOG_DAYS,
    Shape,
    arn,
    entry,
    part,
    region_of,
)
from tests.components.kit import every, said, sources, the

ELSEWHERE = replace(PROD, here=False)


def test_the_outside_learns_the_zone_and_the_name_servers_that_the_parent_delegates_to() -> None:
    plan = entry(DEV)
    zone = the(plan, route53.Zone)
    assert said(zone, "name") == DOMAIN
    outputs = part(plan, "dns").outputs
    assert outputs == {"zone_id": zone.outputs["zoneId"], "name_servers": zone.outputs["nameServers"]}


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_in_prod_the_zone_cannot_be_destroyed_in_dev_it_goes_with_all_its_records(shape: Shape) -> None:
    zone = the(entry(shape), route53.Zone)
    assert zone.options.protect is shape.protect
    assert said(zone, "forceDestroy") is not shape.protect


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_with_a_second_region_records_can_be_changed_although_the_first_one_is_gone(shape: Shape) -> None:
    assert said(the(entry(shape), route53.Zone), "enableAcceleratedRecovery") is shape.dr


def test_nobody_but_amazon_may_issue_a_certificate_for_the_domain_or_a_name_under_it() -> None:
    plan = entry(DEV)
    authority = the(plan, route53.Record, "dns-authority")
    assert (said(authority, "name"), said(authority, "type")) == (DOMAIN, "CAA")
    assert said(authority, "records") == ['0 issue "amazon.com"', '0 issuewild "amazon.com"']
    assert sources(plan, authority, "zoneId") == {"dns-zone"}


def test_who_asked_for_which_name_is_kept_encrypted_for_the_days_that_the_settings_say() -> None:
    plan = entry(DEV)
    group = the(plan, cloudwatch.LogGroup, "dns-queries")
    assert said(group, "kmsKeyId") == key("logs")
    assert said(group, "retentionInDays") == QUERY_LOG_DAYS
    assert region_of(plan, group) == "us-east-1", "Route 53 delivers to no other region"


def test_route_53_is_let_in_for_this_zone_alone_before_it_is_told_to_log() -> None:
    plan = entry(PROD)
    log = the(plan, route53.QueryLog)
    assert sources(plan, log, "zoneId") == {"dns-zone"}
    assert sources(plan, log, "cloudwatchLogGroupArn") == {"dns-queries"}
    letting_in = address(cloudwatch.LogResourcePolicy, "dns-queries")
    assert letting_in in {(plan[urn].type, plan[urn].name) for urn in log.dependencies}
    (statement,) = document(plan, cloudwatch.LogResourcePolicy, "dns-queries")
    assert statement["Principal"] == {"Service": "route53.amazonaws.com"}
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == f"{arn(plan, cloudwatch.LogGroup, 'dns-queries')}:*"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": arn(plan, route53.Zone, "dns-zone")},
    }


def test_a_stack_with_nothing_in_us_east_1_has_its_zone_without_a_log() -> None:
    plan = entry(ELSEWHERE)
    assert the(plan, route53.Zone)
    assert every(plan, route53.QueryLog) == []
    assert "dns-queries" not in {resource.name for resource in plan}
