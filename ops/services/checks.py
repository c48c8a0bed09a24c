"""What ``tradectl policy check``, ``controls`` and ``exemptions`` do: judge, and say it in every form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, cast

import yaml
from rich.text import Text

from ops import project
from ops.adapters import console
from ops.adapters.files import Target
from ops.errors import ExitCode, UsageError
from ops.services import judging
from plan.resource import Mode
from plan.saved import API_VERSION
from policies import exemptions as rules
from policies.controls.coverage import Coverage, cover
from policies.controls.frameworks import frameworks
from policies.exemption import Exemption
from policies.registry import load
from report.check import document, junit, markdown, sarif, text
from report.check.model import Check
from report.controls import document as controls_document
from report.controls import markdown as controls_markdown
from report.controls import text as controls_text

__all__ = ["Request", "check", "controls", "exemptions"]

Writer = Callable[[Check], str]
Recognise = Callable[[str], bool]
ControlWriter = Callable[[Check, Sequence[Coverage]], str]
ENDINGS: Final = {
    ".sarif": "sarif",
    ".json": "json",
    ".xml": "junit",
    ".md": "markdown",
    ".txt": "text",
    ".html": "html",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be judged, as what, when, and where the answer goes."""

    named: str = ""
    environment: str = ""
    mode: Mode = "preview"
    format: str = ""
    out: Sequence[Path] = ()
    today: datetime | None = None
    full: bool = False
    quiet: bool = False


def check(request: Request) -> ExitCode:
    """Judge, and write every form that was asked for; the exit code says whether it may be deployed."""
    writers: dict[str, tuple[Writer, Recognise]] = {
        "text": (text.render, text.is_ours),
        "json": (document.render, document.is_ours),
        "junit": (junit.render, junit.is_ours),
        "sarif": (lambda found: sarif.render(found, _artifact(found)), sarif.is_ours),
        "markdown": (markdown.render, markdown.is_ours),
    }
    targets = _targets(request, {name: recognise for name, (_, recognise) in writers.items()})
    found = _judge(request)
    for name, target in targets:
        target.write(writers[name][0](found))
    if targets or request.format in {"", "text"}:
        text.show(found, console.output(), full=request.full, quiet=request.quiet)
    else:
        console.write(writers[request.format][0](found))
    return ExitCode.POLICY if found.counts.mandatory else ExitCode.OK


def controls(request: Request, keys: Sequence[str]) -> None:
    """Say of every requirement of every framework what is known of it. Raises `UsageError`."""
    from report.controls import page  # noqa: PLC0415 - the template engine loads only here

    writers: dict[str, tuple[ControlWriter, Recognise]] = {
        "text": (controls_text.render, controls_text.is_ours),
        "json": (controls_document.render, controls_document.is_ours),
        "markdown": (controls_markdown.render, controls_markdown.is_ours),
        "html": (page.render, page.is_ours),
    }
    known = {framework.key: framework for framework in frameworks()}
    for key in keys:
        if key not in known:
            msg = f"there is no framework {key!r}, expected one of {', '.join(known)}"
            raise UsageError(msg, fix="tradectl policy controls --framework soc2")
    targets = _targets(request, {name: recognise for name, (_, recognise) in writers.items()})
    found = _judge(request)
    coverages = cover(found.verdict, found.registry, [known[key] for key in dict.fromkeys(keys)])
    for name, target in targets:
        target.write(writers[name][0](found, coverages))
    if targets and request.quiet:
        return
    if targets or request.format in {"", "text"}:
        full = request.full or (bool(keys) and not targets)
        controls_text.show(found, coverages, console.output(), full=full)
    else:
        console.write(writers[request.format][0](found, coverages))


def exemptions(path: Path | None, today: datetime | None, *, json: bool) -> ExitCode:
    """List the exemptions of a file: those that hold, those past their end, the void ones with the reason."""
    day = judging.today_or(today)
    entries = _entries(path or rules.FILE)
    found, void = _sorted(entries, day)
    live = [exemption for exemption in found if exemption.is_live(day)]
    expired = [exemption for exemption in found if not exemption.is_live(day)]
    if json:
        console.write_json(
            {
                "apiVersion": API_VERSION,
                "kind": "ExemptionList",
                "today": day.isoformat(),
                "live": [document.exemption_to_json(exemption) for exemption in live],
                "expired": [document.exemption_to_json(exemption) for exemption in expired],
                "void": [{"number": number, "problems": problems} for number, problems in void.items()],
            }
        )
    else:
        _list(live, expired, void, day)
    return ExitCode.CONFIGURATION if void else ExitCode.OK


def _judge(request: Request) -> Check:
    quiet = request.quiet
    with console.progress(quiet=quiet) as progress:
        day = judging.today_or(request.today)
        return judging.check(request.named, request.environment, day, request.mode, progress)


def _targets(request: Request, recognise: dict[str, Recognise]) -> list[tuple[str, Target]]:
    """The files to be written, each with its form: as it was said for one, else by how its name ends."""
    found: list[tuple[str, Target]] = []
    for path in request.out:
        chosen = request.format if len(request.out) == 1 else ""
        name = chosen or ENDINGS.get(path.suffix, "")
        if name not in recognise:
            endings = ", ".join(ending for ending, form in ENDINGS.items() if form in recognise)
            msg = f"{path} does not say which form it is to have, expected a name that ends in {endings}"
            raise UsageError(msg, fix=f"--format {next(iter(recognise))} --out {path}")
        found.append((name, Target(path, recognise[name], f"an earlier {name} of this command")))
    return found


def _artifact(found: Check) -> str:
    """The file that code scanning shows alerts at: the stack's own, where the project has one."""
    name = f"Pulumi.{found.plan.stack}.yaml"
    return name if (project.ROOT / name).is_file() else "Pulumi.yaml"


def _entries(path: Path) -> list[object]:
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise UsageError(msg) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        msg = f"{path} is not YAML: {' '.join(str(error).split())}"
        raise UsageError(msg) from None
    if content is not None and not isinstance(content, list):
        msg = f"{path} holds a {type(content).__name__}, expected a list of exemptions"
        raise UsageError(msg, fix="tradectl policy exemptions, and docs/policy-checks.md for the form")
    return cast("list[object]", content or [])


def _sorted(entries: Sequence[object], day: date) -> tuple[list[Exemption], dict[int, list[str]]]:
    """The exemptions that say enough, and by number what is wrong with the others."""
    found: list[Exemption] = []
    void: dict[int, list[str]] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            found += rules.check([entry], load(), day)
        except rules.ExemptionError as error:
            said = [line.partition(" is void: ")[2] for line in str(error).splitlines()]
            void[number] = [line for line in said if line]
    return found, void


def _list(
    live: Sequence[Exemption], expired: Sequence[Exemption], void: dict[int, list[str]], day: date
) -> None:
    out = console.output()
    lines = [Text(f"{len(live)} live, {len(expired)} expired, {len(void)} void on {day}", "bold")]
    for title, style, exemptions in (("live", "green", live), ("expired", "yellow", expired)):
        for found in exemptions:
            ends = "until" if title == "live" else "ended"
            lines.append(Text.assemble((f"{title:9}", style), (found.policy, "bold"), f"  {found.urn}"))
            lines.append(Text(f"{'':9}{ends} {found.expires}, {found.owner}: {found.reason}"))
    for number, problems in void.items():
        lines += [
            Text.assemble((f"{'void':9}", "bold red"), (f"exemption {number}", "bold"), f"  {problem}")
            for problem in problems
        ]
    for line in lines:
        out.print(line, soft_wrap=True, highlight=False)
