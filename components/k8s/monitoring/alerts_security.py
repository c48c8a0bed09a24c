"""Alerts about keys, certificates, secrets and those who are refused."""

from __future__ import annotations

from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import Alert, Group, literal

__all__ = ["security"]

_DAY = 86_400
_CERTIFICATE = "{{ $labels.namespace }}/{{ $labels.name }}"


def security(limits: Limits) -> Group:
    """What runs out, and who knocks."""
    return Group(name="alerts-security", interval="1m", rules=(*_EXPIRY, *_SECRETS, *_refusals(limits)))


def _left(metric: str, by: str, days: int) -> str:
    return f"min by ({by}) ({metric}) - time() < {days * _DAY}"


_EXPIRY = (
    Alert(
        name="CertificateExpiresSoon",
        expr=_left("certmanager_certificate_expiration_timestamp_seconds", "namespace, name", 14),
        for_="1h",
        severity="ticket",
        summary=f"Certificate {_CERTIFICATE} is not renewed",
        description=f"{_CERTIFICATE} expires in {{{{ $value | humanizeDuration }}}}; it should have been "
        f"renewed long ago.",
    ),
    Alert(
        name="CertificateAboutToExpire",
        expr=_left("certmanager_certificate_expiration_timestamp_seconds", "namespace, name", 3),
        for_="10m",
        severity="page",
        summary=f"Certificate {_CERTIFICATE} runs out",
        description=f"{_CERTIFICATE} expires in {{{{ $value | humanizeDuration }}}}; then nobody connects.",
    ),
    Alert(
        name="CertificateNotReady",
        expr='max by (namespace, name) (certmanager_certificate_ready_status{condition!="True"}) == 1',
        for_="30m",
        severity="ticket",
        summary=f"Certificate {_CERTIFICATE} is not issued",
        description=f"cert-manager cannot get {_CERTIFICATE}.",
    ),
    Alert(
        name="PublicCertificateExpiresSoon",
        expr=_left("probe_ssl_earliest_cert_expiry", "instance", 14),
        for_="1h",
        severity="page",
        summary="The certificate of {{ $labels.instance }} runs out",
        description="What customers see at {{ $labels.instance }} expires in "
        "{{ $value | humanizeDuration }}.",
    ),
    Alert(
        name="ExchangeKeyExpiresSoon",
        expr=_left("exchange_key_expiry_timestamp_seconds", "namespace, exchange", 14),
        for_="1h",
        severity="ticket",
        summary="The key to {{ $labels.exchange }} runs out",
        description="The key to {{ $labels.exchange }} expires in {{ $value | humanizeDuration }}.",
    ),
    Alert(
        name="ExchangeKeyAboutToExpire",
        expr=_left("exchange_key_expiry_timestamp_seconds", "namespace, exchange", 2),
        for_="5m",
        severity="page",
        summary="The key to {{ $labels.exchange }} is about to run out",
        description="The key to {{ $labels.exchange }} expires in {{ $value | humanizeDuration }}; then "
        "no order is taken, and none can be cancelled.",
    ),
)

_SECRETS = (
    Alert(
        name="ExternalSecretNotReady",
        expr="""
            max by (namespace, name) (
              externalsecret_status_condition{condition="Ready",status="False"}) == 1""",
        for_="15m",
        severity="ticket",
        summary="Secret {{ $labels.namespace }}/{{ $labels.name }} is not brought",
        description="External Secrets cannot read {{ $labels.namespace }}/{{ $labels.name }}; pods have "
        "its last value, or none.",
    ),
    Alert(
        name="SecretStoreNotReady",
        expr="""
            max by (namespace, name) (
              secretstore_status_condition{condition="Ready",status="False"}) == 1""",
        for_="10m",
        severity="page",
        summary="The secret store of {{ $labels.namespace }} cannot be read",
        description="No secret of {{ $labels.namespace }} is renewed: a rotated password locks services out.",
    ),
)


def _refusals(limits: Limits) -> tuple[Alert, ...]:
    return (
        Alert(
            name="AuthFailuresHigh",
            expr=f"""
                sum by (namespace, reason) (rate(auth_failures_total[5m]))
                > {literal(limits.auth_failures_per_second)}""",
            for_="5m",
            severity="page",
            summary="Many logins are refused: {{ $labels.reason }}",
            description="{{ $value | humanize }} logins a second are refused: {{ $labels.reason }}.",
        ),
        Alert(
            name="TokensRefused",
            expr="""
                sum by (namespace) (rate(envoy_http_jwt_authn_denied[5m]))
                / (sum by (namespace) (rate(envoy_http_jwt_authn_denied[5m]))
                   + sum by (namespace) (rate(envoy_http_jwt_authn_allowed[5m])) > 1) > 0.5""",
            for_="10m",
            severity="page",
            summary="The gateway refuses most tokens",
            description="{{ $value | humanizePercentage }} of the tokens are refused: an attack, or the "
            "issuer's keys cannot be read.",
        ),
        Alert(
            name="ClusterAccessRefused",
            expr='sum by (code) (rate(apiserver_request_total{code=~"401|403"}[5m])) > 1',
            for_="10m",
            severity="ticket",
            summary="The API server refuses somebody: {{ $labels.code }}",
            description="{{ $value | humanize }} requests a second are refused with {{ $labels.code }}. "
            "Who it is stands in the audit log.",
        ),
        Alert(
            name="ConnectionsInClear",
            expr="""
                sum by (source_workload, destination_workload) (increase(
                  istio_tcp_connections_opened_total{connection_security_policy!="mutual_tls"}[10m])) > 0""",
            for_="10m",
            severity="ticket",
            summary="{{ $labels.source_workload }} talks in clear to {{ $labels.destination_workload }}",
            description="The mesh is strict; something goes around it.",
        ),
    )
