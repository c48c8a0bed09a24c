"""Fetch a chart's archive: by Helm where it is installed, else over https as Helm would.

An OCI registry wants Helm: its protocol is not spoken here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final, cast
from urllib.error import URLError
from urllib.parse import urljoin, urlsplit

import yaml

from components.k8s.charts import Chart
from ops.errors import ExitCode, UsageError

__all__ = ["fetch", "helm"]

SECONDS: Final = 120
LARGEST: Final = 64 * 1024 * 1024
"""Bytes. The largest index is a tenth of that."""
ELSEWHERE: Final = "run it where the network is, then copy the folder charts/ here"
_MANIFEST: Final = re.compile(r"^Digest:\s*sha256:([0-9a-f]{64})\s*$", re.MULTILINE)


def helm() -> str | None:
    """Path of the program, where it is installed."""
    return shutil.which("helm")


def fetch(chart: Chart, folder: Path) -> Path:
    """Put the chart's archive into the folder. Raises `UsageError` (code 4) where it cannot be had."""
    path = folder / chart.archive
    if chart.file:
        path.write_bytes(_get(chart.reference))
    elif program := helm():
        _pull(program, chart, folder)
    elif chart.is_oci:
        raise _lost(chart.reference, "it is in a registry, and Helm is not installed", "install helm")
    else:
        path.write_bytes(_get(_address(chart)))
    if not path.is_file():
        raise _lost(chart.reference, f"what came is not called {chart.archive}", "look at its version")
    return path


def _pull(program: str, chart: Chart, folder: Path) -> None:
    where = [chart.reference] if chart.is_oci else [chart.name, "--repo", chart.repository]
    command = [program, "pull", *where, "--version", chart.version, "--destination", str(folder)]
    try:
        ended = subprocess.run(  # noqa: S603 - Helm, with what the lock says
            command, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise _lost(chart.reference, f"no answer within {SECONDS} s", ELSEWHERE) from None
    if ended.returncode:
        raise _lost(chart.reference, ended.stderr.strip().splitlines()[-1:] or "helm ended", ELSEWHERE)
    found = _MANIFEST.search(ended.stdout + ended.stderr)
    if chart.manifest and found and found[1] != chart.manifest:
        msg = f"its manifest has sha256 {found[1]}, charts.lock says {chart.manifest}"
        raise _lost(chart.reference, msg, "find out who changed it before you use it")


def _address(chart: Chart) -> str:
    index = f"{chart.repository}/index.yaml"
    try:
        document: Any = yaml.load(_get(index), Loader=yaml.CSafeLoader)
        versions = cast("list[dict[str, Any]]", document["entries"][chart.name])
        entry = next(one for one in versions if one["version"] == chart.version)
        address = urljoin(f"{chart.repository}/", str(entry["urls"][0]))
    except (yaml.YAMLError, KeyError, IndexError, TypeError, StopIteration):
        raise _lost(index, f"it names no {chart.name} {chart.version}", "look at its version") from None
    return address


def _get(address: str) -> bytes:
    if urlsplit(address).scheme != "https":
        raise _lost(address, "it is no https address", "name another repository")
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 - https, see above
            found: bytes = answer.read(LARGEST + 1)
    except (URLError, HTTPException, TimeoutError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise _lost(address, reason, ELSEWHERE) from None
    if len(found) > LARGEST:
        raise _lost(address, f"it is larger than {LARGEST} bytes", "look at what is there")
    return found


def _lost(what: str, why: object, fix: str) -> UsageError:
    said = why[0] if isinstance(why, list) and why else why
    return UsageError(f"{what} cannot be had: {said}", fix=fix, code=ExitCode.RESOURCE)
