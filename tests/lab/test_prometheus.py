"""What Prometheus is told and asked, with a server of ours in its place."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from lab import prometheus as module
from lab.prometheus import Prometheus, QueryError, Sample, as_proxy, checked, proved

SPEC = {
    "groups": [
        {
            "name": "trading",
            "interval": "30s",
            "query_offset": "1m",
            "rules": [{"record": "volume", "expr": "sum(rate(trading_volume_total[1m]))"}],
        }
    ]
}


class Server(BaseHTTPRequestHandler):
    """Answers what a test has laid down, and remembers what it was asked."""

    answers: ClassVar[dict[str, tuple[int, Any]]] = {}
    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def _answer(self) -> None:
        split = urlsplit(self.path)
        self.asked.append((split.path, {name: one[0] for name, one in parse_qs(split.query).items()}))
        status, body = self.answers.get(split.path, (404, "not found"))
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = _answer  # noqa: N815 - the base class' names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that is not one."""
    Server.answers, Server.asked = {}, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    found = Prometheus(tmp_path, targets=["127.0.0.1:1"], rules={"slo": SPEC})
    found.port = http.server_port
    yield found
    found.stop()
    http.shutdown()
    http.server_close()
    thread.join()


def answer(what: str, data: Any) -> None:
    Server.answers[f"/api/v1/{what}"] = (200, {"status": "success", "data": data})


def vector(*values: float) -> dict[str, Any]:
    found = [
        {"metric": {"pod": f"p{place}"}, "value": [10.5, str(value)]} for place, value in enumerate(values)
    ]
    return {"resultType": "vector", "result": found}


def test_a_query_gives_the_series_with_labels_value_and_time(server: Prometheus) -> None:
    answer("query", vector(3, float("nan")))
    first, second = server.query("sum by (pod) (up)", at=100)
    assert first == Sample({"pod": "p0"}, 3.0, 10.5)
    assert second.value != second.value
    assert Server.asked == [("/api/v1/query", {"query": "sum by (pod) (up)", "time": "100.000"})]


def test_a_scalar_is_one_sample_without_labels(server: Prometheus) -> None:
    answer("query", {"resultType": "scalar", "result": [1, "7"]})
    assert server.query("7") == [Sample({}, 7.0, 1.0)]


def test_the_value_is_of_one_series_or_of_none_and_never_of_one_among_many(server: Prometheus) -> None:
    answer("query", vector(5))
    assert server.value("sum(up)") == 5.0
    answer("query", vector())
    assert server.value("sum(up)") is None
    answer("query", vector(1, 2))
    with pytest.raises(QueryError, match="up gives 2 series"):
        server.value("up")


def test_a_range_gives_each_series_with_its_points(server: Prometheus) -> None:
    series = {"metric": {"pod": "a"}, "values": [[1, "2"], [2, "4"]]}
    answer("query_range", {"resultType": "matrix", "result": [series]})
    (found,) = server.query_range("up", start=1, end=2, step=0.5)
    assert found.values == [(1.0, 2.0), (2.0, 4.0)]
    assert Server.asked[0][1] == {"query": "up", "start": "1.000", "end": "2.000", "step": "0.5"}


@pytest.mark.parametrize(
    "said",
    [(400, {"status": "error", "error": "unclosed left parenthesis"}), (502, "unclosed left parenthesis")],
)
def test_a_refusal_is_an_error_with_the_expression_and_the_reason(
    server: Prometheus, said: tuple[int, Any]
) -> None:
    Server.answers["/api/v1/query"] = said
    with pytest.raises(QueryError, match=r"sum\(: unclosed left parenthesis"):
        server.query("sum(")


def test_waiting_ends_when_there_is_data_and_fails_when_there_is_none(server: Prometheus) -> None:
    answer("query", vector())
    with pytest.raises(TimeoutError, match="up gives data"):
        server.wait("up", within=0.1)
    answer("query", vector(1))
    assert len(server.wait("up", within=0.1)) == 1


def test_rules_that_could_not_be_evaluated_are_told_with_the_reason(server: Prometheus) -> None:
    rules = [{"name": "good", "lastError": ""}, {"name": "bad", "lastError": "many-to-many"}]
    answer("rules", {"groups": [{"rules": rules}]})
    assert server.broken_rules() == {"bad": "many-to-many"}


def test_a_change_is_written_and_then_read_and_a_refusal_says_what_the_log_says(server: Prometheus) -> None:
    Server.answers["/-/reload"] = (200, "")
    server.change(rules={"other": SPEC})
    assert [file.name for file in (server.room / "rules").iterdir()] == ["other.json"]
    Server.answers["/-/reload"] = (500, "failed to reload config")
    (server.room / "prometheus.log").write_text("could not parse expression\n", encoding="utf-8")
    with pytest.raises(QueryError, match=r"failed to reload config\n  could not parse expression"):
        server.change(targets=["127.0.0.1:2"])
    configuration = json.loads((server.room / "prometheus.json").read_text(encoding="utf-8"))
    assert configuration["scrape_configs"][0]["static_configs"] == [{"targets": ["127.0.0.1:2"]}]


def test_what_is_scraped_keeps_its_own_labels_and_everything_comes_each_second(server: Prometheus) -> None:
    Server.answers["/-/reload"] = (200, "")
    server.change()
    configuration = json.loads((server.room / "prometheus.json").read_text(encoding="utf-8"))
    assert configuration["scrape_configs"][0]["honor_labels"] is True
    assert (
        configuration["global"]["scrape_interval"]
        == configuration["global"]["evaluation_interval"]
        == "1000ms"
    )


def test_a_group_of_rules_is_evaluated_as_often_as_the_rest_and_is_else_as_it_was(server: Prometheus) -> None:
    Server.answers["/-/reload"] = (200, "")
    server.change()
    (group,) = json.loads((server.room / "rules" / "slo.json").read_text(encoding="utf-8"))["groups"]
    assert group == {"name": "trading", "rules": SPEC["groups"][0]["rules"]}


def test_a_program_finds_it_as_its_proxy_but_loopback_is_never_asked_through_it(server: Prometheus) -> None:
    assert as_proxy(server)["HTTP_PROXY"] == server.url
    assert {"127.0.0.1", "localhost"} <= set(as_proxy(server)["NO_PROXY"].split(","))
    assert "HTTPS_PROXY" not in as_proxy(server)  # the API server is asked over TLS


PROMTOOL = """#!/bin/sh
echo "$1 $2"
shift 2
for file in "$@"; do cat "$file"; done
exit {code}
"""


def promtool(folder: Path, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "promtool").write_text(PROMTOOL.format(code=code), encoding="utf-8")
    (folder / "promtool").chmod(0o755)

    def build(_: object) -> Path:
        return folder

    monkeypatch.setattr(module, "build", build)


def test_promtool_is_shown_the_rules_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    promtool(tmp_path, 0, monkeypatch)
    verdict = checked({"slo": SPEC})
    assert verdict.passed
    command, _, shown = verdict.output.partition("\n")
    assert command == "check rules"
    assert json.loads(shown) == SPEC


def test_promtool_is_shown_the_cases_with_the_rules_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promtool(tmp_path, 1, monkeypatch)
    verdict = proved({"slo": SPEC, "scaling": SPEC}, {"tests": []})
    assert not verdict.passed
    command, _, shown = verdict.output.partition("\n")
    assert command == "test rules"
    assert [Path(file).name for file in json.loads(shown)["rule_files"]] == ["slo.json", "scaling.json"]
