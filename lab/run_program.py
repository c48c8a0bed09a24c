"""Run one Pulumi program against the engine that waits for it: what `lab.language_host` starts.

Arguments: the run, as JSON (addresses and names, no configuration), and the program. The
configuration comes by the environment, as the SDK expects it.
"""

from __future__ import annotations

import asyncio
import json
import os
import runpy
import sys
import traceback
from pathlib import Path
from typing import Final

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack
from pulumi.runtime.config import get_config_env, get_config_secret_keys_env, set_all_config

__all__ = ["main"]

FAILED: Final = 32
"""The engine has been told why; see `lab.language_host.ALREADY_TOLD`."""


def main(run: str, program: Path) -> int:
    """Run the program; the exit code says whether it failed."""
    configure(Settings(**json.loads(run)))
    set_all_config(get_config_env(), get_config_secret_keys_env())
    folder = program if program.is_dir() else program.parent
    _leave_this_project()
    sys.path.insert(0, str(folder))
    sys.argv = [str(program)]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run_in_stack(lambda: _run(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except Exception:  # noqa: BLE001 - whatever a program raises is told to the engine
        pulumi.log.error("the program failed:\n" + traceback.format_exc())
    else:
        return 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return FAILED


def _run(program: Path) -> None:
    runpy.run_path(str(program), run_name="__main__")


def _leave_this_project() -> None:
    """The program must find its own modules, as it must under the engine's own host."""
    ours = os.environ.pop("PYTHONPATH", "")
    sys.path[:] = [entry for entry in sys.path if entry != ours]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
