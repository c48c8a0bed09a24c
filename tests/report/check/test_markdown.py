"""The verdict as a comment: nothing in it is markup but ours, and it fits."""

from __future__ import annotations

from dataclasses import replace

from policies.outcome import Outcome
from policies.registry import Registry
from report.check import markdown
from tests.report.sample import DEPLOYMENT
from tests.report.verdicts import REGISTRY, check, clean, finding


def test_the_first_line_lets_a_pipeline_find_its_comment_again() -> None:
    assert markdown.render(check()).startswith("<!-- tradectl policy check dev -->\n")


def test_the_title_says_whether_it_may_be_deployed() -> None:
    assert "### dev must not be deployed" in markdown.render(check())
    assert "### dev may be deployed" in markdown.render(clean())


def test_what_a_resource_is_called_is_no_markup() -> None:
    shown = markdown.render(check())
    assert r"container \<api\> \| \*runs\* \`as\` root\]\]\>" in shown


def test_what_does_not_stop_it_is_folded_and_every_fold_ends() -> None:
    shown = markdown.render(check())
    assert shown.count("<details>") == shown.count("</details>") == 3
    assert shown.index("#### Stops the deployment: 1") < shown.index("<details>")


def test_a_comment_that_would_be_too_long_is_cut_between_lines_and_says_how_much_is_missing() -> None:
    many = [
        finding("aws-tags", f"{DEPLOYMENT}{number}", Outcome.FAIL, "x" * 100, level="advisory")
        for number in range(2000)
    ]
    shown = markdown.render(check(*many))
    assert len(shown) < 65_536
    assert shown.count("<details>") == shown.count("</details>")
    kept = shown.count("- urn:")
    assert f"… and {2000 - kept} more findings" in shown
    assert 0 < kept < 2000


def test_a_fix_with_backticks_stays_code() -> None:
    (policy, *_) = REGISTRY
    told = Registry([replace(policy, fix=replace(policy.fix, line="a `b` ``c``"))])
    bare = replace(check().verdict, findings=(finding(policy.id, DEPLOYMENT, Outcome.FAIL, "it is"),))
    shown = markdown.render(replace(check(), verdict=bare, registry=told))
    assert "  - fix: ``` a `b` ``c`` ```\n" in shown
