"""Exemptions hold for what they name, until they end, and nothing about them is silent."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2 as wire

from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret, encode
from policies.analyzer import Analyzer
from policies.evaluate import Verdict, evaluate
from policies.exemptions import FILE, TYPE, ExemptionError, check, read
from policies.outcome import Outcome
from policies.registry import load

TODAY = date(2030, 1, 1)
URN = "urn:pulumi:dev::trading-platform::aws:kms/key:Key::data"
PLAN = Plan(
    "trading-platform",
    "dev",
    "preview",
    (Resource(URN, "aws:kms/key:Key", "data", custom=True, inputs={"tags": {}}),),
)
GOOD: dict[str, Any] = {
    "policy": "aws-kms-rotation",
    "urn": "urn:pulumi:dev::*::aws:kms/key:Key::data",
    "reason": "the partner imports key material by hand",
    "owner": "keys@example.com",
    "expires": TODAY + timedelta(days=90),
}


def judged(entry: dict[str, Any], today: date = TODAY) -> Verdict:
    exemptions = check([entry], load(), TODAY)
    return evaluate(PLAN, environment="staging", exemptions=exemptions, today=today)


def test_an_exempt_violation_blocks_nothing_and_is_counted_as_exempt() -> None:
    before = evaluate(PLAN, environment="staging", today=TODAY).counts
    verdict = judged(GOOD)
    finding = next(one for one in verdict.findings if one.policy == "aws-kms-rotation")
    assert finding.outcome is Outcome.FAIL
    assert finding.exemption is not None
    assert finding.exemption.owner == "keys@example.com"
    assert not finding.is_blocking
    assert verdict.counts.exempt == 1
    assert verdict.counts.mandatory == before.mandatory - 1
    assert verdict.unused == verdict.expired == ()


def test_the_day_after_its_end_the_finding_is_back_and_the_exemption_is_reported() -> None:
    last_day = judged(GOOD, today=GOOD["expires"])
    assert last_day.counts.exempt == 1
    verdict = judged(GOOD, today=GOOD["expires"] + timedelta(days=1))
    assert verdict.counts.exempt == 0
    assert [one.policy for one in verdict.expired] == ["aws-kms-rotation"]
    assert any(one.policy == "aws-kms-rotation" for one in verdict.blocking)
    assert verdict.unused == ()


@pytest.mark.parametrize("other", [{"urn": "*::aws:kms/key:Key::other"}, {"policy": "aws-rds-encrypted"}])
def test_an_exemption_that_covers_nothing_is_reported(other: dict[str, Any]) -> None:
    verdict = judged(GOOD | other)
    assert len(verdict.unused) == 1
    assert verdict.counts.exempt == 0


def test_an_exemption_can_name_one_part_and_leaves_the_others() -> None:
    group = Resource(
        "urn:sg",
        "aws:ec2/securityGroup:SecurityGroup",
        "sg",
        custom=True,
        inputs={"ingress": [{"protocol": "-1", "cidrBlocks": ["0.0.0.0/0"]}]},
    )
    entry = GOOD | {
        "policy": "aws-sg-no-public-admin#ssh",
        "urn": "urn:s?",
        "expires": TODAY + timedelta(days=30),
    }
    verdict = evaluate(
        Plan("p", "dev", "preview", (group,)),
        environment="prod",
        exemptions=check([entry], load(), TODAY),
        today=TODAY,
    )
    found = {
        one.part: bool(one.exemption) for one in verdict.findings if one.policy == "aws-sg-no-public-admin"
    }
    assert found == {"ssh": True, "rdp": False, "database": False}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reason": "needed"}, "the reason 'needed' is shorter than 15 characters"),
        ({"reason": "   needed        "}, "is shorter than 15 characters"),
        ({"owner": ""}, "it has no owner"),
        ({"expires": None}, "it has no expires"),
        ({"expires": "soon"}, "expires is 'soon', expected a day such as 2030-01-31"),
        ({"expires": TODAY + timedelta(days=91)}, "may be exempt for 90 days: 2030-04-01 at most"),
        (
            {"policy": "k8s-no-privileged", "expires": TODAY + timedelta(days=31)},
            "a critical policy may be exempt for 30",
        ),
        ({"policy": "aws-kms-rotate"}, "there is no policy 'aws-kms-rotate'"),
        ({"policy": "aws-kms-rotation#spin"}, "has no part 'spin'; it has: none"),
        ({"policy": "aws-ec2-imdsv2#token"}, "it has: tokens, hop-limit"),
        ({"urn": "*"}, "would exempt the whole stack"),
        ({"urn": 3}, "urn is 3, expected a text"),
        ({"until": "2030-01-02"}, "unknown key 'until', expected policy, urn, reason, owner, expires"),
    ],
)
def test_a_void_exemption_is_refused_with_what_is_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ExemptionError) as refused:
        check([GOOD | change], load(), TODAY)
    assert f"exemption 1 is void: {message.split(' ', maxsplit=1)[0]}" in str(
        refused.value
    ) or message in str(refused.value)
    assert message in str(refused.value)
    assert "an exemption looks like this" in str(refused.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ExemptionError) as refused:
        check([GOOD | {"reason": "x"}, "text", GOOD | {"policy": "none"}], load(), TODAY)
    assert str(refused.value).count("is void") == 3
    with pytest.raises(ExemptionError, match="expected a list of exemptions, got dict"):
        check({"policy": "x"}, load(), TODAY)


def test_the_projects_own_file_is_valid_and_its_example_is_too(tmp_path: Path) -> None:
    today = date.today()  # noqa: DTZ011 - any day will do
    assert len(read(FILE, load(), today)) <= 3
    text = FILE.read_text(encoding="utf-8")
    example = "\n".join(line[2:] for line in text.splitlines() if line.startswith(("# - ", "#   ")))
    path = tmp_path / "exemptions.yaml"
    path.write_text(example, encoding="utf-8")
    assert [one.owner for one in read(path, load(), date(2030, 1, 1))] == ["network@example.com"]
    path.write_text("", encoding="utf-8")
    assert read(path, load(), today) == ()


SAID: dict[str, Any] = {
    "policy": "aws-kms-rotation",
    "resource": "data",
    "reason": "the partner imports key material by hand",
    "owner": "keys@example.com",
    "expires": "2030-03-02",
}


def telling(**change: Any) -> Resource:
    """The component by which a program says an exemption."""
    urn = f"urn:pulumi:dev::trading-platform::{TYPE}::partner-keys"
    return Resource(urn, TYPE, "partner-keys", custom=False, inputs=SAID | change)


def declared(*telling: Resource, today: date = TODAY) -> Verdict:
    plan = Plan("trading-platform", "dev", "preview", (*PLAN, *telling))
    return evaluate(plan, environment="staging", today=today)


@pytest.mark.parametrize("named", ["data", URN, "urn:pulumi:*::aws:kms/key:Key::d?ta"])
def test_a_program_can_say_an_exemption_too_and_it_counts_the_same(named: str) -> None:
    verdict = declared(telling(resource=named))
    (covered,) = [one for one in verdict.findings if one.exemption]
    assert (covered.policy, covered.urn) == ("aws-kms-rotation", URN)
    assert not covered.is_blocking
    assert verdict.counts.exempt == 1
    assert verdict.unused == verdict.expired == ()


@pytest.mark.parametrize("named", ["dat", "ata", "d*", "d[a]ta", "other"])
def test_a_logical_name_means_that_name_to_the_letter(named: str) -> None:
    verdict = declared(telling(resource=named))
    assert verdict.counts.exempt == 0
    assert [one.policy for one in verdict.unused] == ["aws-kms-rotation"]


def test_what_a_program_exempts_ends_as_well() -> None:
    assert declared(telling(), today=date(2030, 3, 2)).counts.exempt == 1
    verdict = declared(telling(), today=date(2030, 3, 3))
    assert verdict.counts.exempt == 0
    assert [one.expires for one in verdict.expired] == [date(2030, 3, 2)]
    assert verdict.unused == ()
    assert any(one.policy == "aws-kms-rotation" for one in verdict.blocking)


VOID: list[tuple[dict[str, Any], str]] = [
    ({"reason": "needed"}, "the reason 'needed' is shorter than 15 characters"),
    ({"reason": None}, "it has no reason"),
    ({"owner": ""}, "it has no owner"),
    ({"resource": ""}, "it has no resource"),
    ({"resource": "*"}, "would exempt the whole stack"),
    ({"expires": "soon"}, "expires is 'soon', expected a day such as 2030-01-31"),
    ({"expires": "2030-04-02"}, "may be exempt for 90 days: 2030-04-01 at most"),
    ({"expires": "2030-02-01", "policy": "k8s-no-privileged"}, "a critical policy may be exempt for 30 days"),
    ({"policy": "aws-kms-rotate"}, "there is no policy 'aws-kms-rotate'"),
    ({"policy": UNKNOWN}, "its policy is a secret or is known only after the deployment"),
    ({"reason": Secret("the partner imports keys")}, "its reason is a secret or is known only after"),
    ({"until": "2030-01-02"}, "unknown key 'until'"),
]


@pytest.mark.parametrize(("change", "message"), VOID)
def test_a_void_one_in_the_program_is_refused_by_its_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ExemptionError) as refused:
        declared(telling(**change))
    assert str(refused.value).startswith("the exemption partner-keys is void: ")
    assert message in str(refused.value)
    assert "imports keys" not in str(refused.value)


def test_all_that_are_void_in_the_program_are_said_at_once() -> None:
    with pytest.raises(ExemptionError) as refused:
        declared(telling(reason="needed", expires="soon"), telling(owner=""))
    assert str(refused.value).count("is void") == 3


def heard(*resources: Resource, today: date = TODAY) -> list[tuple[str, str, str]]:
    """Policy, level and first line of all that the engine hears when it asks in this order."""
    pack = Analyzer()
    stack = {"trading-platform:environment": "staging"}
    pack.ConfigureStack(wire.AnalyzerStackConfigureRequest(stack="some", config=stack), None)
    pack._asked().today = today  # pyright: ignore[reportPrivateUsage]
    said: list[wire.AnalyzeDiagnostic] = []
    for one in resources:
        asked = wire.AnalyzeRequest(urn=one.urn, type=one.type, name=one.name, properties=encode(one.inputs))
        said += pack.Analyze(asked, None).diagnostics
    said += pack.AnalyzeStack(wire.AnalyzeStackRequest(), None).diagnostics
    levels = {wire.MANDATORY: "mandatory", wire.ADVISORY: "advisory"}
    return [
        (one.policyName, levels[one.enforcementLevel], one.message.splitlines()[0])
        for one in said
        if one.policyName == "aws-kms-rotation" or one.policyName.startswith("exemption-")
    ]


def test_the_engine_hears_the_same_once_it_has_seen_the_exemption() -> None:
    (key,) = PLAN
    ((policy, level, message),) = heard(telling(), key)
    assert (policy, level) == ("aws-kms-rotation", "advisory")
    assert message.startswith(
        "aws-kms-rotation: exempt until 2030-03-02 (the partner imports key material by hand): "
    )


def test_the_engine_is_told_of_exemptions_that_ended_or_cover_nothing() -> None:
    (key,) = PLAN
    rotation, ended = heard(telling(), key, today=date(2030, 3, 3))
    assert rotation[:2] == ("aws-kms-rotation", "mandatory")
    assert ended == (
        "exemption-expired",
        "advisory",
        "the exemption from aws-kms-rotation ended 2030-03-02: its finding is back",
    )
    *_, unused = heard(telling(resource="other"), key)
    assert unused == (
        "exemption-unused",
        "advisory",
        "the exemption from aws-kms-rotation covers nothing: remove it",
    )


@pytest.mark.parametrize(("change", "message"), VOID)
def test_a_void_one_stops_the_engine_and_covers_nothing(change: dict[str, Any], message: str) -> None:
    (key,) = PLAN
    void, rotation = heard(telling(**change), key)
    assert void[:2] == ("exemption-void", "mandatory")
    assert message in void[2]
    assert rotation[:2] == ("aws-kms-rotation", "mandatory")


def test_an_exemption_that_became_void_covers_nothing_any_more() -> None:
    (key,) = PLAN
    found = heard(telling(), key, telling(reason="needed"), key)
    assert [(policy, level) for policy, level, _ in found] == [
        ("aws-kms-rotation", "advisory"),
        ("exemption-void", "mandatory"),
        ("aws-kms-rotation", "mandatory"),
    ]
