"""What may be said about the platform inside the cluster: how it scales, is rolled out, watched and entered.

As in `config.sections`: where environments differ, `config.environments` gives the value.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from config.base import Section, because
from config.types import Audience, CookieName, Email, GitUrl, HostPort, HttpsUrl, SecretName, ServiceName

__all__ = [
    "Addons",
    "Delivery",
    "Gateway",
    "Gitops",
    "Login",
    "Logs",
    "Mail",
    "Monitoring",
    "Objectives",
    "Scaling",
    "Strategy",
    "Waf",
]

Strategy = Literal["rolling", "canary", "blue-green"]

Pods = Annotated[int, Field(ge=1, le=100)]
Days = Annotated[int, Field(ge=1, le=3650)]


class Scaling(Section):
    """When pods are added. What one pod carries is measured; the rest is how careful one is."""

    volume_per_pod: Annotated[float, Field(gt=0, le=1e6)] = Field(
        100.0,
        description="Trading volume that one worker carries, a second.",
        json_schema_extra=because("A pod that carries nothing would ask for pods without end."),
    )
    requests_per_pod: Annotated[float, Field(gt=0, le=1e6)] = Field(
        50.0,
        description="Requests that one pod answers, a second.",
        json_schema_extra=because("A pod that answers nothing would ask for pods without end."),
    )
    latency_milliseconds: Annotated[int, Field(ge=1, le=60_000)] = Field(
        300,
        description="Nineteen of twenty requests are answered within so long, or pods are added.",
        json_schema_extra=because("Nobody waits for a trade longer than a minute."),
    )
    volatility: Annotated[float, Field(ge=0, le=1)] = Field(
        0.8,
        description="The market's volatility index above which pods stand ready.",
        json_schema_extra=because("The index is a number from 0 to 1."),
    )
    volatility_pods: Pods = Field(
        description="Workers that stand ready while the market is volatile.",
        json_schema_extra=because("The index does not fall when pods are added: it asks for a fixed number."),
    )
    queue_per_worker: Annotated[float, Field(gt=0, le=1e6)] = Field(
        10.0,
        description="Tasks that may wait for each worker.",
        json_schema_extra=because("A worker for whom nothing may wait would ask for pods without end."),
    )
    session_pods: Pods = Field(
        description="Pods of each scaled service from half an hour before the open until after the close.",
        json_schema_extra=because("The first minute of a session is its busiest."),
    )


class Delivery(Section):
    """How a new version of a web service takes over."""

    strategy: Strategy = Field(
        description="A share of the traffic first, a whole second set first, or pod by pod.",
        json_schema_extra=because("Without traffic to judge by, a share of it says nothing: dev rolls."),
    )
    percent: Annotated[int, Field(ge=1, le=50)] = Field(
        10,
        description="Share of the traffic that the new version has first.",
        json_schema_extra=because("With more than half it is no trial any more."),
    )
    watch_minutes: Annotated[int, Field(ge=1, le=240)] = Field(
        10,
        description="Each share is watched for so long before the next.",
        json_schema_extra=because("The judgement rests on rates of five minutes."),
    )


class Login(Section):
    """Who signs the tokens of customers: an OpenID Connect issuer."""

    issuer: HttpsUrl = Field(description="As the tokens name it.")
    audiences: Annotated[tuple[Audience, ...], Field(min_length=1)] = Field(
        description="For whom a token must have been made.",
        json_schema_extra=because("A token that was made for somebody else must not open the platform."),
    )
    jwks: HttpsUrl = Field(description="Where the issuer publishes its keys.")
    cookie: CookieName = Field(
        "trading_session",
        description="Where browsers carry the token.",
        json_schema_extra=because("A browser sends no Authorization header by itself."),
    )


class Waf(Section):
    """A web application firewall in the gateway's namespace that is asked about every request."""

    service: ServiceName = Field(description="Its Service, and the name that its pods are labelled with.")
    port: Annotated[int, Field(ge=1024, le=65535)] = Field(
        9000,
        description="Port that it speaks Envoy's external processing on.",
        json_schema_extra=because("Containers run without root, and ports below 1024 need it."),
    )


