"""What the network promises: a way out where there should be one, and no way in."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import Any

import pulumi
import pytest
from pulumi_aws import cloudwatch, ec2, iam, vpc

from components.aws.network import Network, NetworkArgs
from components.aws.zones import zone_ids
from components.naming import Naming
from tests.components.aws.kit import ACCOUNT, CIDR, DEV, PROD, REGION, Shape, deploy, key, region
from tests.components.kit import every, said, sources, the
from tests.support import policy_documents, statements


@pytest.mark.parametrize(("shape", "expected"), [(DEV, 1), (PROD, 3)])
def test_dev_has_one_way_out_and_prod_one_in_each_zone(shape: Shape, expected: int) -> None:
    assert len(every(region(shape), ec2.NatGateway)) == expected


def test_in_prod_each_zone_leaves_through_its_own_nat_gateway() -> None:
    plan = region(PROD)
    for zone in "abc":
        route = the(plan, ec2.Route, f"network-private-{zone}-internet")
        assert sources(plan, route, "natGatewayId") == {f"network-nat-{zone}"}
        assert sources(plan, route, "routeTableId") == {f"network-private-{zone}"}
        nat = the(plan, ec2.NatGateway, f"network-nat-{zone}")
        assert sources(plan, nat, "subnetId") == {f"network-public-{zone}"}


def test_in_dev_every_zone_leaves_through_the_one_nat_gateway() -> None:
    plan = region(DEV)
    routes = [route for route in every(plan, ec2.Route) if said(route, "natGatewayId")]
    assert len(routes) == 2
    assert all(sources(plan, route, "natGatewayId") == {"network-nat-a"} for route in routes)


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_subnets_lie_in_the_network_and_never_overlap(shape: Shape) -> None:
    cuts = [ipaddress.IPv4Network(str(said(one, "cidrBlock"))) for one in every(region(shape), ec2.Subnet)]
    assert len(cuts) == 3 * shape.zones
    assert all(cut.subnet_of(ipaddress.IPv4Network(CIDR)) for cut in cuts)
    assert not any(one.overlaps(other) for one in cuts for other in cuts if one is not other)


def test_a_third_zone_moves_and_renames_no_subnet() -> None:
    def layout(shape: Shape) -> dict[str, tuple[object, object]]:
        return {
            one.name: (said(one, "cidrBlock"), said(one, "availabilityZoneId"))
            for one in every(region(shape), ec2.Subnet)
        }

    assert layout(DEV).items() < layout(PROD).items()


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_the_database_subnets_are_routed_nowhere(shape: Shape) -> None:
    plan = region(shape)
    tables = {
        (frozenset(sources(plan, one, "subnetId")), frozenset(sources(plan, one, "routeTableId")))
        for one in every(plan, ec2.RouteTableAssociation)
    }
    database = {table for subnets, table in tables if any("-database-" in name for name in subnets)}
    assert database == {frozenset({"network-database"})}
    assert not said(the(plan, ec2.RouteTable, "network-database"), "routes")
    routed = {name for route in every(plan, ec2.Route) for name in sources(plan, route, "routeTableId")}
    assert "network-database" not in routed


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_only_the_public_table_reaches_the_internet_gateway(shape: Shape) -> None:
    plan = region(shape)
    routes = [route for route in every(plan, ec2.Route) if said(route, "gatewayId")]
    assert [sources(plan, route, "routeTableId") for route in routes] == [{"network-public"}]


def test_what_everything_falls_back_to_is_empty() -> None:
    plan = region(DEV)
    group = the(plan, ec2.DefaultSecurityGroup)
    assert sources(plan, group, "vpcId") == {"network-vpc"}
    assert not said(group, "ingress")
    assert not said(group, "egress")
    assert said(the(plan, ec2.DefaultRouteTable), "routes") == []


def test_without_flow_logs_there_is_no_flow_log_and_no_role_for_one() -> None:
    plan = region(replace(DEV, flow_logs=False))
    assert not every(plan, ec2.FlowLog)
    assert "network-flow-log" not in {one.name for one in every(plan, iam.Role)}


def test_the_flow_log_sees_all_traffic_and_is_encrypted_with_the_log_key() -> None:
    plan = region(DEV)
    log = the(plan, ec2.FlowLog)
    assert said(log, "trafficType") == "ALL"
    assert sources(plan, log, "vpcId") == {"network-vpc"}
    assert sources(plan, log, "logDestination") == {"network-flow-log"}
    group = the(plan, cloudwatch.LogGroup, "network-flow-log")
    assert said(group, "kmsKeyId") == key("logs")
    assert said(group, "retentionInDays") == 14


def test_only_flow_logs_of_this_account_and_region_are_written_by_the_flow_logs_role() -> None:
    (trust,) = (
        statement
        for one, document in policy_documents(region(DEV))
        if one.urn == the(region(DEV), iam.Role, "network-flow-log").urn
        for statement in statements(document)
    )
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*"},
    }


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_traffic_to_object_storage_passes_no_nat_gateway(shape: Shape) -> None:
    plan = region(shape)
    storage = the(plan, ec2.VpcEndpoint, "network-endpoint-s3")
    tables = {one.name for one in every(plan, ec2.RouteTable)}
    assert said(storage, "vpcEndpointType") == "Gateway"
    assert sources(plan, storage, "routeTableIds") == tables - {"network-database"}


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_not_even_object_storage_is_reached_from_the_database_subnets(shape: Shape) -> None:
    plan = region(shape)
    for endpoint in every(plan, ec2.VpcEndpoint):
        assert "network-database" not in sources(plan, endpoint, "routeTableIds"), endpoint.name


def wall(shape: Shape, direction: str) -> dict[int, ipaddress.IPv4Network]:
    """The rules of the database tier's network ACL: number to network; each allows everything."""
    rules: Any = said(the(region(shape), ec2.NetworkAcl), direction)
    found = {rule["ruleNo"]: ipaddress.IPv4Network(rule["cidrBlock"]) for rule in rules}
    assert len(found) == len(rules), "two rules of one number"
    assert {(rule["action"], rule["protocol"]) for rule in rules} == {("allow", "-1")}
    return found


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize("shape", [DEV, PROD])
def test_a_database_speaks_with_machines_and_databases_and_nobody_else(shape: Shape, direction: str) -> None:
    inside = {
        ipaddress.IPv4Network(str(said(one, "cidrBlock")))
        for one in every(region(shape), ec2.Subnet)
        if said(one, "tags", "tier") in {"private", "database"}
    }
    assert set(wall(shape, direction).values()) == inside


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_the_wall_stands_around_every_database_subnet_and_no_other(shape: Shape) -> None:
    plan = region(shape)
    acl = the(plan, ec2.NetworkAcl)
    databases = {one.name for one in every(plan, ec2.Subnet) if said(one, "tags", "tier") == "database"}
    assert sources(plan, acl, "subnetIds") == databases
    assert sources(plan, acl, "vpcId") == {"network-vpc"}


