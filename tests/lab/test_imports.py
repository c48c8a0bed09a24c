"""Which providers a program needs, told from its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.imports import imported


@pytest.fixture
def program(tmp_path: Path) -> Path:
    files = {
        "__main__.py": "import pulumi\nfrom stacks import aws\n",
        "stacks/__init__.py": "",
        "stacks/aws.py": "from . import shared\nfrom .parts.network import Network\n",
        "stacks/shared.py": "def later():\n    import pulumi_kubernetes as k8s\n",
        "stacks/parts/__init__.py": "import shelved\n",
        "stacks/parts/network.py": "import pulumi_aws.ec2\nfrom stacks import aws\n",
        "stacks/gcp.py": "import pulumi_gcp\n",
    }
    for name, text in files.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_walk_follows_the_programs_own_modules_wherever_they_import(program: Path) -> None:
    assert {"pulumi", "pulumi_aws", "pulumi_kubernetes", "shelved"} <= imported(program)


def test_a_module_that_nothing_imports_brings_no_sdk(program: Path) -> None:
    assert "pulumi_gcp" not in imported(program)


def test_the_program_may_be_named_by_its_file(program: Path) -> None:
    assert imported(program / "__main__.py") == imported(program)
