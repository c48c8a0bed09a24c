"""Make the virtual environment from a lock: what `make` runs first on a new machine.

Uses the standard library only, shows one moving line, and is safe to break off: the next run goes
on where this one ended, because `make` believes only a stamp that is written last.
"""

from __future__ import annotations

import compileall
import re
import subprocess
import sys
import time
import venv
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).parent
HUGE = ("pulumi_aws", "pulumi_azure_native", "pulumi_gcp")
_SDK_IMPORT = re.compile(
    r"^from (?P<sdk>pulumi_(?:aws|gcp|azure_native)) import (?P<modules>[\w, ]+)$", re.MULTILINE
)


def main(environment: Path, lock: Path) -> int:
    """Install the lock and the project into the environment; 0 when all is there."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"set-up: this is Python {found}, the project needs {OLDEST[0]}.{OLDEST[1]} or newer.")
        print("  fix: make PYTHON=python3.11 …")
        return 1
    python = environment / "bin" / "python"
    if not python.exists():
        try:
            venv.create(environment, with_pip=True, clear=environment.exists())
        except subprocess.CalledProcessError:
            print("set-up: this Python cannot make virtual environments (ensurepip is missing).")
            print("  fix, on Debian and Ubuntu: apt-get install python3-venv")
            return 1
    packages = sum(1 for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--no-compile"]
    title = f"set-up: {packages} packages from {lock.name}"
    steps = {
        title: [*pip, "--require-hashes", "--requirement", str(lock)],
        "set-up: the project itself": [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    }
    return next((code for name, step in steps.items() if (code := _run(step, name))), 0) or _compile(
        environment
    )


def _compile(environment: Path) -> int:
    """Write the bytecode of what the program imports, and no more: all of a cloud's SDK takes minutes."""
    site = next(environment.glob("lib/python*/site-packages"))
    used = {
        (site / found["sdk"] / module.strip())
        for path in (ROOT / "components").rglob("*.py")
        for found in _SDK_IMPORT.finditer(path.read_text(encoding="utf-8"))
        for module in found["modules"].split(",")
    }
    sdks = [site / name for name in HUGE if (site / name).is_dir()]
    small = [path for path in site.iterdir() if path.is_dir() and path not in sdks]
    own = [file for sdk in sdks for file in sdk.glob("*.py")]
    title, moving = "set-up: compiling what the program imports", sys.stderr.isatty()
    if not moving:
        print(title, file=sys.stderr, flush=True)
    paths = [*small, *sorted(used), *own]
    for number, path in enumerate(paths, start=1):
        if moving:
            end = "" if number < len(paths) else "\r\033[K"
            print(f"\r\033[K{title}: {number} of {len(paths)}", end=end, file=sys.stderr, flush=True)
        if path.is_dir():
            compileall.compile_dir(path, quiet=2, workers=0)
        elif path.is_file():
            compileall.compile_file(path, quiet=2)
    return 0


def _run(command: list[str], title: str) -> int:
    """Run pip and show how far it is; on failure show what it said."""
    began, said, seen = time.monotonic(), list[str](), 0
    moving = sys.stderr.isatty()
    if not moving:
        print(title, file=sys.stderr, flush=True)
    with subprocess.Popen(  # noqa: S603 - pip of our own environment
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout  # noqa: S101 - asked for above
        for line in process.stdout:
            said.append(line)
            seen += line.startswith(("Collecting", "Requirement already"))
            if moving:
                state = "installing" if line.startswith("Installing") else f"{seen} found"
                elapsed = time.monotonic() - began
                print(f"\r\033[K{title}: {state}, {elapsed:.0f} s", end="", file=sys.stderr, flush=True)
    if moving:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if process.returncode:
        sys.stderr.writelines(said[-20:])
        print("set-up: pip could not install the packages; what it said is above.", file=sys.stderr)
        print("  Run the same make target again once the package index can be reached.", file=sys.stderr)
    return process.returncode


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
    except KeyboardInterrupt:
        print("\nset-up: broken off; the next run goes on from here.", file=sys.stderr)
        sys.exit(130)
