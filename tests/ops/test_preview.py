"""``tradectl preview``: exit codes, files, forms of output."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plan.diff import diff
from plan.load import load
from plan.resource import Mode, Plan
from plan.schema import SchemaError
from stacks.refusal import CloudNotBuiltError
from tests.ops.conftest import Desk, Ended
from tests.report.sample import CLUSTER, SECRET, VPC, changed, issue, judgement, plan, replaces

Call = Callable[..., Ended]


def raising(error: BaseException) -> Callable[[Mode], Plan]:
    def program(_: Mode) -> Plan:
        raise error

    return program


def differing(**inputs: str) -> Callable[[Mode], Plan]:
    """A program that asks for another cluster than the sample's."""
    return lambda mode: changed(plan(mode), CLUSTER, **inputs)


# ------------------------------------------------------------------------------ exit codes


@pytest.mark.usefixtures("desk")
def test_a_plan_without_mandatory_findings_ends_in_0(tradectl: Call) -> None:
    ended = tradectl("preview", "dev")
    assert ended.code == 0
    assert ended.out.startswith("trading-platform · dev · aws us-east-1")


def test_an_advisory_finding_ends_in_0_and_a_mandatory_one_in_5(tradectl: Call, desk: Desk) -> None:
    desk.judgement = judgement(issue(VPC))
    assert tradectl("preview", "dev").code == 0
    desk.judgement = judgement(issue(VPC, enforcement="mandatory"))
    assert tradectl("preview", "dev").code == 5


def test_an_unknown_environment_ends_in_6_with_the_one_that_was_meant(tradectl: Call) -> None:
    ended = tradectl("preview", "stagin")
    assert (ended.code, ended.out) == (6, "")
    assert "there is no environment 'stagin'; did you mean 'staging'?" in ended.err


