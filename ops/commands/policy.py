"""``tradectl policy``: the rules that every plan is held against, and what they say."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops import project, services
from ops.commands.options import AsJson, Quiet
from ops.commands.preview import Mode

__all__ = ["app"]


class Form(StrEnum):
    """How a verdict is written."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
    MARKDOWN = "markdown"


class ControlForm(StrEnum):
    """How a control report is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


def _complete(incomplete: str) -> list[str]:
    return [name for name in project.environments() if name.startswith(incomplete)]


Judged = Annotated[
    str,
    typer.Argument(
        metavar="[STACK|FILE]",
        help="A stack of this project, or the JSON of `pulumi stack export`, `pulumi preview --json` or "
        "`tradectl preview`. Without it: the stack of --environment, of PULUMI_STACK, or dev.",
        autocompletion=_complete,
        show_default=False,
    ),
]
As = Annotated[
    str,
    typer.Option(
        "--environment",
        "-e",
        metavar="ENV",
        help="Judge as dev, staging or prod. Default: as what the stack is.",
        show_default=False,
    ),
]
Day = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="By which exemptions end. Default: today."),
]
Simulated = Annotated[
    Mode, typer.Option(help="Of a stack as planned: leave a cloud's answers unknown, or simulate them.")
]
Out = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="Write it there; several times, the name's ending says the form."),
]
Full = Annotated[bool, typer.Option("--full", help="Unfold what is not mandatory.")]

app = typer.Typer(
    help="Read the rules that a plan is held against, and hold one against them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_(*, json: AsJson = False) -> None:
    """Print all policies, one a line."""
    services.policies.list_all(json=json)


@app.command()
def show(
    policy: Annotated[str, typer.Argument(metavar="ID", help="A policy, such as aws-vpc-flow-logs.")],
    *,
    json: AsJson = False,
) -> None:
    """Print what a policy asks for, why, and how to keep it."""
    services.policies.show(policy, json=json)


@app.command()
def check(  # noqa: PLR0913 - a command's options
    named: Judged = "",
    *,
    environment: As = "",
    form: Annotated[Form | None, typer.Option("--format", help="How it is written.")] = None,
    out: Out = None,
    mode: Simulated = Mode.PREVIEW,
    today: Day = None,
    full: Full = False,
    quiet: Quiet = False,
) -> None:
    """Judge a deployed state, a plan in a file, or a stack as it is planned."""
    request = services.checks.Request(
        named, environment, mode.value, form or "", out or (), today, full=full, quiet=quiet
    )
    raise typer.Exit(services.checks.check(request))


@app.command()
def controls(  # noqa: PLR0913 - a command's options
    named: Judged = "",
    *,
    environment: As = "",
    framework: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="soc2, cis-aws, cis-gcp, cis-azure, cis-kubernetes or dora."),
    ] = None,
    form: Annotated[ControlForm | None, typer.Option("--format", help="How it is written.")] = None,
    out: Out = None,
    mode: Simulated = Mode.PREVIEW,
    today: Day = None,
    full: Full = False,
    quiet: Quiet = False,
) -> None:
    """Say of each requirement of SOC 2, CIS and DORA what the policies know of it, or that none looks."""
    request = services.checks.Request(
        named, environment, mode.value, form or "", out or (), today, full=full, quiet=quiet
    )
    services.checks.controls(request, framework or ())


@app.command()
def exemptions(
    *,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another list than policies/exemptions.yaml.")
    ] = None,
    today: Day = None,
    json: AsJson = False,
) -> None:
    """List the exemptions that hold, those that have ended, and those that are void."""
    raise typer.Exit(services.checks.exemptions(file, today, json=json))


@app.command()
def cases(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of *.jsonl case files.")],
    *,
    mode: Annotated[Mode, typer.Option(help="What a case does not know is unknown, or a text.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the outcomes go, one a line.")],
    quiet: Quiet = False,
) -> None:
    """Judge labelled cases of other projects, for a score of precision and recall."""
    services.cases.run(folder, mode.value, out, quiet=quiet)
