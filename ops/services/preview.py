"""What ``tradectl preview`` does: settings → plan → verdict and changes → report, in that order.

Everything that can be refused early is: a saved plan that is none, a file that must not be
overwritten, settings with problems. Only then the program runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from config.loader import load_file, to_config
from config.problems import SettingsError
from ops import project
from ops.adapters import console
from ops.adapters.console import Progress
from ops.adapters.files import Target, is_deployment, is_page, is_plan
from ops.errors import ExitCode, UsageError
from plan.diff import Diff, ForeignPlanError, diff
from plan.export import to_deployment
from plan.load import PlanFileError, load
from plan.record import record
from plan.replace import replaces
from plan.resource import Mode, Plan
from plan.saved import to_document
from plan.schema import SchemaError
from plan.sdk import MissingSdkError, UnknownTokenError
from policies import exemptions, settings
from policies.configuration import ConfigError
from policies.evaluate import evaluate
from policies.registry import load as load_policies
from report import document, terminal
from report.judgement import Judgement, judged
from report.model import Report
from stacks.refusal import RefusalError

__all__ = ["Look", "Request", "make", "planned", "run"]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be looked at, and which files are to be read and written."""

    environment: str
    mode: Mode = "preview"
    against: Path | None = None
    save: Path | None = None
    export: Path | None = None
    html: Path | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How it is shown."""

    full: bool = False
    tree: bool = True
    quiet: bool = False
    json: bool = False


def run(request: Request, look: Look, *, expect_changes: bool = False) -> ExitCode:
    """Show the preview; the exit code says whether it may be deployed."""
    if expect_changes and request.against is None:
        msg = "--expect-changes has nothing to compare with"
        raise UsageError(msg, fix=f"tradectl preview {request.environment} --against FILE --expect-changes")
    with console.progress(quiet=look.quiet) as progress:
        report = make(request, progress)
    if look.json:
        console.write_json(document.document(report))
    else:
        terminal.render(report, console.output(), full=look.full, tree=look.tree, quiet=look.quiet)
    if report.judgement.count(enforcement="mandatory"):
        return ExitCode.POLICY
    if report.changes is not None and report.changes.refused:
        return ExitCode.RESOURCE
    if expect_changes and report.changes is not None and not report.changes.changes:
        return ExitCode.NO_CHANGES
    return ExitCode.OK


def make(request: Request, progress: Progress) -> Report:
    """The report, with the files written that were asked for. Raises `UsageError`."""
    progress("reading the settings")
    file = project.stack_file(request.environment)
    old = _saved(request.against) if request.against else None
    save, export, html = _targets(request)
    stack, environment, config = _settings(file)
    progress("recording the plan")
    plan = _record(config, stack, request.mode)
    changes = _changes(old, plan) if old else None
    progress("asking the policies")
    judgement = _judge(plan, environment)
    report = Report(plan, judgement, changes, str(request.against or ""))
    if save:
        save.write(_text(to_document(plan)))
    if export:
        progress("recording the deployment")
        complete = plan if plan.mode == "up" else _record(config, stack, "up")
        export.write(_text(to_deployment(complete, engine=f"v{version('pulumi')}")))
    if html:
        from report.html import page  # noqa: PLC0415 - the template engine loads only for a page

        progress("drawing the page")
        html.write(page.render(report))
    return report


def planned(file: Path, mode: Mode) -> tuple[Plan, str]:
    """The plan that a stack file comes to, and its environment. Raises `UsageError`."""
    stack, environment, config = _settings(file)
    return _record(config, stack, mode), environment


def _saved(path: Path) -> Plan:
    try:
        return load(path)
    except PlanFileError as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise UsageError(msg, fix=f"tradectl preview ENV --save {path}") from None


def _targets(request: Request) -> tuple[Target | None, Target | None, Target | None]:
    return (
        Target(request.save, is_plan, "a saved plan") if request.save else None,
        Target(request.export, is_deployment, "an exported deployment") if request.export else None,
        Target(request.html, is_page, "a page of tradectl") if request.html else None,
    )


def _settings(file: Path) -> tuple[str, str, dict[str, str]]:
    """The stack, its environment and the configuration in the engine's form."""
    try:
        loaded = load_file(file)
        return loaded.stack, loaded.settings.environment, to_config(file)
    except SettingsError as error:
        raise UsageError(str(error)) from None


def _record(config: dict[str, str], stack: str, mode: Mode) -> Plan:
    try:
        return record(config, stack=stack, mode=mode)
    except SchemaError as error:
        raise UsageError(str(error), code=ExitCode.RESOURCE) from None
    except RefusalError as error:
        raise UsageError(str(error)) from None


def _changes(old: Plan, plan: Plan) -> Diff:
    try:
        return diff(old, plan, replaces=_replaces)
    except ForeignPlanError as error:
        raise UsageError(str(error)) from None


def _replaces(token: str) -> tuple[str, ...]:
    """What replaces, as far as it is known: a saved plan may hold types of an SDK that is not here."""
    try:
        return replaces(token)
    except (UnknownTokenError, MissingSdkError):
        return ()


def _judge(plan: Plan, environment: str) -> Judgement:
    registry = load_policies()
    try:
        exempt = exemptions.read(exemptions.FILE, registry, datetime.now(tz=UTC).date())
        told = settings.read(settings.FILE, registry)
        verdict = evaluate(plan, environment=environment, config=told, exemptions=exempt)
    except (ConfigError, exemptions.ExemptionError) as error:
        raise UsageError(str(error)) from None
    return judged(verdict, plan, registry)


def _text(found: object) -> str:
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
