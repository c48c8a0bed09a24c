"""The report on a terminal, in a pipe and without colour."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from plan.diff import diff
from report.judgement import Issue
from report.model import Report
from report.terminal import render
from tests.report.sample import (
    CLUSTER,
    DEPLOYMENT,
    SECRET,
    SUBNET,
    VPC,
    changed,
    issue,
    judgement,
    plan,
    replaces,
    report,
)


def text(
    found: Report, *, width: int = 110, full: bool = False, tree: bool = True, quiet: bool = False
) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    render(found, console, full=full, tree=tree, quiet=quiet)
    return console.file.getvalue()  # pyright: ignore[reportAttributeAccessIssue]


def differing(**inputs: str) -> Report:
    new = changed(plan(), CLUSTER, **inputs)
    return Report(new, judgement(), diff(plan(), new, replaces=replaces), "saved.json")


def test_the_first_line_says_what_it_is_and_that_the_providers_are_simulated() -> None:
    first = text(report()).splitlines()[0]
    assert first == "trading-platform · dev · aws us-east-1   simulated providers, no account used"


def test_the_tree_has_a_line_a_part_with_what_it_is_and_how_much_it_holds() -> None:
    lines = text(report()).splitlines()
    assert lines[1].split() == ["platform", "4", "resources"]
    assert [" ".join(line.split()) for line in lines[2:5]] == [
        "└─ aws us-east-1 3",
        "├─ network 10.16.0.0/16 in 1 zone, 0 NAT, no flow logs 2",
        "└─ database PostgreSQL 17.5, 0.5-4 ACU, 0 instances, 7 days of backup 1",
    ]


def test_counts_stand_under_each_other() -> None:
    lines = text(report()).splitlines()[2:5]
    assert len({len(line) for line in lines}) == 1


def test_full_shows_every_resource() -> None:
    shown = text(report(), full=True)
    assert "aws:ec2/subnet:Subnet" in shown
    assert "aws:ec2/subnet:Subnet" not in text(report())


def test_a_narrow_terminal_shortens_the_summary_and_breaks_no_line_of_the_tree() -> None:
    lines = text(report(), width=50).splitlines()
    assert all(len(line) <= 50 for line in lines[1:5])
    assert "…" in lines[4]


def test_a_finding_says_where_what_how_to_mend_it_and_where_to_read_on() -> None:
    shown = text(report(issue(VPC)))
    assert "  advisory  aws-vpc-flow-logs  platform › aws › network › vpc\n" in shown
    assert "flow logs are off" in shown
    assert "fix: network: {flow_logs: true}" in shown
    assert "docs/policies/aws-vpc-flow-logs.md" in shown


def test_the_same_thing_of_many_resources_is_said_once_and_mandatory_things_first() -> None:
    many = [issue(urn) for urn in (VPC, SUBNET, CLUSTER, DEPLOYMENT)]
    grave = issue(VPC, policy="k8s-x", enforcement="mandatory")
    shown = text(report(*many, grave))
    assert shown.count("flow logs are off") == 2
    assert "and 1 more (--full)" in shown
    assert shown.index("k8s-x") < shown.index("aws-vpc-flow-logs")
    assert "and 1 more" not in text(report(*many), full=True)


@pytest.mark.parametrize(
    ("issues", "expected"),
    [
        ((), "15 rules: 172 pass, 0 mandatory, 0 advisory, 0 unknown until deployed"),
        ((issue(VPC), issue(VPC, outcome="unknown")), "0 mandatory, 1 advisory, 1 unknown until deployed"),
        (
            (issue(VPC, outcome="exempt", enforcement="mandatory"),),
            "0 mandatory, 0 advisory, 0 unknown until deployed, 1 exempt",
        ),
    ],
)
def test_the_policies_line_adds_up(issues: tuple[Issue, ...], expected: str) -> None:
    assert expected in text(report(*issues))


def test_next_names_a_deployment_only_where_nothing_mandatory_stands_against_it() -> None:
    assert "pulumi up -s dev" in text(report(issue(VPC)))
    assert "pulumi up" not in text(report(issue(VPC, enforcement="mandatory")))


def test_a_change_shows_the_path_the_old_and_the_new() -> None:
    shown = text(differing(engineVersion="17.6"))
    assert "1 to update" in shown
    assert 'engineVersion  "17.5" → "17.6"' in shown


def test_a_protected_database_that_would_be_replaced_cannot_be_overlooked_even_in_quiet() -> None:
    for quiet in (True, False):
        shown = text(differing(engine="aurora-mysql"), quiet=quiet)
        assert "DATA LOSS  platform › aws › database › cluster" in shown
        assert "the engine refuses" in shown
        assert "forced by engine" in shown


def test_two_long_values_are_shown_from_where_they_differ() -> None:
    common = "arn:aws:iam::111122223333:role/" + "x" * 80
    old, new = changed(plan(), CLUSTER, role=f"{common}/a"), changed(plan(), CLUSTER, role=f"{common}/b")
    shown = text(Report(new, judgement(), diff(old, new, replaces=replaces)))
    assert '/a" → ' in shown
    assert '/b"' in shown


def test_no_changes_is_said_in_words() -> None:
    found = Report(plan(), judgement(), diff(plan(), plan(), replaces=replaces), "saved.json")
    assert "no changes, 11 the same (against saved.json)" in text(found)


def test_quiet_says_nothing_when_nothing_is_wrong() -> None:
    assert text(report(issue(VPC)), quiet=True) == ""
    assert "k8s-x" in text(report(issue(VPC, policy="k8s-x", enforcement="mandatory")), quiet=True)


def test_an_exemption_that_has_ended_is_said() -> None:
    found = Report(plan(), replace(judgement(), notes=("the exemption from x for y ended 2026-01-31",)))
    assert "tidy up  the exemption from x for y ended 2026-01-31" in text(found)


def test_no_secret_is_shown_in_any_form() -> None:
    clear = changed(plan(), CLUSTER, masterPassword="was-in-the-clear")
    for old, new in ((clear, plan()), (plan(), clear)):
        shown = text(Report(new, judgement(), diff(old, new, replaces=replaces)), full=True)
        assert SECRET not in shown
        assert "was-in-the-clear" not in shown
        assert "marked secret" in shown


def test_no_markup_of_a_name_is_obeyed() -> None:
    strange = issue(VPC, message="[bold]not bold[/bold] [link=x]y[/link]")
    assert "[bold]not bold[/bold] [link=x]y[/link]" in text(report(strange))
