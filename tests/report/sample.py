"""A small plan, made by hand: one region with a network, a database with a secret, and a service."""

from __future__ import annotations

from dataclasses import replace

from plan.resource import STACK_TYPE, Mode, Options, Plan, Resource
from plan.value import UNKNOWN, Secret, Value
from report.judgement import Issue, Judgement
from report.model import Report

SECRET = "correct-horse-battery-staple"
STACK = f"urn:pulumi:dev::trading-platform::{STACK_TYPE}::trading-platform-dev"


def urn(lineage: str, name: str) -> str:
    return f"urn:pulumi:dev::trading-platform::{lineage}::{name}"


PLATFORM = urn("trading-platform:stacks:Platform", "platform")
REGION = urn("trading-platform:stacks:Platform$trading-platform:stacks:AwsRegion", "aws")
BELOW = "trading-platform:stacks:Platform$trading-platform:stacks:AwsRegion$trading-platform:aws"
NETWORK = urn(f"{BELOW}:Network", "aws-network")
DATABASE = urn(f"{BELOW}:Database", "aws-database")
AWS = urn("trading-platform:stacks:Platform$pulumi:providers:aws", "aws-provider")
KUBERNETES = urn("trading-platform:stacks:Platform$pulumi:providers:kubernetes", "aws-kubernetes")
VPC = urn(f"{BELOW}:Network$aws:ec2/vpc:Vpc", "aws-network-vpc")
SUBNET = urn(f"{BELOW}:Network$aws:ec2/subnet:Subnet", "aws-network-private-a")
CLUSTER = urn(f"{BELOW}:Database$aws:rds/cluster:Cluster", "aws-database-cluster")
DEPLOYMENT = urn("trading-platform:stacks:Platform$kubernetes:apps/v1:Deployment", "api-deployment")


def part(at: str, parent: str) -> Resource:
    type_token, name = at.split("::")[2].rpartition("$")[2], at.rpartition("::")[2]
    return Resource(at, type_token, name, custom=False, inputs={}, parent=parent)


def thing(at: str, parent: str, provider: str = AWS, **inputs: Value) -> Resource:
    type_token, name = at.split("::")[2].rpartition("$")[2], at.rpartition("::")[2]
    return Resource(at, type_token, name, custom=True, inputs=inputs, parent=parent, provider=provider)


def container(image: str) -> dict[str, Value]:
    return {"name": "api", "image": image, "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}}}


def plan(mode: Mode = "preview") -> Plan:
    """The plan; in mode ``up`` every resource has an id."""
    resources = (
        Resource(STACK, STACK_TYPE, "trading-platform-dev", custom=False, inputs={}),
        part(PLATFORM, STACK),
        replace(part(REGION, PLATFORM), outputs={"region": "us-east-1", "role": "active"}),
        thing(AWS, REGION, "", region="us-east-1", allowedAccountIds='["111122223333"]'),
        thing(KUBERNETES, REGION, "", kubeconfig=UNKNOWN),
        part(NETWORK, REGION),
        thing(VPC, NETWORK, cidrBlock="10.16.0.0/16"),
        replace(
            thing(
                SUBNET,
                NETWORK,
                vpcId=UNKNOWN,
                cidrBlock="10.16.0.0/18",
                availabilityZone="us-east-1a",
                tags={"tier": "private", "kubernetes.io/role/internal-elb": "1"},
            ),
            dependencies=(VPC,),
            property_dependencies={"vpcId": (VPC,)},
        ),
        part(DATABASE, REGION),
        replace(
            thing(
                CLUSTER,
                DATABASE,
                engine="aurora-postgresql",
                engineVersion="17.5",
                backupRetentionPeriod=7,
                masterPassword=Secret(SECRET),
                serverlessv2ScalingConfiguration={"minCapacity": 0.5, "maxCapacity": 4},
            ),
            options=Options(protect=True, additional_secret_outputs=("masterPassword",)),
        ),
        thing(
            DEPLOYMENT,
            PLATFORM,
            KUBERNETES,
            metadata={"name": "api", "namespace": "trading"},
            spec={
                "replicas": 2,
                "template": {
                    "spec": {"containers": [container("registry.example.com/trading/api@sha256:2c26b46b68")]}
                },
            },
        ),
    )
    if mode == "up":
        resources = tuple(replace(r, id=f"id-{r.name}") if r.custom else r for r in resources)
    return Plan("trading-platform", "dev", mode, resources, {"endpoint": UNKNOWN, "password": Secret(SECRET)})


def changed(given: Plan, at: str, **inputs: Value) -> Plan:
    """The plan with some inputs of one resource said otherwise; None takes one away."""
    found = given[at]
    merged = {key: value for key, value in {**found.inputs, **inputs}.items() if value is not None}
    return with_resource(given, replace(found, inputs=merged))


def with_resource(given: Plan, resource: Resource) -> Plan:
    """The plan with that resource in the place of the one of its URN."""
    return replace(given, resources=tuple(resource if r.urn == resource.urn else r for r in given))


def without(given: Plan, *urns: str) -> Plan:
    """The plan without those resources."""
    return replace(given, resources=tuple(r for r in given if r.urn not in urns))


def issue(at: str, **words: str) -> Issue:
    facts: dict[str, str] = {
        "policy": "aws-vpc-flow-logs",
        "title": "VPCs keep flow logs",
        "severity": "medium",
        "part": "",
        "outcome": "fail",
        "enforcement": "advisory",
        "message": "flow logs are off; the auditors' trail has a gap",
        "fix": "network: {flow_logs: true}",
        "doc": "docs/policies/aws-vpc-flow-logs.md",
    }
    return Issue(**{**facts, **words}, urn=at, address=plan().address(plan()[at]))  # pyright: ignore[reportArgumentType]


def judgement(*issues: Issue) -> Judgement:
    return Judgement(rules=15, passed=172, not_applicable=2, issues=issues)


def report(*issues: Issue) -> Report:
    return Report(plan(), judgement(*issues))


def replaces(token: str) -> tuple[str, ...]:
    """What the sample's cloud cannot change in place."""
    return {
        "aws:ec2/vpc:Vpc": ("cidrBlock",),
        "aws:ec2/subnet:Subnet": ("vpcId", "cidrBlock"),
        "aws:rds/cluster:Cluster": ("engine",),
    }.get(token, ())
