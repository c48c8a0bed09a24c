"""For those who guard the platform: who is refused, what expires, what holds trading back from harm.

Who did what is not a measurement: the services' part is in Kibana (data stream ``filebeat-audit``), the API
server's in the cloud's own log store.
"""

from __future__ import annotations

from typing import Final

from components.k8s.monitoring.dashboards.panels import (
    ANYWHERE,
    NODES,
    RATE,
    SCRAPED,
    WITHIN,
    Board,
    Query,
    Row,
    Steps,
    above,
    bars,
    below,
    curve,
    number,
)
from components.k8s.monitoring.limits import Limits

__all__ = ["security"]

SECONDS_IN_DAY: Final = 86_400
NONE: Final = Steps("green", ((1, "red"),))
"""Even one is too many."""


def security(limits: Limits, runbooks: str, *, mesh: bool) -> Board:
    """All rows; ``mesh`` where pods speak to each other through Istio."""
    return Board(
        uid="trading-security",
        title="Security",
        description="Refusals, keys and certificates, and the guards of trading. Who did what is in Kibana,"
        " data stream filebeat-audit.",
        since="now-24h",
        rows=(
            _refusals(limits),
            _api_server(mesh=mesh),
            _keys(),
            _guards(limits),
        ),
        runbooks=runbooks,
    )


def _refusals(limits: Limits) -> Row:
    bound = float(limits.auth_failures_per_second)
    requests = f"sum by (service) (rate(api_requests_total{{{SCRAPED}}}[{RATE}]))"
    refused = f'sum by (service) (rate(api_requests_total{{{SCRAPED}, code=~"401|403"}}[{RATE}]))'
    return Row(
        "Who is refused",
        (
            curve(
                "Logins and tokens refused",
                "cps",
                f"A second, by reason. More than {bound:g} are more than customers' slips.",
                Query(f"sum by (reason) (rate(auth_failures_total{{{SCRAPED}}}[{RATE}]))", "{{reason}}"),
                steps=above(bound / 2, bound),
                alert="AuthFailuresHigh",
            ),
            curve(
                "Requests without a right",
                "percentunit",
                "Share of a service's answers that were 401 (who are you?) or 403 (not you).",
                # a service that refuses nobody has no such series: its zero comes from its requests
                Query(f"({refused} or {requests} * 0) / ({requests} > 0)", "{{service}}"),
                maximum=1,
                steps=above(0.05, 0.2),
                alert="AuthFailuresHigh",
            ),
            curve(
                "Refused at the gateway",
                "reqps",
                "Tokens that were not accepted, and requests above a client's share, a second.",
                Query(f"sum(rate(envoy_http_jwt_authn_denied{{{WITHIN}}}[{RATE}]))", "tokens"),
                Query(
                    f"sum(rate(envoy_http_local_rate_limit_rate_limited{{{WITHIN}}}[{RATE}]))",
                    "too many",
                ),
                alert="TokensRefused",
            ),
        ),
    )


def _api_server(*, mesh: bool) -> Row:
    panels = [
        curve(
            "API server: refused",
            "reqps",
            "Requests without a right, a second. Secrets that somebody asks for in vain are worth"
            " a look into the cloud's audit log, which names the user.",
            Query(
                "sum by (verb, resource, code)"
                f' (rate(apiserver_request_total{{{ANYWHERE}, code=~"401|403"}}[{RATE}]))',
                "{{code}} {{verb}} {{resource}}",
            ),
            alert="ClusterAccessRefused",
        ),
        curve(
            "API server: failed logins",
            "cps",
            "Tokens and certificates that the API server did not accept, a second.",
            Query(
                f'sum by (result) (rate(authentication_attempts{{{ANYWHERE}, result!="success"}}[{RATE}]))',
                "{{result}}",
            ),
        ),
        curve(
            "Objects refused",
            "cps",
            "By an admission webhook, a second: somebody tries what a policy forbids.",
            Query(
                f"sum by (name) (rate(apiserver_admission_webhook_rejection_count{{{ANYWHERE}}}[{RATE}]))",
                "{{name}}",
            ),
        ),
    ]
    if mesh:
        opened = "istio_tcp_connections_opened_total"
        panels.append(
            curve(
                "Connections without mutual TLS",
                "percentunit",
                "Share of the connections between pods. Strict mode allows none.",
                Query(
                    f'sum(rate({opened}{{{ANYWHERE}, connection_security_policy!="mutual_tls"}}[{RATE}]))'
                    f" / sum(rate({opened}{{{ANYWHERE}}}[{RATE}]))",
                    "in the clear",
                ),
                width=24,
                height=6,
                maximum=1,
                steps=Steps("green", ((0.001, "red"),)),
                alert="ConnectionsInClear",
            )
        )
    return Row("Inside the cluster", tuple(panels))


