"""A gateway and its routes in a plan of their own, on either cloud, by either implementation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, Literal, cast

from pulumi import Output, ResourceOptions
from pulumi_kubernetes import Provider

from components.contracts import GatewayDoor
from components.k8s.entry import Login
from components.k8s.gateway import Gateway, GatewayArgs
from components.k8s.routes import Route, Routes, RoutesArgs
from plan.resource import Plan
from tests.components.k8s.manifests import operator
from tests.components.k8s.support import LABELS, deploy

Cloud = Literal["aws", "gcp"]

TARGETS: Final = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/gateway/0123456789abcdef"
LOGIN: Final = Login(
    issuer="https://login.example.com/",
    audiences=["https://api.example.com"],
    keys_url="https://login.example.com/keys",
    claims={"x-auth-subject": "sub", "x-auth-desk": "desk"},
    cookie="trading_session",
)


def door(cloud: Cloud, *, planned: bool = False) -> GatewayDoor:
    """Amazon's entry knows pods, Google's knows machines. An output can be made while a plan is alone."""
    targets = Output.from_input(TARGETS) if planned else cast("Output[str]", TARGETS)
    return GatewayDoor(
        target_group_id=targets if cloud == "aws" else None,
        node_port=None if cloud == "aws" else 30443,
        front_ends=["10.16.0.0/24", "10.16.1.0/24"],
        hops=1 if cloud == "aws" else 2,
        health_path="/healthz/ready",
    )


def gateway(cloud: Cloud = "aws", *, after_operator: bool = False, **changes: Any) -> Plan:
    """The gateway alone."""

    def room(provider: Provider) -> None:
        after = [operator()] if after_operator else []
        args = replace(gateway_args(cloud, **changes), door=door(cloud, planned=True), after=after)
        Gateway("gateway", args, ResourceOptions(provider=provider))

    return deploy(room)


def gateway_args(cloud: Cloud = "aws", **changes: Any) -> GatewayArgs:
    """What the gateway is told."""
    wishes: dict[str, Any] = {
        "namespace": "gateway",
        "labels": LABELS,
        "implementation": "envoy",
        "domain": "trade.example.com",
        "door": door(cloud),
        "trusted_hops": door(cloud).hops,
        "entry_addresses": ["10.16.0.0/16"],
        "services_namespace": "trading",
        "backends": {"api": 9000, "dashboard": 9001},
        "login": None,
    }
    return GatewayArgs(**(wishes | changes))


def routes(*wanted: Route, after_operator: bool = False, **changes: Any) -> Plan:
    """Routes alone; if none are named, one to the API by token and one to the dashboard for browsers."""
    wishes: dict[str, Any] = {
        "namespace": "trading",
        "labels": LABELS,
        "implementation": "envoy",
        "hosts": ["trade.example.com"],
        "routes": wanted
        or (
            Route(service="api", path="/api"),
            Route(service="dashboard", path="/", browser=True, upgrades=True, public_paths=["/sign-in"]),
        ),
        "login": LOGIN,
    }
    args = RoutesArgs(**(wishes | changes))

    def room(provider: Provider) -> None:
        after = [operator()] if after_operator else []
        Routes("routes", replace(args, after=after), ResourceOptions(provider=provider))

    return deploy(room)
