"""Which request goes to which service, and on whose word it is let in.

**Read and write apart.** A GET that was not answered is sent once more. Anything else is sent once: the
gateway cannot know whether an order that was not answered was placed. So each service has two rules, and
only the reading one repeats. Requests bear a time limit and a size limit.

**Who is let in.** A route takes the issuer's tokens (``token``) or anybody (``open``). Without a login a
route that wants a token stays as the gateway is by itself: closed, 403. Tokens come in the
``Authorization`` header, never in the address, which is logged everywhere; where browsers come
(``browser``) also in a cookie, and then a request that changes something must have come from a page of
our own. What the token says of who it is reaches the service in headers; what a client says in them does
not.

**By weight.** A service that is rolled out by weight has two Services: all to the first, nothing to the
one for new pods. Argo Rollouts moves the weights, so what is said of them here is said once
(``ignore_changes``).

A policy that is wrong, or an issuer whose keys cannot be had, closes the route: it never opens it.

Sources: Gateway API 1.6, *HTTPRoute* (a method makes a match more specific); Envoy Gateway 1.9 API
reference (*SecurityPolicy*, *BackendTrafficPolicy*: the most specific target wins); argo-rollouts'
Gateway API plugin 0.15 (it moves the weights in every rule that names both Services).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.base import Part
from components.k8s import entry, gateway_envoy
from components.k8s.labels import Labels
from components.k8s.objects import custom
from components.k8s.places import CANARY_SUFFIX, GATEWAY

__all__ = ["Access", "Route", "Routes", "RoutesArgs"]

Access = Literal["token", "open"]

SERVICE_PORT: Final = 80
PROVIDER: Final = "login"
READ, WRITE, PUBLIC = "read", "write", "public"
READING: Final = ("GET", "HEAD")
WEIGHTS: Final = ["spec.rules[*].backendRefs[*].weight"]
"""What Argo Rollouts moves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The way to one web service."""

    service: str
    path: str
    """What it is asked under: ``/api``, or ``/`` for what nobody else takes."""
    access: Access = "token"
    hosts: Sequence[str] = ()
    """Host names of its own; none: the platform's."""
    public_paths: Sequence[str] = ()
    """Read by anybody though the route wants a token: a sign-in page, an icon."""
    browser: bool = False
    """People come with browsers: a token may be in the login's cookie."""
    upgrades: bool = False
    """It speaks WebSocket."""
    by_weight: bool = True
    """It has a second Service for new pods."""
    seconds: int = gateway_envoy.REQUEST_SECONDS
    """Then the request is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutesArgs:
    """All ways of the services' namespace."""

    namespace: pulumi.Input[str]
    labels: Labels
    implementation: entry.Implementation
    hosts: Sequence[str]
    routes: Sequence[Route]
    login: entry.Login | None
    limits: entry.Limits = field(default_factory=entry.Limits)
    after: Sequence[pulumi.Resource] = ()
    """The Gateway, and what brings the kinds of objects."""

    def __post_init__(self) -> None:
        """Refuse what would stand open by mistake."""
        for route in self.routes:
            if self.implementation == "nginx" and (route.access == "token" or route.public_paths):
                msg = (
                    f"the route to {route.service} wants a token, which NGINX does not look at without "
                    "NGINX Plus: expected the implementation envoy, or the access open, and no public_paths, "
                    "before a service that looks itself"
                )
                raise ValueError(msg)
            if route.browser and self.login and not self.login.cookie:
                msg = (
                    f"the route to {route.service} is for browsers, and login.cookie is empty: expected the "
                    "name of the cookie that the sign-in page sets, for example trading_session"
                )
                raise ValueError(msg)


