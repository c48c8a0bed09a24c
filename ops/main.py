"""The command line: which commands there are, and how each way of ending becomes an exit code.

``tradectl --help`` answers in a blink because a command's module imports nothing heavy: the
services behind it load when it runs (see `ops.services`).
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from ops.commands import charts, config, lab, policy, preview
from ops.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["app", "main", "run"]

TRACEBACK = "TRADECTL_TRACEBACK"
"""Environment variable: 1 shows the whole traceback of an internal error."""
INTERRUPTED = 130
"""What Typer makes of Ctrl-C, for the rest of the world."""


class Commands(TyperGroup):
    """A group whose commands may raise `UsageError`, and never show a traceback for it."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - Typer's own signature, whose types are private
        """Run the command; give every exception its exit code."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            _say(f"error: {error}")
            raise typer.Exit(error.code) from None
        except (KeyboardInterrupt, typer.Abort):
            _say("cancelled")
            raise typer.Exit(ExitCode.CANCELLED) from None
        except BrokenPipeError:
            _close_stdout()
            raise typer.Exit(ExitCode.CANCELLED) from None
        except Exception as error:  # the last stop: a bug must end with its own code
            if type(error).__module__.startswith("typer."):
                raise
            _say(_bug(error))
            raise typer.Exit(ExitCode.INTERNAL) from None


app = typer.Typer(
    name="tradectl",
    cls=Commands,
    help="The trading platform: look at what an environment comes to, judge it, prove it.",
    epilog="Exit codes: 0 ok, 2 settings, 4 something protected would be lost, 5 policy, 6 no such stack, "
    "7 no changes, 8 cancelled, 255 a bug.",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)
app.command("preview")(preview.preview)
app.add_typer(config.app, name="config")
app.add_typer(policy.app, name="policy")
app.add_typer(charts.app, name="charts")
app.add_typer(lab.app, name="lab")


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit code."""
    try:
        app(list(arguments), prog_name="tradectl")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else ExitCode.OK
    else:
        code = ExitCode.OK
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _close_stdout()
        return ExitCode.CANCELLED
    return ExitCode.CANCELLED if code == INTERRUPTED else code


def main() -> None:
    """The entry point of ``.venv/bin/tradectl``."""
    sys.exit(run(sys.argv[1:]))


def _say(text: str) -> None:
    typer.echo(text, err=True)


def _bug(error: Exception) -> str:
    if os.environ.get(TRACEBACK) == "1":
        return "".join(traceback.format_exception(error)).rstrip()
    return (
        f"internal error: {type(error).__name__}: {error}\n  at   {_place(error.__traceback__)}\n"
        f"  This is a mistake in tradectl, not in your settings. Its traceback: {TRACEBACK}=1 tradectl …"
    )


def _place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


def _close_stdout() -> None:
    """Nobody reads any more: let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
