"""From the name of a stack, or a file with a plan in it, to the verdict of all policies on it."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from ops import project
from ops.adapters.console import Progress
from ops.errors import UsageError
from ops.services import preview
from plan.load import PlanFileError, load
from plan.resource import Mode, Plan
from policies import exemptions, settings
from policies.analyzer import environment_of
from policies.configuration import ConfigError
from policies.evaluate import evaluate
from policies.policy import ENVIRONMENTS
from policies.registry import load as load_policies
from report.check.model import Check

__all__ = ["check", "today_or"]

USUAL: Final = "dev"
"""The stack that is judged when nobody names one, as `make preview` does."""
STACK_FILES: Final = (".yaml", ".yml")


def check(named: str, environment: str, today: date, mode: Mode, progress: Progress) -> Check:
    """The verdict on a stack as it is planned, or on the plan in a file. Raises `UsageError`.

    ``named``: a stack, its file, or the JSON of ``pulumi stack export``, of ``pulumi preview --json`` or of
    ``tradectl preview``; empty: the stack of that environment, else of ``PULUMI_STACK``, else dev.
    ``environment``: judge as this one; empty: as what the plan says that it is.
    """
    if environment and environment not in ENVIRONMENTS and named:
        msg = f"there is no environment {environment!r} to judge by, expected {', '.join(ENVIRONMENTS)}"
        raise UsageError(msg)
    named = named or environment or os.environ.get("PULUMI_STACK", "").rpartition("/")[2] or USUAL
    if _is_stack(named):
        progress("recording the plan")
        plan, own = preview.planned(project.stack_file(named), mode)
        source = ""
    else:
        progress(f"reading {named}")
        plan = _read(Path(named))
        own, source = environment_of(plan.stack, {}, {}), named
    progress("asking the policies")
    return _judged(plan, environment if environment in ENVIRONMENTS else own, today, source)


def today_or(given: datetime | None) -> date:
    """The day that was given, else today's."""
    return (given or datetime.now(tz=UTC)).date()


def _is_stack(named: str) -> bool:
    return named in project.environments() or named.endswith(STACK_FILES) or not _is_path(named)


def _is_path(named: str) -> bool:
    return os.sep in named or Path(named).suffix != "" or Path(named).exists()


def _read(path: Path) -> Plan:
    try:
        return load(path)
    except PlanFileError as error:
        why = str(error).partition(" cannot be compared with: ")[2]
        msg = f"{path} cannot be judged: {why}"
        raise UsageError(msg, fix="pulumi stack export --file state.json") from None
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise UsageError(msg, fix="tradectl policy check STACK, or a path to a file that exists") from None


def _judged(plan: Plan, environment: str, today: date, source: str) -> Check:
    registry = load_policies()
    try:
        exempt = exemptions.read(exemptions.FILE, registry, today)
        told = settings.read(settings.FILE, registry)
        verdict = evaluate(plan, environment=environment, config=told, exemptions=exempt, today=today)
    except (ConfigError, exemptions.ExemptionError) as error:
        raise UsageError(str(error)) from None
    return Check(plan, verdict, registry, today, source)
