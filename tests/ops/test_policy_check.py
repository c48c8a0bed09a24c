"""``tradectl policy check``, ``controls``, ``exemptions``, ``cases``: what goes in and what comes out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ops.adapters.console import Progress
from ops.services import cases, judging
from plan.export import to_deployment
from plan.resource import Plan
from plan.saved import to_document
from policies.foreign import ForeignCase
from report.check.model import Check
from tests.ops.conftest import Desk, Ended
from tests.report import verdicts
from tests.report.sample import SECRET, plan

Call = Callable[..., Ended]
OUT = ("out.sarif", "out.json", "out.xml", "out.md", "out.txt")


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """The policies have nothing against anything."""

    def judged(*_: object) -> Check:
        return verdicts.clean()

    monkeypatch.setattr(judging, "_judged", judged)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, str, date, str]]:
    """The policies have something against everything; the list fills with what they were asked."""
    asked: list[tuple[Plan, str, date, str]] = []

    def judged(found: Plan, environment: str, today: date, source: str) -> Check:
        asked.append((found, environment, today, source))
        return verdicts.check(source=source)

    monkeypatch.setattr(judging, "_judged", judged)
    return asked


def saved(folder: Path, document: object, name: str = "plan.json") -> Path:
    file = folder / name
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


# ------------------------------------------------------------------------------ exit codes


@pytest.mark.usefixtures("desk", "clean")
def test_nothing_mandatory_ends_in_0(tradectl: Call) -> None:
    assert tradectl("policy", "check", "dev").code == 0


@pytest.mark.usefixtures("desk", "broken")
def test_a_mandatory_violation_ends_in_5_in_every_form(tradectl: Call) -> None:
    for form in ("text", "json", "junit", "sarif", "markdown"):
        assert tradectl("policy", "check", "dev", "--format", form).code == 5


@pytest.mark.usefixtures("desk", "broken")
def test_a_control_report_ends_in_0_whatever_it_says(tradectl: Call) -> None:
    assert tradectl("policy", "controls", "dev").code == 0


def test_a_stack_that_there_is_not_ends_in_6_and_a_file_in_2(tradectl: Call, tmp_path: Path) -> None:
    ended = tradectl("policy", "check", "stagin")
    assert (ended.code, ended.out) == (6, "")
    assert "did you mean 'staging'?" in ended.err
    ended = tradectl("policy", "check", tmp_path / "none.json")
    assert ended.code == 2
    assert "cannot be read" in ended.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("config: {}", "it is not JSON"),
        ("[]", "it holds a JSON list"),
        ('{"openapi": "3"}', "it is some other JSON, with openapi"),
        ('{"version": 3, "deployment": {"resources": []}}', "no resources"),
        ('{"apiVersion": "tradectl/v1", "kind": "PolicyCheck"}', "it is a PolicyCheck, which has no plan"),
    ],
)
def test_a_file_without_a_plan_is_refused_with_what_it_holds_and_what_was_wanted(
    tradectl: Call, tmp_path: Path, content: str, said: str
) -> None:
    file = tmp_path / "state.json"
    file.write_text(content, encoding="utf-8")
    ended = tradectl("policy", "check", file)
    assert (ended.code, ended.out) == (2, "")
    assert f"{file} cannot be judged: " in ended.err
    assert said in ended.err
    assert "pulumi stack export" in ended.err


# ----------------------------------------------------------------------------- what is judged


def test_a_deployed_state_and_a_plan_in_a_file_are_judged_as_what_their_stack_is(
    tradectl: Call, tmp_path: Path, broken: list[tuple[Plan, str, date, str]]
) -> None:
    for document in (to_deployment(plan("up")), to_document(plan())):
        file = saved(tmp_path, document)
        assert tradectl("policy", "check", file, "--today", "2026-12-24").code == 5
        found, environment, today, source = broken.pop()
        assert (found.stack, environment, today, source) == ("dev", "dev", date(2026, 12, 24), str(file))
        assert tradectl("policy", "check", file, "--environment", "prod").code == 5
        assert broken.pop()[1] == "prod"


@pytest.mark.usefixtures("desk")
def test_without_a_name_it_is_the_stack_of_the_environment_or_dev(
    tradectl: Call, broken: list[tuple[Plan, str, date, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    for arguments in ((), ("--environment", "dev"), ("dev",)):
        assert tradectl("policy", "check", *arguments).code == 5
        assert broken.pop()[1:] == ("dev", judging.today_or(None), "")
    monkeypatch.setenv("PULUMI_STACK", "organization/project/nosuch")
    assert tradectl("policy", "check").code == 6


def test_an_environment_that_there_is_not_is_refused(tradectl: Call, tmp_path: Path) -> None:
    ended = tradectl("policy", "check", saved(tmp_path, to_document(plan())), "--environment", "production")
    assert ended.code == 2
    assert "expected dev, staging, prod" in ended.err


def test_the_real_policies_judge_a_state_and_no_secret_of_it_is_told(tradectl: Call, tmp_path: Path) -> None:
    file = saved(tmp_path, to_deployment(plan("up")))
    for form in ("text", "json", "junit", "sarif", "markdown"):
        ended = tradectl("policy", "check", file, "--environment", "prod", "--format", form)
        assert ended.code == 5
        assert SECRET not in ended.out
        assert "aws-database-cluster" in ended.out or "database › cluster" in ended.out


# ----------------------------------------------------------------------------- what comes out


@pytest.mark.usefixtures("desk", "broken")
def test_one_run_writes_every_form_and_says_the_verdict_in_the_log(tradectl: Call, tmp_path: Path) -> None:
    outs = [argument for name in OUT for argument in ("--out", tmp_path / name)]
    for _ in range(2):
        ended = tradectl("policy", "check", "dev", *outs)
        assert ended.code == 5
        assert "mandatory  k8s-privileged" in ended.out
    assert json.loads((tmp_path / "out.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["kind"] == "PolicyCheck"
    assert (tmp_path / "out.xml").read_text(encoding="utf-8").startswith("<?xml")
    assert (tmp_path / "out.md").read_text(encoding="utf-8").startswith("<!-- tradectl")


@pytest.mark.usefixtures("desk", "broken")
def test_alerts_are_shown_at_the_stack_s_own_file(tradectl: Call) -> None:
    found = json.loads(tradectl("policy", "check", "dev", "--format", "sarif").out)
    (location, *_) = found["runs"][0]["results"][0]["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"


@pytest.mark.usefixtures("desk", "broken")
def test_a_form_can_be_said_for_one_file_of_any_name(tradectl: Call, tmp_path: Path) -> None:
    assert tradectl("policy", "check", "dev", "--format", "junit", "--out", tmp_path / "report").code == 5
    assert (tmp_path / "report").read_text(encoding="utf-8").startswith("<?xml")
    ended = tradectl("policy", "check", "dev", "--out", tmp_path / "other")
    assert ended.code == 2
    assert "does not say which form it is to have" in ended.err


@pytest.mark.usefixtures("desk")
def test_another_s_file_is_left_alone_and_nothing_is_judged_for_it(
    tradectl: Call, tmp_path: Path, broken: list[tuple[Plan, str, date, str]]
) -> None:
    for name in OUT:
        (tmp_path / name).write_text("mine", encoding="utf-8")
        ended = tradectl("policy", "check", "dev", "--out", tmp_path / name)
        assert ended.code == 2
        assert "left alone" in ended.err
        assert (tmp_path / name).read_text(encoding="utf-8") == "mine"
    assert broken == []


@pytest.mark.usefixtures("desk", "clean")
def test_quiet_says_nothing_when_all_is_well(tradectl: Call) -> None:
    assert tradectl("policy", "check", "dev", "--quiet") == Ended(0, "", "")


# --------------------------------------------------------------------------------- controls


@pytest.mark.usefixtures("desk", "broken")
def test_controls_are_told_in_every_form(tradectl: Call, tmp_path: Path) -> None:
    found = json.loads(tradectl("policy", "controls", "dev", "--format", "json").out)
    assert [framework["key"] for framework in found["frameworks"]][:2] == ["soc2", "cis-aws"]
    assert tradectl("policy", "controls", "dev", "--format", "markdown").out.startswith("<!-- tradectl")
    for _ in range(2):
        outs = [argument for name in ("c.html", "c.md", "c.json") for argument in ("--out", tmp_path / name)]
        assert tradectl("policy", "controls", "dev", *outs).code == 0
    assert "<title>Controls" in (tmp_path / "c.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("desk", "broken")
def test_one_framework_is_told_in_full(tradectl: Call) -> None:
    shown = tradectl("policy", "controls", "dev", "--framework", "dora").out
    assert "no policy for" in shown
    assert "SOC 2 (Trust" not in shown
    ended = tradectl("policy", "controls", "dev", "--framework", "hipaa")
    assert ended.code == 2
    assert "expected one of soc2, cis-aws" in ended.err


# ------------------------------------------------------------------------------- exemptions

ENTRY = """\
- policy: aws-kms-rotation
  urn: "urn:pulumi:dev::*::scratch"
  reason: a scratch key that goes away
  owner: keys@example.com
  expires: {expires}
