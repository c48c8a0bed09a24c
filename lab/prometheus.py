"""A real Prometheus on this machine, with our rules and with targets that a test can set.

::

    with served(workload, 0) as target, Prometheus(room, targets=[target], rules={"slo": spec}) as prometheus:
        prometheus.query('trading_volume_per_second{namespace="trading"}')

Time cannot be hurried: a rule that waits ten minutes does so here too, and what it does then is a case
for `proved`. But scrapes and evaluations come every second, whatever a group of rules says.

Controllers reach it under the name that it has in a cluster: started with `as_proxy` in their
environment, a Go program sends it whatever it would ask of ``http://<name>.<namespace>.svc``, and
Prometheus answers by the path. So no object of ours needs a version for the lab.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, cast

import urllib3

from lab.daemon import Daemon, answers, last_lines
from lab.kubernetes import Json, eventually
from lab.ports import free_port
from lab.toolchain import PROMETHEUS, build

__all__ = [
    "Point",
    "Prometheus",
    "QueryError",
    "Sample",
    "Verdict",
    "as_proxy",
    "checked",
    "proved",
]

HOST: Final = "127.0.0.1"
EVERY: Final = 1.0
"""Seconds between two scrapes, and between two evaluations of the rules."""
TIMEOUT: Final = 30.0
PROMTOOL_TIMEOUT: Final = 120.0
READY_WITHIN: Final = 60.0
OK: Final = 200
LOOPBACK: Final = "127.0.0.1,localhost,::1"

Rules = Mapping[str, Mapping[str, Any]]
"""By file name: the ``spec`` of a PrometheusRule, ``{"groups": […]}``."""


class QueryError(Exception):
    """Prometheus refused a question. The message is its own, with the expression."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One series' value at one time."""

    labels: Mapping[str, str]
    value: float
    time: float


