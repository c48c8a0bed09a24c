"""Who is told what, how often, and what is kept quiet because something larger explains it.

A page goes to who is on call, to the chat and by mail; a ticket to the chat and by mail; the Watchdog to a
service that rings when it falls silent. What carries neither severity is a ticket: nothing is lost.

Nothing is muted by the clock. Alerts that only matter in a session ask in their expression whether it is
one, which knows holidays and half-days; a schedule of Alertmanager's knows neither.

Keys and addresses are read from files of the Kubernetes secret `SECRET`, which `components.k8s.secrets`
brings: neither this program nor the release's values hold them.

Sources: Alertmanager 0.34, *Configuration*; PagerDuty, *Events API v2*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.k8s.monitoring.alerts_monitoring import WATCHDOG

__all__ = ["SECRET", "Mail", "Receivers", "config", "files"]

SECRET: Final = "alertmanager-receivers"  # noqa: S105 - a name
"""The Kubernetes secret, in the namespace of Alertmanager; its files are called as below."""
PAGER: Final = "pager"
CHAT: Final = "chat"
HEARTBEAT: Final = "heartbeat"
MAIL_PASSWORD: Final = "mail-password"  # noqa: S105 - a file's name
FOLDER: Final = f"/etc/alertmanager/secrets/{SECRET}"

NOBODY: Final = "nobody"
_TITLE: Final = "[{{ .Status | toUpper }}] {{ .CommonLabels.alertname }}"
_TEXT: Final = (
    "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n"
    "{{ .Annotations.runbook_url }}\n{{ end }}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """How a mail gets out. Always over TLS."""

    to: str
    sender: str
    relay: str
    """``host:port`` of who sends it, for example ``email-smtp.us-east-1.amazonaws.com:587``."""
    user: str
    """As whom to log in there; the password is the secret's file ``mail-password``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivers:
    """Who can be told at all."""

    pager: bool = False
    """The secret has a file ``pager``: the integration key of PagerDuty, or of who speaks its Events API."""
    chat: bool = False
    """The secret has a file ``chat``: a Slack channel's incoming webhook, or one that speaks its language."""
    heartbeat: bool = False
    """The secret has a file ``heartbeat``: the address that is called every minute while alarms work."""
    mail: Mail | None = None


@dataclass(frozen=True, slots=True)
class _Explains:
    """While one of the ``causes`` rings, what follows from it does not, for the same value of each label."""

    causes: str
    follow: str
    same: Sequence[str] = ()


_EXPLANATIONS: Final = (
    _Explains(
        "ManyNodesNotReady", "Node.*|Pod.*|.*TooFewPods|TargetDown|DeploymentStuck|DisruptionBudgetBlocks"
    ),
    _Explains("ApiServerErrors", "ApiServerSlow|Autoscaler.*|Scaler.*|MetricsApiUnavailable|DeploymentStuck"),
    _Explains("MetricsApiUnavailable", "AutoscalerBlind|ScalerBlind"),
    _Explains("VolumeAlmostFull", "VolumeFilling", ("namespace", "persistentvolumeclaim")),
    _Explains(
        "CertificateAboutToExpire", "CertificateExpiresSoon|CertificateNotReady", ("namespace", "name")
    ),
    _Explains("ExchangeKeyAboutToExpire", "ExchangeKeyExpiresSoon", ("namespace", "exchange")),
    _Explains("SecretStoreNotReady", "ExternalSecretNotReady", ("namespace",)),
    _Explains("MarketDataMissing", "MarketDataStale", ("namespace",)),
    _Explains("CostBudgetSpent", "CostBudget80"),
    _Explains("ApiAvailabilityBurnsFast", "ApiAvailabilityBurnsSlowly"),
    _Explains("OrderAckLatencyBurnsFast", "OrderAckLatencyBurnsSlowly"),
    _Explains("MarketDataFreshnessBurnsFast", "MarketDataFreshnessBurnsSlowly"),
)


