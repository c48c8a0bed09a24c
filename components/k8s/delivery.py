"""How a new version of a web service takes over, and by what it is judged.

**canary**: a share of the traffic, then half of it, then all; each share is watched. **blue-green**: a whole
second set of pods first, a share of the traffic to it, watched, then a person's word, then all of it, and the
old set stays for five minutes. (Argo's own ``blueGreen`` knows only none and all.) **rolling**: pod by pod,
where there is no traffic to judge by.

The judgement (an AnalysisTemplate) is of three questions: are requests answered, are they answered as fast as
by the pods of today, does the market refuse more orders. A share passes once each has been answered well as
often, one time after the other, as it is watched for minutes. One that fails takes all traffic from the new
pods at once. So does a Prometheus that does not answer: what cannot be seen is not let loose.

Too little traffic to tell is no answer: the question is asked again, for a week at most, and an alarm tells
people, who may promote it. Argo's own word for that, an inconclusive analysis, would pause the rollout, and a
rollout that is paused so is not scaled (`docs/cursed-knowledge.md`): the old pods would stay as few as they
were in the quiet night when the market opens.

The weights are moved in the HTTPRoute by Argo's Gateway API plugin. ``dynamicStableScale`` stays off: with it
an abort could leave traffic on the new pods for ever (argo-rollouts#4841), and the old pods would have to be
started again before a way back is one.

The way back to an older version is a version like any other, which is judged; a person who will not wait
promotes it in full, and it gets all traffic as soon as all its pods are there.

Sources: Argo Rollouts 1.9, *Canary*, *Analysis*; argo-rollouts#3078 (an abort keeps the
new pods for a while, so that no request is sent to a pod that is gone).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import pulumi

from components.k8s.places import CANARY_SUFFIX, PROMETHEUS_URL

__all__ = ["TRAFFIC_PLUGIN", "Delivery", "analysis_template", "rollout_strategy"]

Strategy = Literal["rolling", "canary", "blue-green"]

TRAFFIC_PLUGIN: Final = "argoproj-labs/gatewayAPI"
HALF, ALL = 50, 100
ABORT_SECONDS: Final = 60
"""New pods live on after an abort, until every balancer has forgotten them."""
FAREWELL: Final = "5m"
"""The old set stays so long after the last request was turned over."""
WINDOW: Final = "2m"
"""Rates are of so long: four scrapes and more."""

ENOUGH_REQUESTS: Final = 20
"""So many while a share is watched, or nothing can be told of them."""
PATIENCE: Final = 7 * 24 * 60
"""Answers after which nobody waits any more: a week of minutes."""
GOOD_RATIO, BAD_RATIO = 0.999, 0.995
SLOWER: Final = 1.2
"""Times the latency of the pods of today."""
FASTEST: Final = 0.01
"""Seconds: among faster answers than this, a factor says nothing."""
REJECTED: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Which way, in what steps."""

    strategy: Strategy = "rolling"
    percent: int = 10
    """Share of the traffic that the new version has first."""
    watch_minutes: int = 10
    """Each share is watched for so long."""


def rollout_strategy(service: str, namespace: pulumi.Input[str], delivery: Delivery) -> dict[str, Any]:
    """``spec.strategy`` of the service's Rollout."""
    pace = {"maxSurge": "25%", "maxUnavailable": 0}
    if delivery.strategy == "rolling":
        return {"canary": pace}
    return {
        "canary": {
            **pace,
            "stableService": service,
            "canaryService": service + CANARY_SUFFIX,
            "dynamicStableScale": False,
            "abortScaleDownDelaySeconds": ABORT_SECONDS,
            "minPodsPerReplicaSet": 2,  # of one pod alone a single restart would be a verdict
            "trafficRouting": {"plugins": {TRAFFIC_PLUGIN: _route(service, namespace)}},
            "steps": _steps(service, delivery),
        }
    }


def _route(service: str, namespace: pulumi.Input[str]) -> dict[str, Any]:
    # The label by which the plugin marks a route under way would be a difference to every deployment.
    return {"httpRoute": service, "namespace": namespace, "disableInProgressLabel": True}


