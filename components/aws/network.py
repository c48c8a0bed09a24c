"""A private network in one AWS region: three tiers of subnets, and no way in.

Private subnets (machines, pods) go out through NAT; public subnets hold only NAT gateways and load
balancers; database subnets are routed nowhere, and a network ACL of their own keeps it so: whatever
a route or a security group says one day, they speak with the private tier and each other alone. The
default security group and route table, which AWS makes and everything falls back to, are adopted and
emptied.

Left as AWS makes them, on purpose:

- *The other tiers' network ACL.* It remembers no connection, so answers from the internet would need
  most ports open to everybody: a list to keep right at night that stops nothing. Security groups decide.
- *The policies of the S3 and DynamoDB endpoints.* Held to this account's own principals, the S3 endpoint
  would refuse the layers of images, which ECR, registry.k8s.io and quay.io serve from buckets of theirs.

Settings and reasons: ``docs/architecture.md``; AWS, *Best practices for EKS networking*, *Publish flow
logs to CloudWatch Logs*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, ec2, iam, vpc

from components.aws.document import document_of
from components.aws.trust import service_trust
from components.base import Part
from components.cidr import AddressPlan
from components.naming import Naming

__all__ = ["GATEWAY_ENDPOINTS", "INTERFACE_ENDPOINTS", "LETTERS", "Network", "NetworkArgs"]

GATEWAY_ENDPOINTS: Final = ("s3", "dynamodb")
"""Free, and every byte that takes them does not pass a NAT gateway, which is paid by the byte."""
INTERFACE_ENDPOINTS: Final = (
    "ec2", "ecr.api", "ecr.dkr", "sts", "logs", "kms", "secretsmanager", "eks", "eks-auth",
    "autoscaling", "elasticloadbalancing",
)  # fmt: skip
"""What nodes and pods call; with these a cluster works although its way out is closed. Each is paid by
the hour in every zone, so one that is called seldom goes through NAT."""

LETTERS: Final = "abc"
"""A zone in a logical name, by its place in the list: the same in every region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkArgs:
    """How the network is cut and what it records."""

    naming: Naming
    account: str
    region: str
    zones: Sequence[str]
    """Zone ids, for example ``use1-az1``. Adding one at the end moves nothing."""
    cidr: str
    nat_per_zone: bool
    """One way out in each zone (a zone's loss costs only that zone) or one in all (cheaper)."""
    flow_logs: bool
    flow_log_days: int
    log_key_arn: pulumi.Input[str]
    interface_endpoints: bool
    cluster_name: str
    """Load balancers and Karpenter find their subnets by a tag that names the cluster."""


