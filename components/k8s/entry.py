"""What the gateway and its routes agree on: names, and the terms on which a request is let in.

Nothing here is an object of the cluster: `components.k8s.gateway` and `components.k8s.routes` make them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = [
    "CLASSES",
    "HTTPROUTE",
    "INTERNET",
    "LISTENER",
    "NAME",
    "NOT_INTERNET",
    "Implementation",
    "Limits",
    "Login",
    "Size",
    "Waf",
    "account",
    "metrics_port",
    "pods",
    "service_name",
]

Implementation = Literal["envoy", "nginx"]
"""Who serves: Envoy Gateway, or NGINX Gateway Fabric for who has to have NGINX."""

NAME: Final = "platform"
"""Of the Gateway, and of what its controller makes for it."""
LISTENER: Final = "https"
CLASSES: Final[Mapping[Implementation, str]] = {"envoy": "envoy", "nginx": "nginx"}
"""GatewayClass by implementation."""
HTTPROUTE: Final = "gateway.networking.k8s.io/v1/HTTPRoute"

MOST_BODY_KIB: Final = 9999
INTERNET: Final = "0.0.0.0/0"
NOT_INTERNET: Final = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")


def service_name(implementation: Implementation) -> str:
    """The Service before the gateway's pods: what a target group is bound to."""
    if implementation == "nginx":
        return f"{NAME}-{CLASSES['nginx']}"  # its controller takes no other name
    return "gateway"


def account(implementation: Implementation) -> str:
    """The service account of the gateway's pods: who they are to the mesh."""
    return service_name(implementation)  # Envoy Gateway takes any name, NGINX Gateway Fabric this one


def metrics_port(implementation: Implementation) -> int:
    """Where Prometheus finds the pods' metrics."""
    return 9113 if implementation == "nginx" else 19001


def pods() -> dict[str, str]:
    """The labels that select the gateway's pods, whichever controller made them."""
    return {"gateway.networking.k8s.io/gateway-name": NAME}


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Whose tokens (JWT) are believed."""

    issuer: str
    """Exactly as in the token's ``iss``."""
    audiences: Sequence[str]
    """A token for somebody else's service is none for ours: at least one."""
    keys_url: str
    """Where the issuer publishes its public keys (JWKS), by HTTPS."""
    claims: Mapping[str, str] = field(default_factory=lambda: {"x-auth-subject": "sub"})
    """By header that the services read, the claim that it is filled with. What a client sends under such
    a name is thrown away."""
    scopes: Sequence[str] = ()
    """What a token must allow, all of them; none: any valid token is enough."""
    cookie: str = ""
    """Where browsers carry the token, on routes for browsers; empty: they have no way in. Who sets it says
    ``HttpOnly; Secure; SameSite=Strict``."""
    networks: Sequence[str] = (INTERNET,)
    """Where ``keys_url`` is, for the closed namespace; the whole internet does not mean private networks."""

    def __post_init__(self) -> None:
        """Refuse what would believe too much."""
        if not self.audiences:
            msg = (
                "login.audiences is empty, expected at least one, for example https://api.example.com: "
                "without it a token that the issuer gave for any other service opens this one"
            )
            raise ValueError(msg)
        if not self.keys_url.startswith("https://"):
            msg = (
                f"login.keys_url is {self.keys_url!r}, expected an address that begins with https://: "
                "who could change the keys on their way could sign any token"
            )
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one client, and all of them, may ask.

    Each of the gateway's pods counts for itself, and reading and writing apart: over all counts the firewall
    at the entry.
    """

    client_requests_per_minute: int = 600
    """Of one address."""
    requests_per_second: int = 2000
    """Of all clients, on one route."""
    body_kib: int = 1024
    """A longer request is refused with 413."""
    connections: int = 10_000
    """At the same time, on one pod."""

    def __post_init__(self) -> None:
        """Refuse what NGINX could not be told: its sizes have four digits."""
        if not 1 <= self.body_kib <= MOST_BODY_KIB:
            msg = (
                f"body_kib is {self.body_kib}, expected 1 to {MOST_BODY_KIB}: larger things go to the bucket"
            )
            raise ValueError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waf:
    """A web application firewall that looks at every request on its way (Envoy's ``ext_proc``).

    It runs in the gateway's namespace. While it does not answer, nothing passes.
    """

    service: str
    """Its Service, and the ``app.kubernetes.io/name`` of its pods."""
    port: int
    timeout_milliseconds: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many pods, and how large."""

    min_replicas: int = 2
    """Never one: it would be away with its machine."""
    max_replicas: int = 10
    cpu_millis: int = 250
    memory_mib: int = 512

    def __post_init__(self) -> None:
        """Refuse a gateway of one pod."""
        if not 2 <= self.min_replicas <= self.max_replicas:  # noqa: PLR2004 - said in the message
            msg = (
                f"a gateway of {self.min_replicas} to {self.max_replicas} pods: expected at least 2, "
                "and no more at rest than at the peak"
            )
            raise ValueError(msg)
