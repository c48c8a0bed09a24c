"""What the network promises: a way out where there should be one, and no way in."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from pulumi_aws import cloudwatch, ec2, iam, vpc

from tests.components.aws.kit import CIDR, DEV, PROD, Shape, every, key, region, said, sources, the


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


@pytest.mark.parametrize("shape", [DEV, PROD])
def test_traffic_to_object_storage_passes_no_nat_gateway(shape: Shape) -> None:
    plan = region(shape)
    storage = the(plan, ec2.VpcEndpoint, "network-endpoint-s3")
    tables = {one.name for one in every(plan, ec2.RouteTable)}
    assert said(storage, "vpcEndpointType") == "Gateway"
    assert sources(plan, storage, "routeTableIds") == tables


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