class Network(Part):
    """VPC, subnets, routes, ways out, endpoints and flow log."""

    network_id: pulumi.Output[str]
    private_subnet_ids: Sequence[pulumi.Output[str]]
    public_subnet_ids: Sequence[pulumi.Output[str]]
    database_subnet_ids: Sequence[pulumi.Output[str]]
    private_route_table_ids: Sequence[pulumi.Output[str]]
    """One a zone: who joins another network to this one adds a route to each."""

    def __init__(self, name: str, args: NetworkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._plan = AddressPlan(args.cidr)
        self._vpc = ec2.Vpc(
            self.named("vpc"),
            cidr_block=args.cidr,
            enable_dns_support=True,
            enable_dns_hostnames=True,  # private endpoints are found by name
            opts=ResourceOptions(parent=self),
        )
        self.network_id = self._vpc.id
        self._empty_the_defaults()

        public = self._subnets("public", self._plan.public, {"kubernetes.io/role/elb": "1"})
        private = self._subnets(
            "private",
            self._plan.private,
            {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": args.cluster_name},
        )
        database = self._subnets("database", self._plan.database, {})
        self.public_subnet_ids = [subnet.id for subnet in public]
        self.private_subnet_ids = [subnet.id for subnet in private]
        self.database_subnet_ids = [subnet.id for subnet in database]

        self._table("database", database)
        self._database_wall(database)
        gateway = ec2.InternetGateway(
            self.named("internet-gateway"), vpc_id=self._vpc.id, opts=ResourceOptions(parent=self)
        )
        private_tables = self._private_tables(public, private, gateway)
        self.private_route_table_ids = [table.id for table in private_tables]
        self._gateway_endpoints([self._public_table(public, gateway), *private_tables])
        if args.interface_endpoints:
            self._interface_endpoints(private)
        if args.flow_logs:
            self._flow_log()
        self.finish()

    def _empty_the_defaults(self) -> None:
        ec2.DefaultSecurityGroup(
            self.named("default-security-group"), vpc_id=self._vpc.id, opts=ResourceOptions(parent=self)
        )
        ec2.DefaultRouteTable(
            self.named("default-route-table"),
            default_route_table_id=self._vpc.default_route_table_id,
            routes=[],
            opts=ResourceOptions(parent=self),
        )

    def _subnets(self, tier: str, range_of: Callable[[int], str], tags: dict[str, str]) -> list[ec2.Subnet]:
        return [
            ec2.Subnet(
                self.named(f"{tier}-{LETTERS[index]}"),
                vpc_id=self._vpc.id,
                availability_zone_id=zone,
                cidr_block=range_of(index),
                map_public_ip_on_launch=False,
                tags={"tier": tier, **tags},
                opts=ResourceOptions(parent=self),
            )
            for index, zone in enumerate(self._args.zones)
        ]

    def _table(self, name: str, subnets: Sequence[ec2.Subnet]) -> ec2.RouteTable:
        table = ec2.RouteTable(self.named(name), vpc_id=self._vpc.id, opts=ResourceOptions(parent=self))
        for index, subnet in enumerate(subnets):
            suffix = f"-{LETTERS[index]}" if len(subnets) > 1 else ""
            ec2.RouteTableAssociation(
                self.named(f"{name}{suffix}"),
                subnet_id=subnet.id,
                route_table_id=table.id,
                opts=ResourceOptions(parent=self),
            )
        return table

    def _database_wall(self, subnets: Sequence[ec2.Subnet]) -> None:
        """Not even a load balancer of the public tier reaches a database, whatever it is pointed at."""
        ec2.NetworkAcl(
            self.named("database"),
            vpc_id=self._vpc.id,
            subnet_ids=[subnet.id for subnet in subnets],
            ingress=[
                ec2.NetworkAclIngressArgs(
                    rule_no=number, action="allow", cidr_block=cidr, protocol="-1", from_port=0, to_port=0
                )
                for number, cidr in self._neighbours()
            ],
            egress=[
                ec2.NetworkAclEgressArgs(
                    rule_no=number, action="allow", cidr_block=cidr, protocol="-1", from_port=0, to_port=0
                )
                for number, cidr in self._neighbours()
            ],
            opts=ResourceOptions(parent=self),
        )

    def _neighbours(self) -> Iterator[tuple[int, str]]:
        """Whom a database speaks with, and the number of the rule: a zone more renumbers none."""
        for zone in range(len(self._args.zones)):
            yield 100 + zone, self._plan.private(zone)
            yield 200 + zone, self._plan.database(zone)

    def _public_table(self, subnets: Sequence[ec2.Subnet], gateway: ec2.InternetGateway) -> ec2.RouteTable:
        table = self._table("public", subnets)
        ec2.Route(
            self.named("public-internet"),
            route_table_id=table.id,
            destination_cidr_block="0.0.0.0/0",
            gateway_id=gateway.id,
            opts=ResourceOptions(parent=self),
        )
        return table

    def _private_tables(
        self, public: Sequence[ec2.Subnet], private: Sequence[ec2.Subnet], gateway: ec2.InternetGateway
    ) -> list[ec2.RouteTable]:
        """A table a zone even with one NAT gateway, so that a second one later moves no subnet."""
        ways_out = [
            self._nat(index, subnet, gateway)
            for index, subnet in enumerate(public)
            if self._args.nat_per_zone or index == 0
        ]
        tables: list[ec2.RouteTable] = []
        for index, subnet in enumerate(private):
            table = self._table(f"private-{LETTERS[index]}", [subnet])
            ec2.Route(
                self.named(f"private-{LETTERS[index]}-internet"),
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                nat_gateway_id=ways_out[index if self._args.nat_per_zone else 0].id,
                opts=ResourceOptions(parent=self),
            )
            tables.append(table)
        return tables

    def _nat(self, index: int, subnet: ec2.Subnet, gateway: ec2.InternetGateway) -> ec2.NatGateway:
        name = self.named(f"nat-{LETTERS[index]}")
        address = ec2.Eip(name, domain="vpc", opts=ResourceOptions(parent=self))
        return ec2.NatGateway(
            name,
            allocation_id=address.id,
            subnet_id=subnet.id,
            # in a network that has no way out yet, AWS makes it and lets it fail
            opts=ResourceOptions(parent=self, depends_on=[gateway]),
        )

    def _gateway_endpoints(self, tables: Sequence[ec2.RouteTable]) -> None:
        for service in GATEWAY_ENDPOINTS:
            ec2.VpcEndpoint(
                self.named(f"endpoint-{service}"),
                vpc_id=self._vpc.id,
                vpc_endpoint_type="Gateway",
                service_name=f"com.amazonaws.{self._args.region}.{service}",
                route_table_ids=[table.id for table in tables],
                opts=ResourceOptions(parent=self),
            )

    def _interface_endpoints(self, subnets: Sequence[ec2.Subnet]) -> None:
        group = ec2.SecurityGroup(
            self.named("endpoints"),
            name=self._args.naming.of("security-group", "endpoints"),
            description="HTTPS from within the network to the APIs of AWS",
            vpc_id=self._vpc.id,
            opts=ResourceOptions(parent=self),
        )
        vpc.SecurityGroupIngressRule(
            self.named("endpoints-https"),
            security_group_id=group.id,
            cidr_ipv4=self._args.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=ResourceOptions(parent=self),
        )
        for service in INTERFACE_ENDPOINTS:
            ec2.VpcEndpoint(
                self.named(f"endpoint-{service.replace('.', '-')}"),
                vpc_id=self._vpc.id,
                vpc_endpoint_type="Interface",
                service_name=f"com.amazonaws.{self._args.region}.{service}",
                private_dns_enabled=True,
                subnet_ids=[subnet.id for subnet in subnets],
                security_group_ids=[group.id],
                opts=ResourceOptions(parent=self),
            )

    def _flow_log(self) -> None:
        group = cloudwatch.LogGroup(
            self.named("flow-log"),
            name=f"/{self._args.naming.of('log-group', 'flow-log')}",
            retention_in_days=self._args.flow_log_days,
            kms_key_id=self._args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        role = iam.Role(
            self.named("flow-log"),
            name=self._args.naming.of("iam-role", "flow-log", self._args.region),
            assume_role_policy=service_trust(
                "vpc-flow-logs.amazonaws.com",
                account=self._args.account,
                source_arn=f"arn:aws:ec2:{self._args.region}:{self._args.account}:vpc-flow-log/*",
            ),
            opts=ResourceOptions(parent=self),
        )
        policy = iam.RolePolicy(
            self.named("flow-log"),
            role=role.id,
            policy=document_of(
                {
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    "Resource": group.arn.apply(lambda arn: f"{arn}:*"),
                }
            ),
            opts=ResourceOptions(parent=self),
        )
        ec2.FlowLog(
            self.named("flow-log"),
            vpc_id=self._vpc.id,
            traffic_type="ALL",
            max_aggregation_interval=60,
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            opts=ResourceOptions(parent=self, depends_on=[policy]),
        )
