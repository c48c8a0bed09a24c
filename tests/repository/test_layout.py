"""The laws of the house that a machine can check: see docs/architecture.md."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import ROOT

ROOMS = ("components", "config", "lab", "ops", "plan", "policies", "report", "stacks")
LONGEST = 400
PROMISES = {"AwsPlace", "ClusterPlace", "GcpPlace"}
SHADOWING = {"kubernetes", "secrets", "types", "logging", "platform", "test"}


def tracked(pattern: str = "*") -> list[Path]:
    """Files that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [path for name in found if (path := ROOT / name).exists()]


def modules() -> list[Path]:
    return [path for path in tracked("*.py") if path.relative_to(ROOT).parts[0] in ROOMS]


def parts() -> Iterator[tuple[Path, ast.ClassDef]]:
    """Every component class: those that derive from Part, or from what a part promises to its rooms."""
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef) or node.name in PROMISES:
                continue
            if {getattr(base, "id", "") for base in node.bases} & {"Part", *PROMISES}:
                yield path, node


@pytest.mark.parametrize("path", tracked("*.py"), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_a_person_reads_at_once(path: Path) -> None:
    length = len(path.read_text().splitlines())
    assert length <= LONGEST, f"{path.name} has {length} lines: divide it by what changes together"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_why_it_exists(path: Path) -> None:
    text = path.read_text()
    assert not text or ast.get_docstring(ast.parse(text))


def test_no_module_at_the_top_of_a_pulumi_program_shadows_a_library() -> None:
    """Pulumi puts the project's root, and a policy pack's folder, first on the import path."""
    first = {path.stem for path in (*ROOT.glob("*"), *(ROOT / "policies").glob("*.py"))}
    assert not first & SHADOWING


def test_every_component_takes_name_args_opts_and_registers_its_outputs() -> None:
    found = list(parts())
    assert found, "no component was found: this test would prove nothing"
    for path, node in found:
        init = next(item for item in node.body if getattr(item, "name", "") == "__init__")
        assert isinstance(init, ast.FunctionDef)
        names = [argument.arg for argument in init.args.args]
        assert names[:2] == ["self", "name"], f"{path}: {node.name}"
        assert names[-1] == "opts", f"{path}: {node.name}"
        assert "self.finish()" in ast.unparse(init), f"{path}: {node.name} does not register its outputs"


def test_children_get_their_parent_and_nothing_merged_in() -> None:
    for path in modules():
        if path.relative_to(ROOT).parts[0] in {"components", "stacks"}:
            assert "ResourceOptions.merge" not in path.read_text(), path


def test_every_room_of_a_cloud_has_its_test() -> None:
    for path, node in parts():
        relative = path.relative_to(ROOT)
        test = ROOT / "tests" / relative.parent / f"test_{relative.name}"
        assert test.exists(), f"{relative}: {node.name} has no {test.relative_to(ROOT)}"


def test_every_test_file_is_collected() -> None:
    for path in tracked("tests/*.py"):
        holds_tests = any(
            isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
            for node in ast.walk(ast.parse(path.read_text()))
        )
        assert not holds_tests or path.name.startswith("test_"), f"{path}: pytest collects test_*.py only"


@pytest.mark.parametrize("path", tracked(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_names_the_machine_that_it_was_made_on(path: Path) -> None:
    text = path.read_bytes()
    for word in (b"/work" + b"/main", b"/tmp/" + b"bash_jobs", b"/root" + b"/"):
        assert word not in text


def test_nothing_is_left_for_later() -> None:
    for path in modules():
        for word in ("TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"):
            assert word not in path.read_text(), path