@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_a_third_zone_renumbers_no_rule_of_the_wall(direction: str) -> None:
    assert wall(DEV, direction).items() < wall(PROD, direction).items()


def test_private_endpoints_are_open_to_the_network_alone_and_for_https_alone() -> None:
    plan = region(PROD)
    interfaces = [one for one in every(plan, ec2.VpcEndpoint) if said(one, "vpcEndpointType") == "Interface"]
    assert interfaces
    for one in interfaces:
        assert sources(plan, one, "securityGroupIds") == {"network-endpoints"}
        assert sources(plan, one, "subnetIds") == {f"network-private-{zone}" for zone in "abc"}
        assert said(one, "privateDnsEnabled") is True
    rule = the(plan, vpc.SecurityGroupIngressRule)
    assert (said(rule, "cidrIpv4"), said(rule, "fromPort"), said(rule, "toPort")) == (CIDR, 443, 443)


def test_dev_pays_for_no_private_endpoint() -> None:
    kinds = {said(one, "vpcEndpointType") for one in every(region(DEV), ec2.VpcEndpoint)}
    assert kinds == {"Gateway"}


def two_regions(opts: pulumi.ResourceOptions) -> None:
    """The networks of a region and of its twin, in one account."""
    for name, place, cidr in (("here", "us-east-1", CIDR), ("there", "us-west-2", "10.17.0.0/16")):
        args = NetworkArgs(
            naming=Naming("dev"),
            account=ACCOUNT,
            region=place,
            zones=zone_ids(place, 2),
            cidr=cidr,
            nat_per_zone=False,
            flow_logs=True,
            flow_log_days=14,
            log_key_arn=key("logs"),
            interface_endpoints=True,
            cluster_name="trading-dev",
        )
        Network(name, args, opts)


def test_a_second_region_takes_no_name_that_the_whole_account_has_once() -> None:
    plan = deploy(two_regions)
    names = [said(one, "name") for one in every(plan, iam.Role)]
    assert len(set(names)) == len(names) == 2


def test_a_second_regions_endpoints_are_the_second_regions() -> None:
    plan = deploy(two_regions)
    for one in every(plan, ec2.VpcEndpoint):
        place = "us-east-1" if one.name.startswith("here") else "us-west-2"
        assert str(said(one, "serviceName")).startswith(f"com.amazonaws.{place}.")