def test_a_stack_file_that_is_not_there_ends_in_6(tradectl: Call, tmp_path: Path) -> None:
    assert tradectl("preview", tmp_path / "Pulumi.dev.yaml").code == 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: [", "Pulumi.dev.yaml"),
        ("config: {trading-platform:enviroment: dev}", "enviroment"),
        ("config: {trading-platform:environment: dev}", "trading-platform:domain"),
    ],
)
def test_broken_settings_end_in_2_with_every_problem_and_no_traceback(
    tradectl: Call, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(text, encoding="utf-8")
    ended = tradectl("preview", file)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_a_cloud_that_is_not_built_ends_in_2(tradectl: Call, desk: Desk) -> None:
    desk.plan = raising(CloudNotBuiltError("azure"))
    ended = tradectl("preview", "dev")
    assert ended.code == 2
    assert "rooms for aws and gcp only" in ended.err


def test_inputs_that_the_sdk_refuses_end_in_4(tradectl: Call, desk: Desk) -> None:
    desk.plan = raising(SchemaError([]))
    assert tradectl("preview", "dev").code == 4


def test_ctrl_c_ends_in_8(tradectl: Call, desk: Desk) -> None:
    desk.plan = raising(KeyboardInterrupt())
    ended = tradectl("preview", "dev")
    assert (ended.code, ended.err) == (8, "cancelled\n")


def test_a_mistake_of_the_program_ends_in_255_and_says_how_to_see_its_traceback(
    tradectl: Call, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.plan = raising(KeyError("lost"))
    ended = tradectl("preview", "dev")
    assert ended.code == 255
    assert "internal error: KeyError: 'lost'" in ended.err
    assert "Traceback (most" not in ended.err
    assert "TRADECTL_TRACEBACK=1" in ended.err
    monkeypatch.setenv("TRADECTL_TRACEBACK", "1")
    assert "Traceback (most" in tradectl("preview", "dev").err


@pytest.mark.parametrize(
    "arguments", [["preview"], ["nosuch"], ["preview", "dev", "--wrong"], ["preview", "dev", "--mode", "x"]]
)
def test_a_wrong_command_line_ends_in_2(tradectl: Call, arguments: list[str]) -> None:
    assert tradectl(*arguments).code == 2


# ------------------------------------------------------------------------- saved and compared


@pytest.mark.usefixtures("desk")
def test_a_saved_plan_compared_with_itself_has_no_changes_and_ends_in_0(
    tradectl: Call, tmp_path: Path
) -> None:
    file = tmp_path / "saved.json"
    assert tradectl("preview", "dev", "--save", file).code == 0
    ended = tradectl("preview", "dev", "--against", file)
    assert ended.code == 0
    assert "no changes, 11 the same" in ended.out
    assert not diff(load(file), plan(), replaces=replaces).changes


def test_with_expect_changes_it_ends_in_7_only_where_there_are_none(
    tradectl: Call, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "saved.json"
    tradectl("preview", "dev", "--save", file)
    assert tradectl("preview", "dev", "--against", file, "--expect-changes").code == 7
    desk.plan = differing(engineVersion="17.6")
    assert tradectl("preview", "dev", "--against", file, "--expect-changes").code == 0
    assert tradectl("preview", "dev", "--expect-changes").code == 2


def test_a_protected_database_that_would_be_replaced_is_shown_loudly_and_ends_in_4(
    tradectl: Call, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "saved.json"
    tradectl("preview", "dev", "--save", file)
    desk.plan = differing(engine="aurora-mysql")
    ended = tradectl("preview", "dev", "--against", file, "--quiet")
    assert "DATA LOSS" in ended.out
    assert ended.code == 4


@pytest.mark.usefixtures("desk")
def test_what_was_saved_can_be_overwritten_and_nothing_else(tradectl: Call, tmp_path: Path) -> None:
    for option, name in (("--save", "a.json"), ("--export", "b.json"), ("--html", "c.html")):
        file = tmp_path / name
        for _ in range(2):
            assert tradectl("preview", "dev", option, file).code == 0
        file.write_text("apiVersion: mine", encoding="utf-8")
        ended = tradectl("preview", "dev", option, file)
        assert ended.code == 2
        assert "left alone" in ended.err
        assert file.read_text(encoding="utf-8") == "apiVersion: mine"
    assert tradectl("preview", "dev", "--save", tmp_path / "no" / "x.json").code == 2
    assert tradectl("preview", "dev", "--save", tmp_path).code == 2


def test_a_file_that_must_not_be_overwritten_is_refused_before_the_program_runs(
    tradectl: Call, desk: Desk, tmp_path: Path
) -> None:
    desk.plan = raising(AssertionError("the program ran"))
    (tmp_path / "x").write_text("mine", encoding="utf-8")
    assert tradectl("preview", "dev", "--save", tmp_path / "x").code == 2
    assert tradectl("preview", "dev", "--against", tmp_path / "x").code == 2


def test_a_run_that_is_refused_leaves_no_file(tradectl: Call, desk: Desk, tmp_path: Path) -> None:
    desk.plan = raising(SchemaError([]))
    tradectl("preview", "dev", "--save", tmp_path / "x", "--html", tmp_path / "y")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("desk")
def test_a_foreign_or_missing_plan_is_refused_with_the_reason(tradectl: Call, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    tradectl("preview", "dev", "--save", other)
    other.write_text(
        other.read_text(encoding="utf-8").replace('"stack": "dev"', '"stack": "prod"'), encoding="utf-8"
    )
    ended = tradectl("preview", "dev", "--against", other)
    assert ended.code == 2
    assert "of stack 'prod'" in ended.err
    assert tradectl("preview", "dev", "--against", tmp_path / "none").code == 2


# --------------------------------------------------------------------------- forms of output


@pytest.mark.usefixtures("desk")
def test_json_is_all_that_is_on_stdout(tradectl: Call) -> None:
    found = json.loads(tradectl("preview", "dev", "--json").out)
    assert (found["apiVersion"], found["kind"], found["changes"]) == ("tradectl/v1", "PlanReport", None)


@pytest.mark.usefixtures("desk")
def test_quiet_says_nothing_when_all_is_well(tradectl: Call) -> None:
    ended = tradectl("preview", "dev", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.usefixtures("desk")
def test_no_tree_leaves_the_tree_out_and_full_shows_every_resource(tradectl: Call) -> None:
    assert "├─" not in tradectl("preview", "dev", "--no-tree").out
    assert "aws:ec2/vpc:Vpc" in tradectl("preview", "dev", "--full").out


@pytest.mark.usefixtures("desk")
def test_colour_is_for_terminals_unless_it_is_asked_for_or_forbidden(
    tradectl: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3\dm")
    assert "\x1b" not in tradectl("preview", "dev").out
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert colour.search(tradectl("preview", "dev").out)
    for name, value in (("NO_COLOR", "1"), ("CLICOLOR", "0")):
        with monkeypatch.context() as forbidding:
            forbidding.setenv(name, value)
            assert not colour.search(tradectl("preview", "dev").out)


@pytest.mark.usefixtures("desk")
def test_mode_up_says_that_its_answers_are_simulated(tradectl: Call) -> None:
    assert "simulated answers" in tradectl("preview", "dev", "--mode", "up").out.splitlines()[0]


@pytest.mark.usefixtures("desk")
def test_an_export_is_of_mode_up_whatever_is_shown(tradectl: Call, tmp_path: Path) -> None:
    assert tradectl("preview", "dev", "--export", tmp_path / "x.json").code == 0
    found = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert all(state["id"] for state in found["deployment"]["resources"] if state["custom"])


def test_no_secret_reaches_any_output_or_file(tradectl: Call, desk: Desk, tmp_path: Path) -> None:
    tradectl("preview", "dev", "--save", tmp_path / "old.json")
    other = differing(engineVersion="17.6")
    desk.plan = lambda mode: replace(other(mode), outputs={"password": plan().outputs["password"]})
    files = ("--save", tmp_path / "a", "--export", tmp_path / "b", "--html", tmp_path / "c")
    shown = [
        tradectl("preview", "dev", "--full", "--against", tmp_path / "old.json", *files),
        tradectl("preview", "dev", "--json", "--mode", "up"),
    ]
    for text in (
        *(file.read_text(encoding="utf-8") for file in tmp_path.iterdir()),
        *(s.out + s.err for s in shown),
    ):
        assert SECRET not in text
    assert len(list(tmp_path.iterdir())) == 4
