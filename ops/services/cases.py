"""What ``tradectl policy cases`` does: every policy over every case, one line an outcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ops.adapters import console
from ops.adapters.files import Target
from ops.errors import UsageError
from plan.resource import Mode
from policies.evaluate import Judge
from policies.foreign import STACK, CaseFileError, outcomes, read

__all__ = ["run"]

FIELDS: Final = {"case", "policy", "resource", "outcome", "sub"}
OFTEN: Final = 25
"""Cases from one sign of life to the next."""


def run(folder: Path, mode: Mode, out: Path, *, quiet: bool) -> None:
    """Judge as prod, with every policy's defaults and no exemption. Raises `UsageError`.

    The file is put in place when all cases are judged: who breaks off leaves none.
    """
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        msg = f"{folder} holds no case files (*.jsonl)" if folder.is_dir() else f"there is no folder {folder}"
        raise UsageError(msg, fix="tradectl policy cases DIR --mode preview --out outcomes.jsonl")
    target = Target(out, _is_ours, "outcomes of cases")
    lines: list[str] = []
    cases = 0
    with console.progress(quiet=quiet) as progress:
        judge = Judge(STACK)
        for file in files:
            try:
                for number, case in enumerate(read(file), start=1):
                    if number % OFTEN == 1:
                        progress(f"judging {file.name}, case {number}")
                    lines += [json.dumps(found, ensure_ascii=False) for found in outcomes(case, judge, mode)]
                    cases += 1
            except CaseFileError as error:
                raise UsageError(str(error), fix="mend that line, or leave it out") from None
    target.write("".join(f"{line}\n" for line in lines))
    if not quiet:
        console.write(f"{len(lines)} outcomes of {cases} cases in {len(files)} files: {out}")


def _is_ours(text: str) -> bool:
    try:
        found: object = json.loads(text.partition("\n")[0] or "{}")
    except json.JSONDecodeError:
        return False
    return isinstance(found, dict) and set(found) in (FIELDS, set[str]())