def files(receivers: Receivers) -> tuple[str, ...]:
    """The files that the secret has to have."""
    wanted = {
        PAGER: receivers.pager,
        CHAT: receivers.chat,
        HEARTBEAT: receivers.heartbeat,
        MAIL_PASSWORD: receivers.mail is not None,
    }
    return tuple(file for file, needed in wanted.items() if needed)


def config(receivers: Receivers) -> dict[str, Any]:
    """Alertmanager's configuration: ``alertmanager.config`` of the chart."""
    return {
        "global": {"resolve_timeout": "5m", **_mail_server(receivers.mail)},
        "route": {
            "receiver": "ticket",
            "group_by": ["alertname", "namespace"],
            "group_wait": "30s",
            "group_interval": "5m",
            "repeat_interval": "24h",
            "routes": [
                {
                    "receiver": "heartbeat" if receivers.heartbeat else NOBODY,
                    "matchers": [f'alertname="{WATCHDOG}"'],
                    "group_wait": "0s",
                    "group_interval": "1m",
                    "repeat_interval": "50s",  # at each turn of a minute, not at every second one
                },
                {"receiver": NOBODY, "matchers": ['severity="none"']},
                {
                    "receiver": "page",
                    "matchers": ['severity="page"'],
                    "group_wait": "10s",
                    "repeat_interval": "1h",
                },
                {"receiver": "ticket", "matchers": ['severity="ticket"']},
            ],
        },
        "inhibit_rules": [
            {
                "source_matchers": [f'alertname="{one.causes}"'],
                "target_matchers": [f'alertname=~"{one.follow}"'],
                "equal": list(one.same),
            }
            for one in _EXPLANATIONS
        ],
        "receivers": _receivers(receivers),
    }


def _receivers(receivers: Receivers) -> list[dict[str, Any]]:
    everybody = {**_chat(receivers), **_mail(receivers)}
    known: list[dict[str, Any]] = [
        {"name": NOBODY},
        {"name": "page", **_pager(receivers), **everybody},
        {"name": "ticket", **everybody},
    ]
    if receivers.heartbeat:
        call = {"url_file": f"{FOLDER}/{HEARTBEAT}", "send_resolved": False, "max_alerts": 1}
        known.append({"name": "heartbeat", "webhook_configs": [call]})
    return known


def _pager(receivers: Receivers) -> dict[str, Any]:
    if not receivers.pager:
        return {}
    told = {
        "routing_key_file": f"{FOLDER}/{PAGER}",
        "send_resolved": True,
        "severity": "critical",
        "class": "{{ .CommonLabels.alertname }}",
        "component": "{{ .CommonLabels.namespace }}",
        "description": _TITLE,
        "details": {"what": _TEXT},
    }
    return {"pagerduty_configs": [told]}


def _chat(receivers: Receivers) -> dict[str, Any]:
    if not receivers.chat:
        return {}
    told = {
        "api_url_file": f"{FOLDER}/{CHAT}",
        "send_resolved": True,
        "title": _TITLE,
        "title_link": "{{ (index .Alerts 0).Annotations.runbook_url }}",
        "text": _TEXT,
        "color": '{{ if eq .Status "resolved" }}good{{ else if eq .CommonLabels.severity "page" }}danger'
        "{{ else }}warning{{ end }}",
    }
    return {"slack_configs": [told]}


def _mail(receivers: Receivers) -> dict[str, Any]:
    if receivers.mail is None:
        return {}
    told = {
        "to": receivers.mail.to,
        "send_resolved": True,
        "headers": {"Subject": _TITLE},
        "html": "",
        "text": _TEXT,
    }
    return {"email_configs": [told]}


def _mail_server(mail: Mail | None) -> dict[str, Any]:
    if mail is None:
        return {}
    return {
        "smtp_from": mail.sender,
        "smtp_smarthost": mail.relay,
        "smtp_auth_username": mail.user,
        "smtp_auth_password_file": f"{FOLDER}/{MAIL_PASSWORD}",
        "smtp_require_tls": True,
    }