class Routes(Part):
    """HTTPRoutes, and with Envoy their policies."""

    def __init__(self, name: str, args: RoutesArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        for route in args.routes:
            self._route(route)
        self.finish()

    def _route(self, route: Route) -> None:
        made = custom(
            self.named(route.service),
            entry.HTTPROUTE,
            self._metadata(route.service, route.service),
            {
                "parentRefs": [{"name": entry.NAME, "namespace": GATEWAY, "sectionName": entry.LISTENER}],
                "hostnames": list(route.hosts or self._args.hosts),
                "rules": [_rule(route, called, self._args.implementation) for called in _rules(route)],
            },
            ResourceOptions(
                parent=self,
                depends_on=self._args.after,
                ignore_changes=WEIGHTS if route.by_weight else None,
            ),
        )
        if self._args.implementation == "envoy":
            self._policies(route, made)

    def _policies(self, route: Route, made: pulumi.Resource) -> None:
        """Those that open it come after the rest: it is limited before it is open."""
        limits = self._args.limits
        reading = [called for called in _rules(route) if called != WRITE]
        traffic = [
            self._policy(
                route,
                made,
                child=f"{route.service}-{called}",
                kind="BackendTrafficPolicy",
                spec={
                    **_targets(route, *rules),
                    **gateway_envoy.traffic_policy(
                        limits,
                        repeats=called == READ,
                        upgrades=called == READ and route.upgrades,
                        seconds=route.seconds,
                    ),
                },
            )
            for called, rules in ((READ, reading), (WRITE, [WRITE]))
        ]
        for child, spec in _security(route, self._args.login).items():
            self._policy(route, made, *traffic, child=child, kind="SecurityPolicy", spec=spec)

    def _policy(
        self, route: Route, *before: pulumi.Resource, child: str, kind: str, spec: Mapping[str, Any]
    ) -> pulumi.Resource:
        logical = f"{child}-{'access' if kind == 'SecurityPolicy' else 'traffic'}"
        return custom(
            self.named(logical),
            f"{gateway_envoy.GROUP}/{kind}",
            self._metadata(child, route.service),
            spec,
            ResourceOptions(parent=self, depends_on=[*self._args.after, *before]),
        )

    def _metadata(self, called: str, service: str) -> ObjectMetaArgs:
        return ObjectMetaArgs(
            name=called, namespace=self._args.namespace, labels=self._args.labels.of(service, "route")
        )


def _rules(route: Route) -> list[str]:
    return [READ, WRITE, *([PUBLIC] if route.public_paths else [])]


def _rule(route: Route, called: str, implementation: entry.Implementation) -> dict[str, Any]:
    """NGINX has no time limit for a whole request: there it is the balancer's."""
    rule: dict[str, Any] = {
        "name": called,
        "matches": _matches(route, called),
        "backendRefs": _backends(route),
    }
    if implementation == "envoy":
        rule["timeouts"] = {"request": f"{route.seconds}s"}
    return rule


def _matches(route: Route, called: str) -> list[dict[str, Any]]:
    under = {"path": {"type": "PathPrefix", "value": route.path}}
    if called == WRITE:
        return [under]
    if called == READ:
        return [{**under, "method": method} for method in READING]
    return [
        {"path": {"type": "Exact", "value": path}, "method": method}
        for path in route.public_paths
        for method in READING
    ]


def _backends(route: Route) -> list[dict[str, Any]]:
    stable = {"name": route.service, "port": SERVICE_PORT}
    if not route.by_weight:
        return [stable]
    canary = {"name": route.service + CANARY_SUFFIX, "port": SERVICE_PORT}
    return [{**stable, "weight": 100}, {**canary, "weight": 0}]


def _targets(route: Route, *rules: str) -> dict[str, Any]:
    """The whole route, or some of its rules."""
    whole = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": route.service}
    return {"targetRefs": [{**whole, "sectionName": rule} for rule in rules] or [whole]}


def _security(route: Route, login: entry.Login | None) -> dict[str, dict[str, Any]]:
    """By name, the policies that open the route; none: it stays closed."""
    anybody = {"authorization": {"defaultAction": "Allow"}}
    if route.access == "open":
        return {route.service: {**_targets(route), **anybody}}
    if login is None:
        return {}
    found = {route.service: {**_targets(route), **_with_token(route, login)}}
    if route.public_paths:
        found[f"{route.service}-{PUBLIC}"] = {**_targets(route, PUBLIC), **anybody}
    return found


def _with_token(route: Route, login: entry.Login) -> dict[str, Any]:
    places: dict[str, Any] = {"headers": [{"name": "Authorization", "valuePrefix": "Bearer "}]}
    spec: dict[str, Any] = {}
    if route.browser:
        places["cookies"] = [login.cookie]
        # A page elsewhere can make a browser send the cookie, but not say that it came from here.
        spec["csrf"] = {}
    spec["jwt"] = {
        "providers": [
            {
                "name": PROVIDER,
                "issuer": login.issuer,
                "audiences": list(login.audiences),
                "remoteJWKS": {"uri": login.keys_url, "cacheDuration": "300s"},
                "extractFrom": places,
                "claimToHeaders": [
                    {"header": header, "claim": claim} for header, claim in sorted(login.claims.items())
                ],
            }
        ]
    }
    if login.scopes:
        whose = {"jwt": {"provider": PROVIDER, "scopes": list(login.scopes)}}
        spec["authorization"] = {
            "defaultAction": "Deny",
            "rules": [{"name": "scopes", "action": "Allow", "principal": whose}],
        }
    return spec
