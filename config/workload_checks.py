"""What must hold for the workloads and what carries them inside the cluster: as `config.checks`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from config.base import Json
from config.clouds import Aws, Azure, Gcp
from config.connections import connections
from config.in_cluster import Addons, Gateway, Logs, Monitoring
from config.problems import Problem, problem
from config.safety import Edge
from config.sections import Database, Market
from config.services import KNOWN, Service
from config.settings import Environment
from config.yaml_text import line

__all__ = ["CHECKS"]

Found = Iterator[Problem]

CALENDARS: Final = (
    *("XNYS", "XNAS", "XTSE", "XMEX", "BVMF", "XLON", "XPAR", "XAMS", "XBRU", "XETR", "XSWX", "XMIL", "XMAD"),
    *("XSTO", "XJSE", "XTKS", "XHKG", "XASX", "CMES", "24/5", "24/7"),
)
"""Those whose sessions `components.k8s.calendars` holds; a test keeps the two lists alike."""
SCALES: Final = frozenset({"web", "worker"})
SHARE: Final = 0.8
"""Of the database's connections: the rest is for people, backups and the new pods of a rollout."""
QUORUM: Final = 3
BUDGET_DAYS: Final = 30
"""The error budget looks back so far."""


def scaled_services_can_grow(services: dict[str, Service]) -> Found:
    """The most is not below the least, and only what scales has one."""
    for name, service in services.items():
        path = ("services", name, "max_replicas")
        if service.max_replicas is None:
            continue
        if service.kind not in SCALES:
            yield problem(
                path, service.max_replicas, better=None,
                expected=f"nothing: a {service.kind} has always the same number of copies",
                why="more copies of who acts alone, or of who only tells, do no more work",
            )  # fmt: skip
        elif service.max_replicas < service.replicas:
            yield problem(
                path, service.max_replicas, better=service.replicas,
                expected=f"at least {service.replicas}, which is replicas",
                why="there cannot be fewer copies at most than at rest",
            )  # fmt: skip


def only_web_services_are_rolled_out_by_weight(services: dict[str, Service]) -> Found:
    """A queue's worker has no traffic of which a share could be judged."""
    for name, service in services.items():
        if service.strategy in ("canary", "blue-green") and service.kind != "web":
            yield problem(
                ("services", name, "strategy"), service.strategy, better=None,
                expected=f"nothing: a {service.kind} is replaced pod by pod",
                why="it has no traffic, so there is no share of it to judge a new version by",
            )  # fmt: skip


def callers_are_there(services: dict[str, Service]) -> Found:
    """A misspelt caller would be shut out in silence. What a profile names need not be there."""
    known = {*services, *KNOWN}
    for name, service in services.items():
        strangers = [caller for caller in service.callers if caller not in known]
        if strangers:
            yield problem(
                ("services", name, "callers"), list(service.callers),
                better=[caller for caller in service.callers if caller in known],
                expected=f"some of {', '.join(sorted(services))}; {strangers[0]} is none",
                why="who is not a service of this platform has no pods that could be let in",
            )  # fmt: skip


def who_acts_alone_is_not_interrupted(services: dict[str, Service]) -> Found:
    """A machine that the cloud takes back gives two minutes."""
    for name, service in services.items():
        if service.interruptible and service.kind in ("singleton", "web"):
            yield problem(
                ("services", name, "interruptible"), True, better=False,
                expected=f"false for a {service.kind}",
                why="the cloud takes such a machine back within two minutes, with the order that it is at",
            )  # fmt: skip