def _steps(service: str, delivery: Delivery) -> list[dict[str, Any]]:
    judged: dict[str, Any] = {
        "analysis": {
            "templates": [{"templateName": service}],
            "args": [
                {"name": name, "valueFrom": {"podTemplateHashValue": which}}
                for name, which in (("canary-hash", "Latest"), ("stable-hash", "Stable"))
            ],
        }
    }
    if delivery.strategy == "canary":
        further = [] if delivery.percent >= HALF else [{"setWeight": HALF}, judged]
        return [{"setWeight": delivery.percent}, judged, *further]
    return [
        {"setCanaryScale": {"weight": ALL}},
        {"setWeight": delivery.percent},
        judged,
        {"pause": {}},
        {"setWeight": ALL},
        {"pause": {"duration": FAREWELL}},
    ]


def analysis_template(service: str, delivery: Delivery) -> dict[str, Any]:
    """``spec`` of the AnalysisTemplate: it is handed the hashes of the new and of the present pods."""
    return {
        "args": [{"name": "canary-hash"}, {"name": "stable-hash"}],
        "metrics": [_measured(service, delivery.watch_minutes, one) for one in _questions(service)],
    }


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    query: str
    good: str
    bad: str
    failures: int
    """So many bad answers are borne; one more ends the rollout."""


def _of(service: str, which: str, *more: str) -> str:
    """The label matchers of one set of pods: ``{{args.…}}`` is filled by Argo."""
    pods = f'rollouts_pod_template_hash="{{{{args.{which}-hash}}}}"'
    return ",".join((*([f'service="{service}"'] if service else []), pods, *more))


def _questions(service: str) -> Sequence[_Question]:
    requests, failed = _of(service, "canary"), _of(service, "canary", 'code=~"5.."')
    orders, rejected = _of("", "canary"), _of("", "canary", 'result="rejected"')
    fast, now = (_latency(_of(service, which)) for which in ("canary", "stable"))
    return (
        _Question(
            "success-rate",
            f"1 - (sum(rate(api_requests_total{{{failed}}}[{WINDOW}])) or vector(0))"
            f" / sum(rate(api_requests_total{{{requests}}}[{WINDOW}]))",
            good=f">= {GOOD_RATIO}",
            bad=f"< {BAD_RATIO}",
            failures=2,
        ),
        _Question(
            "latency-against-stable",
            f"{fast} / clamp_min({now}, {FASTEST})",
            good=f"<= {SLOWER}",
            bad=f"> {SLOWER}",
            failures=2,
        ),
        _Question(
            "order-reject-ratio",
            # No order at all is none rejected: not every service places orders.
            f"(sum(rate(orders_total{{{rejected}}}[{WINDOW}])) or vector(0))"
            f" / (sum(rate(orders_total{{{orders}}}[{WINDOW}])) > 0 or vector(1))",
            good=f"<= {REJECTED}",
            bad=f"> {REJECTED}",
            failures=1,
        ),
    )


def _latency(pods: str) -> str:
    buckets = f"sum by (le) (rate(api_request_duration_seconds_bucket{{{pods}}}[{WINDOW}]))"
    return f"histogram_quantile(0.95, {buckets})"


def _measured(service: str, minutes: int, question: _Question) -> dict[str, Any]:
    """Once a minute. Neither good nor bad is what lies between the two, and what too few requests tell."""
    requests = f"sum(increase(api_requests_total{{{_of(service, 'canary')}}}[{minutes}m]))"
    there = "len(result) > 0 && !isNaN(result[0])"
    return {
        "name": question.name,
        "initialDelay": "1m",
        "interval": "1m",
        "consecutiveSuccessLimit": minutes,
        "successCondition": f"{there} && result[0] {question.good}",
        "failureCondition": f"{there} && result[0] {question.bad}",
        "failureLimit": question.failures,
        "count": PATIENCE,
        "inconclusiveLimit": PATIENCE,
        "consecutiveErrorLimit": 4,
        "provider": {
            "prometheus": {
                "address": PROMETHEUS_URL,
                "query": f"({question.query}) and on () ({requests} >= {ENOUGH_REQUESTS})",
            }
        },
    }