def _keys() -> Row:
    def days(moment: str) -> str:
        return f"({moment} - time()) / {SECONDS_IN_DAY}"

    return Row(
        "Keys, secrets and certificates",
        (
            bars(
                "Days that certificates are good for",
                "d",
                "They are renewed a month before their end: one with less was not.",
                Query(
                    days(
                        "min by (namespace, name)"
                        f" (certmanager_certificate_expiration_timestamp_seconds{{{WITHIN}}})"
                    ),
                    "{{namespace}}/{{name}}",
                ),
                steps=below(14, 3),
                minimum=None,
                decimals=0,
                alert="CertificateExpiresSoon",
            ),
            bars(
                "Days that the public certificate is good for",
                "d",
                "As the outside sees it: the first of the chain that ends.",
                Query(days(f"min by (instance) (probe_ssl_earliest_cert_expiry{{{NODES}}})"), "{{instance}}"),
                steps=below(21, 14),
                minimum=None,
                decimals=0,
                alert="PublicCertificateExpiresSoon",
            ),
            bars(
                "Days that keys to exchanges are good for",
                "d",
                "Without its key an exchange takes no orders. Only people can renew one.",
                Query(
                    days(f"min by (exchange) (exchange_key_expiry_timestamp_seconds{{{SCRAPED}}})"),
                    "{{exchange}}",
                ),
                steps=below(14, 2),
                minimum=None,
                decimals=0,
                alert="ExchangeKeyExpiresSoon",
            ),
            number(
                "Certificates that are not ready",
                "short",
                "Asked for and not issued, or not renewed.",
                Query(
                    "count(certmanager_certificate_ready_status"
                    f'{{{WITHIN}, condition!="True"}} == 1) or vector(0)',
                    "certificates",
                ),
                height=5,
                steps=NONE,
                alert="CertificateNotReady",
            ),
            number(
                "Secrets that did not come",
                "short",
                "From the cloud's store into the cluster. Who waits for one does not start.",
                Query(
                    "count(externalsecret_status_condition"
                    f'{{{WITHIN}, condition="Ready", status="False"}} == 1) or vector(0)',
                    "secrets",
                ),
                height=5,
                steps=NONE,
                alert="ExternalSecretNotReady",
            ),
            curve(
                "Secrets that could not be read",
                "cps",
                "Attempts that the store refused or did not answer, a second.",
                Query(
                    f"sum by (namespace, name) (rate(externalsecret_sync_calls_error{{{WITHIN}}}[{RATE}]))",
                    "{{namespace}}/{{name}}",
                ),
                height=5,
                alert="ExternalSecretNotReady",
            ),
        ),
    )


def _guards(limits: Limits) -> Row:
    clock = float(limits.clock_seconds)
    return Row(
        "Guards of trading",
        (
            number(
                "Kill switch thrown",
                "short",
                "How often within 7 days. Each time is worth a report.",
                Query(f"sum(increase(kill_switch_activations_total{{{SCRAPED}}}[7d]))", "times"),
                width=6,
                steps=Steps("green", ((1, "yellow"),)),
                decimals=0,
                alert="KillSwitchActive",
            ),
            curve(
                "Positions and their limits",
                "percentunit",
                "Of each strategy. Above 1 the limit is broken.",
                Query(f"max by (strategy) (position_limit_ratio{{{SCRAPED}}})", "{{strategy}}"),
                width=6,
                steps=above(0.9, 1),
                alert="PositionLimitBreach",
            ),
            number(
                "Trading halted",
                "short",
                "By the venue itself, inside and outside of its session.",
                Query(f"max by (venue) (trading_halted{{{SCRAPED}}})", "{{venue}}"),
                width=6,
                values={0: ("trades", "green"), 1: ("halted", "red")},
                alert="TradingHaltedInSession",
            ),
            curve(
                "Clocks",
                "s",
                "How far machines' clocks are off. The time on an order is evidence.",
                Query(f"max by (instance) (abs(node_timex_offset_seconds{{{NODES}}}))", "{{instance}}"),
                width=6,
                steps=above(clock / 2, clock),
                alert="ClockSkew",
            ),
        ),
    )