@dataclass(frozen=True, slots=True)
class Point:
    """One series over a range: its values, with their times."""

    labels: Mapping[str, str]
    values: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What promtool said of rules."""

    passed: bool
    output: str


class Prometheus:
    """One server, from `start` to `stop`. A context manager; may be asked by threads."""

    def __init__(
        self,
        room: Path,
        *,
        targets: Sequence[str] = (),
        rules: Rules | None = None,
        every: float = EVERY,
    ) -> None:
        """Nothing is started or written here.

        ``room``: an empty or new folder. ``targets``: ``host:port`` of what is to be scraped; the labels
        that it gives are kept as they are. ``rules``: see `Rules`.
        """
        self.room = room.resolve()
        self.port = 0
        self._targets, self._rules, self._every = tuple(targets), dict(rules or {}), every
        self._daemon: Daemon | None = None
        self._http = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self.port}"

    @property
    def daemons(self) -> list[Daemon]:
        """What runs: one, or none."""
        return [self._daemon] if self._daemon else []

    def start(self, tell: Callable[[str], None] = lambda _: None) -> Self:
        """Build it where it is missing, start it and wait until it is ready.

        Raises `lab.Unavailable`, or `DaemonError`; then nothing is left running.
        """
        folder = build(PROMETHEUS, tell)
        self.room.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self._write()
        command = [
            folder / "prometheus",
            f"--config.file={self._configuration}",
            f"--storage.tsdb.path={self.room / 'data'}",
            f"--web.listen-address={HOST}:{self.port}",
            "--web.enable-lifecycle",
            "--storage.tsdb.retention.time=1d",
            "--log.level=warn",
        ]
        ready = answers(f"{self.url}/-/ready")
        self._daemon = Daemon(
            "prometheus", command, room=self.room, ready=ready, timeout=READY_WITHIN
        ).start()
        tell(f"Prometheus is ready at {self.url}")
        return self

    def stop(self) -> None:
        """End it; what it has stored stays, and is there when it is started again, at the same address."""
        if self._daemon:
            self._daemon.stop()
            self._daemon = None
        self._http.clear()

    def change(self, *, targets: Sequence[str] | None = None, rules: Rules | None = None) -> None:
        """Other targets or other rules, from now on. Raises `QueryError` when it refuses them."""
        self._targets = self._targets if targets is None else tuple(targets)
        self._rules = self._rules if rules is None else dict(rules)
        self._write()
        answer = self._http.request("POST", f"{self.url}/-/reload")
        if answer.status != OK:
            said = (answer.data.decode().strip(), *last_lines(self.room / "prometheus.log", 3))
            raise QueryError("\n  ".join(said))

    def query(self, expression: str, *, at: float | None = None) -> list[Sample]:
        """What an expression gives now, or at a time; a scalar is one sample without labels."""
        fields = {"query": expression, **({"time": f"{at:.3f}"} if at is not None else {})}
        data = self._asked("query", fields)
        if data["resultType"] == "scalar":
            return [_sample({}, data["result"])]
        return [_sample(one["metric"], one["value"]) for one in data["result"]]

    def query_range(self, expression: str, *, start: float, end: float, step: float) -> list[Point]:
        """What an expression gives from ``start`` to ``end`` (seconds since 1970), every ``step`` seconds."""
        fields = {"query": expression, "start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return [
            Point(one["metric"], [(float(when), float(value)) for when, value in one["values"]])
            for one in self._asked("query_range", fields)["result"]
        ]

    def value(self, expression: str) -> float | None:
        """The value of an expression that gives one series at most; None when it gives none."""
        found = self.query(expression)
        if len(found) > 1:
            msg = f"{expression} gives {len(found)} series, wanted one at most"
            raise QueryError(msg)
        return found[0].value if found else None

    def wait(self, expression: str, *, within: float = 60.0) -> list[Sample]:
        """Wait until an expression gives anything: what it gives. Raises `TimeoutError`."""
        eventually(lambda: self.query(expression), f"{expression} gives data", within=within)
        return self.query(expression)

    def alerts(self) -> list[Json]:
        """The alerts that are pending or firing: ``labels``, ``annotations``, ``state``."""
        return cast("list[Json]", self._asked("alerts", {})["alerts"])

    def broken_rules(self) -> dict[str, str]:
        """The rules that could not be evaluated, with the reason."""
        groups = cast("list[Json]", self._asked("rules", {})["groups"])
        every = [rule for group in groups for rule in group["rules"]]
        return {rule["name"]: rule["lastError"] for rule in every if rule.get("lastError")}

    def _asked(self, what: str, fields: Mapping[str, str]) -> Json:
        answer = self._http.request("GET", f"{self.url}/api/v1/{what}", fields=dict(fields))
        try:
            said = cast("Json", json.loads(answer.data))
        except ValueError:
            said = {"status": "error", "error": answer.data.decode(errors="replace")}
        if said["status"] != "success":
            msg = f"{fields.get('query', what)}: {said.get('error')}"
            raise QueryError(msg)
        return cast("Json", said["data"])

    @property
    def _configuration(self) -> Path:
        return self.room / "prometheus.json"

    def _write(self) -> None:
        """JSON is YAML too."""
        folder = self.room / "rules"
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            file.unlink()
        for name, spec in self._rules.items():
            _write_rules(folder / f"{name}.json", _hurried(spec))
        seconds = f"{round(self._every * 1000)}ms"
        scrape = {
            "job_name": "lab",
            "honor_labels": True,
            "static_configs": [{"targets": list(self._targets)}],
        }
        document = {
            "global": {
                "scrape_interval": seconds,
                "scrape_timeout": seconds,
                "evaluation_interval": seconds,
            },
            "rule_files": [str(folder / "*.json")],
            "scrape_configs": [scrape],
        }
        self._configuration.write_text(json.dumps(document, indent=1), encoding="utf-8")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def as_proxy(prometheus: Prometheus) -> dict[str, str]:
    """The environment in which a Go program finds it under every plain-http name of a cluster."""
    return {"HTTP_PROXY": prometheus.url, "NO_PROXY": LOOPBACK}


def checked(rules: Rules) -> Verdict:
    """What ``promtool check rules`` says: syntax, and with its own lint."""
    return _promtool(("check", "rules"), rules, None)


def proved(rules: Rules, cases: Mapping[str, Any]) -> Verdict:
    """What ``promtool test rules`` says. ``cases``: a test file's content, without ``rule_files``."""
    return _promtool(("test", "rules"), rules, cases)


def _promtool(command: Sequence[str], rules: Rules, cases: Mapping[str, Any] | None) -> Verdict:
    promtool = build(PROMETHEUS) / "promtool"
    with tempfile.TemporaryDirectory(prefix="promtool-") as room:
        files = [Path(room) / f"{name}.json" for name in rules]
        for file, spec in zip(files, rules.values(), strict=True):
            _write_rules(file, spec)
        named = files
        if cases is not None:
            named = [Path(room) / "cases.test"]
            document = {**cases, "rule_files": [str(file) for file in files]}
            named[0].write_text(json.dumps(document), encoding="utf-8")
        done = subprocess.run(
            [promtool, *command, *named],
            capture_output=True,
            text=True,
            check=False,
            timeout=PROMTOOL_TIMEOUT,
            cwd=room,
        )
    return Verdict(done.returncode == 0, done.stdout + done.stderr)


def _write_rules(file: Path, spec: Mapping[str, Any]) -> None:
    file.write_text(json.dumps({"groups": spec["groups"]}), encoding="utf-8")


def _hurried(spec: Mapping[str, Any]) -> Json:
    """The same rules, all evaluated as often as the server says."""
    return {
        "groups": [
            {key: value for key, value in group.items() if key not in ("interval", "query_offset")}
            for group in spec["groups"]
        ]
    }


def _sample(labels: Mapping[str, str], value: Sequence[Any]) -> Sample:
    return Sample(labels, float(value[1]), float(value[0]))
