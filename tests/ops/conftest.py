"""The command line with a small plan behind it, so that a test of a flag takes no recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ops.main import run
from ops.services import preview
from plan.resource import Mode, Plan
from report.judgement import Judgement
from tests.report import sample


@dataclass
class Desk:
    """What the next command will find: change it before calling."""

    plan: Callable[[Mode], Plan]
    judgement: Judgement


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    found = Desk(sample.plan, sample.judgement())

    def record(_: object, *, stack: str, mode: Mode) -> Plan:
        assert stack == "dev"
        return found.plan(mode)

    def judge(_: Plan, environment: str) -> Judgement:
        assert environment == "dev"
        return found.judgement

    monkeypatch.setattr(preview, "record", record)
    monkeypatch.setattr(preview, "_judge", judge)
    monkeypatch.setattr(preview, "_replaces", sample.replaces)
    return found


@pytest.fixture
def tradectl(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run a command line in this process."""

    def call(*arguments: object) -> Ended:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return call
