"""A cluster's start and end, with scripts in the place of its programs. The real ones: tests/e2e."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab import cluster as clusters
from lab.cluster import Cluster
from lab.daemon import DaemonError
from lab.toolchain import ETCD, Part, Unavailable
from tests.processes import gone_within

SCRIPT = """#!{python}
import http.server, json, pathlib, ssl, sys
flags = dict(word.removeprefix("--").partition("=")[::2] for word in sys.argv[1:])
name = pathlib.Path(sys.argv[0]).name
pathlib.Path(name + ".flags").write_text(json.dumps(flags))
{does}
"""
FAILS = 'print("etcd does not answer"); sys.exit(3)'
STAYS = "import time; time.sleep(60)"
TLS = """
class Fine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
port = int(flags["listen-client-urls"].rpartition(":")[2])
server = http.server.HTTPServer(("127.0.0.1", port), Fine)
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=flags["trusted-ca-file"])
context.load_cert_chain(flags["cert-file"], flags["key-file"])
context.verify_mode = ssl.CERT_REQUIRED
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

Programs = Callable[..., None]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Scripts in the place of the built parts, which do what they are told: etcd answers, others stay."""
    folder = tmp_path / "built"
    folder.mkdir()

    def build(_part: Part, _tell: object) -> Path:
        return folder

    monkeypatch.setattr(clusters, "build", build)

    def write(**does: str) -> None:
        does = {"server": TLS, **does}
        for name in ("server", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"):
            file = folder / name
            script = SCRIPT.format(python=sys.executable, does=does.get(name.replace("-", "_"), STAYS))
            file.write_text(script, encoding="utf-8")
            file.chmod(0o755)

    return write


def flags(room: Path, program: str) -> dict[str, Any]:
    return json.loads((room / f"{program}.flags").read_text(encoding="utf-8"))


def test_what_cannot_be_had_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(part: Part, *_: object) -> Path:
        raise Unavailable(part.name)

    monkeypatch.setattr(clusters, "build", unavailable)
    with pytest.raises(Unavailable, match=ETCD.name):
        Cluster(tmp_path / "room").start()
    assert not (tmp_path / "room").exists()


def test_a_part_that_does_not_come_up_takes_the_others_down(tmp_path: Path, programs: Programs) -> None:
    programs(kube_apiserver=FAILS)
    cluster = Cluster(tmp_path / "room")
    pids: list[int | None] = []
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        pids.extend(daemon.pid for daemon in cluster.daemons)

    with pytest.raises(DaemonError, match=r"kube-apiserver .* exit code 3[\s\S]*etcd does not answer"):
        cluster.start(tell)
    assert told == ["starting etcd and the API server"]
    assert cluster.daemons == []
    assert all(gone_within(pid, 5) for pid in pids if pid)


def test_a_broken_etcd_is_named_before_anything_waits_for_it(tmp_path: Path, programs: Programs) -> None:
    programs(server=FAILS)
    with pytest.raises(DaemonError, match=r"^etcd .* exit code 3"):
        Cluster(tmp_path / "room").start()
    assert not (tmp_path / "room" / "kube-apiserver.log").exists()


def test_etcd_answers_only_to_the_clusters_own(tmp_path: Path, programs: Programs) -> None:
    programs(kube_apiserver=FAILS)
    with pytest.raises(DaemonError, match="kube-apiserver"):
        Cluster(tmp_path / "room").start()
    said = flags(tmp_path / "room", "server")
    assert said["client-cert-auth"] == said["peer-client-cert-auth"] == "true"
    for name in ("listen-client-urls", "listen-peer-urls"):
        assert re.fullmatch(r"https://127\.0\.0\.1:\d+", said[name])


def test_admission_is_a_clouds_and_everything_stays_on_this_machine(
    tmp_path: Path, programs: Programs
) -> None:
    programs(kube_apiserver=FAILS)
    with pytest.raises(DaemonError):
        Cluster(tmp_path / "room").start()
    said = flags(tmp_path / "room", "kube-apiserver")
    assert said["authorization-mode"] == "Node,RBAC"
    assert said["bind-address"] == "127.0.0.1"
    assert not [name for name in said if "admission" in name or "audit" in name]
    assert said["requestheader-client-ca-file"] == said["client-ca-file"]


def test_what_one_wishes_goes_over_what_is_usual(tmp_path: Path, programs: Programs) -> None:
    programs(kube_apiserver=FAILS)
    wishes = {"kube-apiserver": {"event-ttl": "5m", "v": "4"}, "kwok": {"v": "DEBUG"}}
    with pytest.raises(DaemonError):
        Cluster(tmp_path / "room", flags=wishes).start()
    said = flags(tmp_path / "room", "kube-apiserver")
    assert (said["event-ttl"], said["v"]) == ("5m", "4")


def test_everything_written_is_for_its_owner_alone(tmp_path: Path, programs: Programs) -> None:
    programs(kube_apiserver=FAILS)
    room = tmp_path / "room"
    room.mkdir(mode=0o755)
    with pytest.raises(DaemonError):
        Cluster(room).start()
    assert room.stat().st_mode & 0o777 == 0o700
    private = [room / "kubeconfig", *room.glob("*.log"), *(room / "pki").iterdir()]
    assert {file.stat().st_mode & 0o777 for file in private} == {0o600}
    assert len(private) > 10


def test_two_clusters_share_no_port_and_no_authority(tmp_path: Path, programs: Programs) -> None:
    programs(kube_apiserver=FAILS)
    for name in ("a", "b"):
        with pytest.raises(DaemonError):
            Cluster(tmp_path / name).start()
    ports = [
        set(re.findall(r"127\.0\.0\.1:(\d+)", json.dumps(flags(tmp_path / name, "kube-apiserver"))))
        | {flags(tmp_path / name, "kube-apiserver")["secure-port"]}
        for name in ("a", "b")
    ]
    assert not ports[0] & ports[1]
    assert (tmp_path / "a/pki/ca.crt").read_bytes() != (tmp_path / "b/pki/ca.crt").read_bytes()


def test_a_kubeconfig_for_somebody_else_names_him_and_not_the_administrator(
    tmp_path: Path, programs: Programs
) -> None:
    programs(kube_apiserver=FAILS)
    cluster = Cluster(tmp_path / "room")
    with pytest.raises(DaemonError):
        cluster.start()
    file = cluster.kubeconfig_of("system:serviceaccount:keda:keda-operator", ("system:serviceaccounts",))
    said = json.loads(file.read_text(encoding="utf-8"))
    assert said["users"][0]["name"] == "system:serviceaccount:keda:keda-operator"
    assert said["users"][0]["user"]["client-key"] != str(cluster.room / "pki" / "lab.key")
    assert file != cluster.kubeconfig


def test_before_its_start_a_cluster_has_no_certificates(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="was not started"):
        _ = Cluster(tmp_path).authority