def the_database_takes_all_connections(
    cloud: Aws | Gcp | Azure, database: Database, services: dict[str, Service]
) -> Found:
    """With every service at its most, a fifth of the connections is still free."""
    limit = connections(cloud, database)
    if limit is None or any(scaled_services_can_grow(services)):
        return
    wanted = {
        name: (service.max_replicas or service.replicas) * service.connections
        for name, service in services.items()
    }
    total, most = sum(wanted.values()), int(limit * SHARE)
    if total > most:
        name = max(wanted, key=lambda one: wanted[one])
        service = services[name]
        copies = service.max_replicas or service.replicas
        fitting = max(0, (most - total + wanted[name]) // copies)
        yield problem(
            ("services", name, "connections"), service.connections, better=fitting,
            expected=f"{most} connections at most of all copies together; they may hold {total}, "
            f"{wanted[name]} of them the {copies} copies of {name}",
            why=f"this database takes {limit}; when they run out, nobody gets in, not even to mend it",
        )  # fmt: skip


def calendars_are_known(market: Market) -> Found:
    """Of the others no holidays are known two years ahead."""
    for index, code in enumerate(market.calendars):
        if code not in CALENDARS:
            known: list[Json] = [one for one in market.calendars if one in CALENDARS] or ["XNYS"]
            yield Problem(
                f"market.calendars[{index}]", code,
                f"one of {', '.join(CALENDARS)}",
                "of other exchanges the holidays are not known ahead, so pods would wait for no session",
                line(("market", "calendars"), known),
            )  # fmt: skip


def an_open_entry_asks_who_comes(edge: Edge, gateway: Gateway, services: dict[str, Service]) -> Found:
    """Who may come from anywhere has to show who he is. Behind NGINX the services ask themselves."""
    asks = gateway.implementation == "nginx" or gateway.login is not None
    if edge.open_to and not asks and any(one.kind == "web" for one in services.values()):
        yield problem(
            ("gateway", "login"), None,
            expected="the issuer of the customers' tokens, as the entry is open (edge.open_to)",
            better={
                "issuer": "https://login.example.com",
                "audiences": ["trading"],
                "jwks": "https://login.example.com/keys",
            },
            why="without one the gateway lets nobody through to the services that it stands before",
        )  # fmt: skip


def nginx_looks_at_no_token(gateway: Gateway) -> Found:
    """Without NGINX Plus it neither reads tokens nor asks a firewall."""
    for key in ("login", "waf"):
        if gateway.implementation == "nginx" and getattr(gateway, key) is not None:
            yield problem(
                ("gateway", "implementation"), "nginx", better="envoy",
                expected=f"envoy, as there is a {key}, or no {key}",
                why="NGINX looks at no token and asks nobody else, so the services would have to do it",
            )  # fmt: skip


def logs_survive_a_server(environment: Environment, logs: Logs | None) -> Found:
    """Three servers can lose one; what is deleted was not hot a moment before."""
    if logs is None:
        return
    if environment == "prod" and logs.nodes < QUORUM:
        yield problem(
            ("logs", "nodes"), logs.nodes, expected=f"{QUORUM} or more in prod", better=QUORUM,
            why="of fewer, the loss of one takes the logs of the loss with it",
        )  # fmt: skip
    for key in ("keep_days", "audit_days"):
        if getattr(logs, key) <= logs.hot_days:
            yield problem(
                ("logs", key), getattr(logs, key), better=logs.hot_days + 1,
                expected=f"more than {logs.hot_days}, which is hot_days",
                why="what is deleted cannot first be moved",
            )  # fmt: skip


def prod_is_watched(environment: Environment, monitoring: Monitoring) -> Found:
    """One Prometheus is away while its machine is drained."""
    if environment != "prod":
        return
    if monitoring.replicas == 1:
        yield problem(
            ("monitoring", "replicas"), 1, expected="2 or more in prod", better=2,
            why="while the only one is being moved nobody watches, and the autoscalers are blind",
        )  # fmt: skip
    if monitoring.retention_days < BUDGET_DAYS:
        yield problem(
            ("monitoring", "retention_days"), monitoring.retention_days, better=BUDGET_DAYS,
            expected=f"{BUDGET_DAYS} or more in prod", why="the error budget looks back 30 days",
        )  # fmt: skip


def somebody_is_woken_in_prod(environment: Environment, monitoring: Monitoring) -> Found:
    """An alarm that nobody receives is none."""
    if environment == "prod" and monitoring.pager is None and monitoring.mail is None:
        yield problem(
            ("monitoring", "pager"), None, better="pager-key",
            expected="in prod the secret with the key of who wakes people, or a way for mail to get out",
            why="the alarms of the cluster would be seen by whoever happens to look",
        )  # fmt: skip


def nothing_is_broken_on_purpose_in_prod(environment: Environment, addons: Addons) -> Found:
    """Experiments belong where no money moves."""
    if environment == "prod" and addons.chaos:
        yield problem(
            ("addons", "chaos"), True, expected="false in prod", better=False,
            why="an experiment that does not end would be an outage that we made",
        )  # fmt: skip


CHECKS: Final[tuple[Callable[..., Found], ...]] = (
    scaled_services_can_grow,
    only_web_services_are_rolled_out_by_weight,
    callers_are_there,
    who_acts_alone_is_not_interrupted,
    nginx_looks_at_no_token,
    the_database_takes_all_connections,
    calendars_are_known,
    an_open_entry_asks_who_comes,
    logs_survive_a_server,
    prod_is_watched,
    somebody_is_woken_in_prod,
    nothing_is_broken_on_purpose_in_prod,
)