"""


def test_exemptions_are_told_by_whether_they_hold(tradectl: Call, tmp_path: Path) -> None:
    file = tmp_path / "exemptions.yaml"
    void = "- policy: no-such-policy\n  urn: x\n"
    text = ENTRY.format(expires="2026-12-01") + ENTRY.format(expires="2026-01-01") + void
    file.write_text(text, encoding="utf-8")
    ended = tradectl("policy", "exemptions", "--file", file, "--today", "2026-11-23")
    assert ended.code == 2
    assert ended.out.startswith("1 live, 1 expired, 1 void on 2026-11-23\n")
    assert "until 2026-12-01, keys@example.com: a scratch key that goes away" in ended.out
    assert "ended 2026-01-01" in ended.out
    assert "exemption 3  it has no reason" in ended.out
    found = json.loads(
        tradectl("policy", "exemptions", "--file", file, "--today", "2026-11-23", "--json").out
    )
    assert [len(found[kind]) for kind in ("live", "expired", "void")] == [1, 1, 1]
    assert found["void"][0]["number"] == 3


def test_the_project_s_own_exemptions_are_not_void(tradectl: Call) -> None:
    assert tradectl("policy", "exemptions").code == 0


@pytest.mark.parametrize("content", ["a: b", "- [", "text"])
def test_a_file_that_holds_no_list_is_refused(tradectl: Call, tmp_path: Path, content: str) -> None:
    file = tmp_path / "exemptions.yaml"
    file.write_text(content, encoding="utf-8")
    assert tradectl("policy", "exemptions", "--file", file).code == 2


# ------------------------------------------------------------------------------------- cases

CASE = {
    "case": "one",
    "resources": [{"type": "aws:kms/key:Key", "name": "key", "props": {"enableKeyRotation": False}}],
}


def test_outcomes_are_written_one_a_line(tradectl: Call, tmp_path: Path) -> None:
    saved(tmp_path, CASE, "aws.jsonl")
    out = tmp_path / "outcomes.out"
    for _ in range(2):
        assert tradectl("policy", "cases", tmp_path, "--mode", "up", "--out", out).code == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    wanted = {"case": "one", "policy": "aws-kms-rotation", "resource": "key", "outcome": "fail", "sub": ""}
    assert wanted in lines


def test_a_broken_line_is_named_and_leaves_no_file(tradectl: Call, tmp_path: Path) -> None:
    (tmp_path / "aws.jsonl").write_text(f"{json.dumps(CASE)}\n{{\n", encoding="utf-8")
    ended = tradectl("policy", "cases", tmp_path, "--mode", "up", "--out", tmp_path / "out")
    assert ended.code == 2
    assert "aws.jsonl:2: it is not JSON" in ended.err
    assert not (tmp_path / "out").exists()


def test_a_folder_without_cases_is_refused(tradectl: Call, tmp_path: Path) -> None:
    assert tradectl("policy", "cases", tmp_path, "--mode", "up", "--out", tmp_path / "x").code == 2
    ended = tradectl("policy", "cases", tmp_path / "none", "--mode", "up", "--out", tmp_path / "x")
    assert "there is no folder" in ended.err


def test_ctrl_c_ends_in_8_and_leaves_no_file(
    tradectl: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: Path) -> Iterator[ForeignCase]:
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(cases, "read", interrupted)
    saved(tmp_path, CASE, "aws.jsonl")
    ended = tradectl("policy", "cases", tmp_path, "--mode", "up", "--out", tmp_path / "out")
    assert (ended.code, ended.err) == (8, "cancelled\n")
    assert not (tmp_path / "out").exists()


def test_every_case_moves_the_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def say(_: Progress, text: str) -> None:
        said.append(text)

    monkeypatch.setattr(Progress, "__call__", say)
    lines = "".join(f"{json.dumps(CASE)}\n" for _ in range(60))
    (tmp_path / "aws.jsonl").write_text(lines, encoding="utf-8")
    cases.run(tmp_path, "up", tmp_path / "out", quiet=True)
    assert said == [f"judging aws.jsonl, case {number}" for number in (1, 26, 51)]


def test_the_desk_s_plan_is_recorded_in_the_mode_that_was_asked_for(
    tradectl: Call, desk: Desk, broken: list[tuple[Plan, str, date, str]]
) -> None:
    made = desk.plan
    modes: list[str] = []
    desk.plan = lambda mode: (modes.append(mode), made(mode))[1]
    assert tradectl("policy", "check", "dev", "--mode", "up").code == 5
    assert modes == ["up"]
    assert broken
