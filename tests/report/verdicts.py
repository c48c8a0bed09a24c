"""A verdict made by hand, with one of everything, on the sample plan; no policy of the project is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from plan.value import Secret
from policies.evaluate import RULE_ERROR, Verdict
from policies.exemption import Exemption
from policies.node import Node
from policies.outcome import Finding, Judgement, Outcome, Place
from policies.policy import Fix, Policy
from policies.registry import Registry
from policies.subject import Subject
from report.check.model import Check
from tests.report.sample import CLUSTER, DEPLOYMENT, SECRET, SUBNET, VPC, plan

TODAY = date(2026, 11, 23)
SPEC = Node({"spec": {"containers": [{}], "hostPID": True}}).at("spec")
NASTY = "container <api> | *runs* `as` root]]> \x1b[31m"


def rule(_: Subject) -> Iterator[Judgement]:
    yield from ()


def made(name: str, **facts: Any) -> Policy:
    told: dict[str, Any] = {
        "title": f"Title of {name}",
        "violation": f"{name} is violated",
        "severity": "medium",
        "category": "security",
        "reads": {"aws:ec2/vpc:Vpc": ("tags",)},
        "fix": Fix("suggest", "Do what mends it.", f"{name}=True"),
        "enforcement": "AAM",
        "soc2": ("CC6.1",),
        "cis": (),
        "why": f"Without {name} something goes wrong.",
    }
    return Policy(id=name, rule=rule, **{**told, **facts})


REGISTRY = Registry(
    [
        made(
            "k8s-privileged",
            severity="critical",
            soc2=("CC6.1", "CC6.8"),
            cis=("K5.2.2",),
            fix=Fix("auto", "Say false.", "privileged: false"),
        ),
        made("aws-flow-logs", category="operations", soc2=("CC7.2",), cis=("A4.7",)),
        made("aws-tags", severity="low", category="cost", soc2=("CC2.1",), cis=()),
        made("aws-encrypted", severity="high", parts=("storage", "backups"), soc2=("C1.1",), cis=("A3.2.1",)),
        made("aws-broken", soc2=("CC7.1",)),
        made("gcp-absent", soc2=("CC6.1",), cis=("G3.1",)),
        made("aws-off", enforcement="DDD", soc2=("A1.1",)),
    ]
)
LIVE = Exemption(
    "aws-encrypted#storage", "*cluster", "a scratch store of a test", "data@example.com", date(2026, 12, 1)
)
EXPIRED = replace(LIVE, policy="aws-tags", expires=date(2026, 1, 31))
UNUSED = replace(LIVE, urn="*nothing")


def finding(policy: str, urn: str, outcome: Outcome, message: str = "", **facts: Any) -> Finding:
    told: dict[str, Any] = {
        "part": "",
        "level": "mandatory",
        "places": (Place("tags.owner", message),) if message else (),
        **facts,
    }
    return Finding(policy=policy, urn=urn, outcome=outcome, **told)


FINDINGS = (
    finding(
        "k8s-privileged",
        DEPLOYMENT,
        Outcome.FAIL,
        NASTY,
        edits=(
            SPEC.at("containers").items()[0].at("privileged").becomes(value=False),
            SPEC.at("hostPID").removed(),
            SPEC.at("token").becomes(Secret(SECRET)),
        ),
    ),
    finding("aws-flow-logs", VPC, Outcome.FAIL, "flow logs are off", level="advisory"),
    finding("aws-flow-logs", SUBNET, Outcome.FAIL, "flow logs are off", level="advisory"),
    finding("aws-tags", VPC, Outcome.UNKNOWN, "known after deployment, whether it has no owner"),
    finding("aws-tags", SUBNET, Outcome.PASS),
    finding("aws-encrypted", CLUSTER, Outcome.FAIL, "it is in the clear", part="storage", exemption=LIVE),
    finding("aws-encrypted", CLUSTER, Outcome.PASS, part="backups"),
    finding("aws-broken", VPC, Outcome.UNKNOWN, f"{RULE_ERROR}: KeyError in aws.network"),
    finding("gcp-absent", "", Outcome.NOT_APPLICABLE, "the stack has no gcp:compute/network:Network"),
)


def check(*findings: Finding, source: str = "") -> Check:
    """The check of these findings; of all, when none are given."""
    verdict = Verdict(
        environment="dev",
        findings=findings or FINDINGS,
        disabled=("aws-off",),
        expired=(EXPIRED,),
        unused=(UNUSED,),
    )
    return Check(plan(), verdict, REGISTRY, TODAY, source)


def clean() -> Check:
    """The check of a plan with nothing wrong, and no exemption."""
    verdict = Verdict("prod", (finding("aws-tags", VPC, Outcome.PASS),), ("aws-off",), (), ())
    return Check(plan(), verdict, REGISTRY, TODAY)
