"""An account that watches itself, as its parts make it, and readers of the two pattern languages it uses."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Final

import pulumi
from pulumi_aws import s3

from components.aws.account_baseline import AccountBaseline, AccountBaselineArgs
from components.aws.alerts import Alerts, AlertsArgs
from components.aws.audit import Audit, AuditArgs
from components.aws.document import Statement, document
from components.aws.region_baseline import RegionBaseline, RegionBaselineArgs
from components.base import Part
from components.naming import Naming
from config.settings import Environment
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT, REGION, deploy, key

EMAIL: Final = "sre@example.com"
LOG_DAYS: Final = 377
AUDIT_BUCKET, RECORD_BUCKET = "trading-prod-audit", "trading-prod-access-logs"
AUDIT_ARNS = ("arn:aws:s3:::trading-prod-audit", "arn:aws:s3:::trading-prod-audit-dr")
DATA_ARNS = ("arn:aws:s3:::trading-prod-data", "arn:aws:s3:::trading-prod-data-dr")


@dataclass(frozen=True)
class Account:
    """What differs between environments and regions, as far as these parts are concerned."""

    environment: Environment = "prod"
    home: bool = True
    protect: bool = True


PROD: Final = Account()
SECOND_REGION: Final = Account(home=False)
DEV: Final = Account("dev", protect=False)


class Doors(Part):
    """Stands for the storage room: what lets services into buckets is somewhere inside."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        s3.BucketPolicy(
            self.named("policy"), bucket="any", policy="{}", opts=pulumi.ResourceOptions(parent=self)
        )
        self.finish()


@cache
def watched(account: Account = PROD) -> Plan:
    """Alerts, trail and both baselines, wired as a stack wires them. Recorded once an account."""
    return deploy(lambda opts: _account(account, opts))


def _account(account: Account, opts: pulumi.ResourceOptions) -> None:
    naming, protect = Naming(account.environment), account.protect
    storage = Doors("storage", opts)
    alerts = Alerts(
        "alerts",
        AlertsArgs(naming=naming, account=ACCOUNT, region=REGION, log_key_arn=key("logs"), email=EMAIL),
        opts,
    )
    Audit(
        "audit",
        AuditArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            bucket_name=AUDIT_BUCKET,
            audit_bucket_arns=AUDIT_ARNS,
            data_bucket_arns=DATA_ARNS,
            log_key_arn=key("logs"),
            log_days=LOG_DAYS,
            topic_arn=alerts.topic_id,
            protect=protect,
            after=[storage],
        ),
        opts,
    )
    baseline = AccountBaseline("account", AccountBaselineArgs(account=ACCOUNT, protect=protect), opts)
    RegionBaseline(
        "baseline",
        RegionBaselineArgs(
            naming=naming,
            account=ACCOUNT,
            region=REGION,
            home=account.home,
            config_role_arn=baseline.config_role_arn,
            bucket_name=RECORD_BUCKET,
            topic_arn=alerts.topic_id,
            protect=protect,
            after=[storage],
        ),
        opts,
    )


def as_aws_reads(given: Sequence[Statement]) -> list[dict[str, Any]]:
    """Statements by way of the document that they become."""
    found: list[dict[str, Any]] = json.loads(document(*given))["Statement"]
    return found


def takes(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether a metric filter's pattern over JSON takes the event, as CloudWatch Logs reads it."""
    tokens = re.findall(r'"[^"]*"|&&|\|\||!=|[()=]|NOT EXISTS|\$[\w.]+', pattern.strip("{} "))
    assert "".join(tokens).replace(" ", "") == re.sub(r"[{}\s]", "", pattern), "a token that is not known"
    found = _either(tokens, event)
    assert not tokens, f"not read: {tokens}"
    return found


def _either(tokens: list[str], event: Mapping[str, Any]) -> bool:
    found = _both(tokens, event)
    while tokens and tokens[0] == "||":
        tokens.pop(0)
        found = _both(tokens, event) or found
    return found


def _both(tokens: list[str], event: Mapping[str, Any]) -> bool:
    found = _one(tokens, event)
    while tokens and tokens[0] == "&&":
        tokens.pop(0)
        found = _one(tokens, event) and found
    return found


def _one(tokens: list[str], event: Mapping[str, Any]) -> bool:
    if tokens[0] == "(":
        tokens.pop(0)
        found = _either(tokens, event)
        assert tokens.pop(0) == ")"
        return found
    value: Any = event
    for step in tokens.pop(0).removeprefix("$.").split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    relation = tokens.pop(0)
    if relation == "NOT EXISTS":
        return value is None
    same = fnmatchcase(str(value), tokens.pop(0).strip('"'))
    return value is not None and (same if relation == "=" else not same)


COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {">=": operator.ge, ">": operator.gt}


def matches(pattern: object, event: object) -> bool:
    """Whether an event pattern takes the event, as EventBridge reads it: one of a list is enough."""
    if isinstance(event, list):
        return any(matches(pattern, one) for one in event)
    if isinstance(pattern, Mapping):
        return isinstance(event, Mapping) and all(
            name in event and matches(inner, event[name]) for name, inner in pattern.items()
        )
    assert isinstance(pattern, Sequence)
    return any(_accepted(one, event) for one in pattern)


def _accepted(wanted: object, value: object) -> bool:
    if not isinstance(wanted, Mapping):
        return wanted == value
    ((kind, argument),) = wanted.items()
    if kind == "anything-but":
        return value not in argument
    assert kind == "numeric"
    relation, bound = argument
    return isinstance(value, int | float) and COMPARE[relation](value, bound)