class Gateway(Section):
    """What stands before the web services, inside the cluster."""

    implementation: Literal["envoy", "nginx"] = Field(
        "envoy",
        description="Envoy Gateway, or NGINX Gateway Fabric.",
        json_schema_extra=because("Both speak the Gateway API; ingress-nginx has no releases any more."),
    )
    login: Login | None = Field(None, description="Whose tokens are let in; none: nobody reaches the API.")
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        600,
        description="Of one client; more are refused.",
        json_schema_extra=because("One client must not take the others' share."),
    )
    body_kib: Annotated[int, Field(ge=1, le=9999)] = Field(
        1024,
        description="A request's body at most, KiB.",
        json_schema_extra=because("An order is small; what is large is an attack or a mistake."),
    )
    waf: Waf | None = Field(
        None, description="Who is asked about every request, and without whom none passes; none: nobody is."
    )


class Objectives(Section):
    """What is promised to those who use the platform; alerts follow from it."""

    availability: Annotated[float, Field(ge=90, lt=100)] = Field(
        99.9,
        description="Percent of the requests of 30 days that are answered without an error.",
        json_schema_extra=because("With 100 % there is no error budget, and every error wakes somebody."),
    )


class Mail(Section):
    """How an alarm's mail gets out of the cluster, to the address of ``alerts.email``. Always over TLS."""

    relay: HostPort = Field(description="Who sends it, with its port.")
    sender: Email = Field(description="From whom it comes.")
    user: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        description="As whom to log in at the relay.",
        json_schema_extra=because("A relay that asks nobody who he is sends anybody's mail."),
    )
    secret: SecretName = Field(description="Secret with the password.")


class Monitoring(Section):
    """Prometheus and who is told by it."""

    retention_days: Days = Field(
        description="Measurements are kept so long.",
        json_schema_extra=because("The error budget looks back 30 days."),
    )
    disk_gib: Annotated[int, Field(ge=1, le=16384)] = Field(
        description="Disk of each Prometheus, GiB.",
        json_schema_extra=because("More is no volume of any of the clouds."),
    )
    replicas: Annotated[int, Field(ge=1, le=3)] = Field(
        description="Prometheus servers that scrape the same.",
        json_schema_extra=because("While the only one is being moved, nobody watches."),
    )
    pager: SecretName | None = Field(None, description="Secret with the key of who wakes people.")
    mail: Mail | None = Field(None, description="How a mail gets out of the cluster; none: none does.")
    chat: SecretName | None = Field(None, description="Secret with the address of the chat's channel.")
    heartbeat: SecretName | None = Field(
        None, description="Secret with the address that is told every minute that alarms work."
    )


class Logs(Section):
    """Elasticsearch and Kibana, through ECK."""

    nodes: Annotated[int, Field(ge=1, le=30)] = Field(
        description="Elasticsearch servers.",
        json_schema_extra=because("Fewer than three cannot lose one."),
    )
    disk_gib: Annotated[int, Field(ge=10, le=16384)] = Field(
        description="Disk of each, GiB.",
        json_schema_extra=because("Less does not hold a day; more is no volume of any of the clouds."),
    )
    hot_days: Days = Field(
        description="Days in which logs are on fast machines.",
        json_schema_extra=because("What happened last week is what people look for."),
    )
    keep_days: Days = Field(
        description="Days after which logs are deleted.",
        json_schema_extra=because("What is kept for ever is paid for ever."),
    )
    audit_days: Days = Field(
        description="The same for who did what; the lasting record is the locked bucket.",
        json_schema_extra=because("An auditor asks for a year."),
    )


class Gitops(Section):
    """Argo CD follows a repository of rendered objects."""

    repository: GitUrl = Field(description="Where the rendered objects are.")
    revision: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        "main", description="Branch or tag that is followed."
    )
    path: Annotated[str, Field(min_length=1, max_length=255)] = Field(
        ".", description="Folder within the repository."
    )


class Addons(Section):
    """What can be switched on beside the rest."""

    mesh: bool = Field(description="Istio, ambient: every connection between pods is mutual TLS.")
    chaos: bool = Field(
        description="Chaos Mesh breaks things on purpose, outside market hours.",
        json_schema_extra=because("Never where money moves."),
    )
    gitops: Gitops | None = Field(
        None, description="Argo CD follows a repository; none: it is not installed."
    )
