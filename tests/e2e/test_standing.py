"""The lab as people have it: it stands, is well, and leaves nothing behind, whatever happens on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import standing
from lab.ground import Ground
from lab.kubernetes import Kubernetes
from tests.processes import about

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def name() -> Iterator[str]:
    found = f"e2e-{uuid.uuid4().hex[:8]}"
    yield found
    standing.down(found)


Tradectl = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def tradectl() -> Tradectl:
    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [Path(sys.executable).with_name("tradectl"), "lab", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600)

    return call


@pytest.mark.usefixtures("cluster")
def test_a_lab_stands_for_a_person_until_it_is_ended(name: str, tradectl: Tradectl) -> None:
    up = tradectl("up", "--bare", "--name", name)
    assert up.returncode == 0, up.stderr
    assert f"tradectl lab down --name {name}" in up.stdout
    room = standing.room_of(name)
    assert f"export KUBECONFIG={room / 'kubeconfig'}" in up.stdout
    assert len(Kubernetes(room / "kubeconfig").list("v1/Node")) == 12
    assert "stands already" in tradectl("up", "--name", name).stdout
    assert f"lab '{name}': a real Kubernetes control plane" in tradectl("status").stdout
    assert tradectl("down", "--name", name).returncode == 0
    assert about(str(room)) == []
    assert not room.exists()


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("after", ["starting etcd", "starting the controller manager", "ready at"])
def test_ctrl_c_while_it_starts_leaves_nothing_behind(name: str, after: str) -> None:
    room = standing.room_of(name)
    with subprocess.Popen(
        [Path(sys.executable).with_name("tradectl"), "lab", "up", "--bare", "--name", name],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    ) as starting:
        assert starting.stderr is not None
        assert any(after in line for line in starting.stderr)
        starting.send_signal(signal.SIGINT)
        starting.stderr.read()
    assert starting.returncode == 8 or (after == "ready at" and starting.returncode == 0)
    if starting.returncode == 8:
        assert about(str(room)) == []
        assert not room.exists()


@pytest.mark.usefixtures("cluster")  # which skips where there can be none
def test_the_whole_ground_stands_is_well_and_leaves_nothing(tmp_path: Path) -> None:
    with Ground(tmp_path / "ground") as ground:
        running = {process.name: process.trouble for process in ground.processes()}
        assert {"kube-apiserver", "keda-operator", "argo-rollouts", "prometheus"} <= running.keys()
        assert not any(running.values()), running
        ground.workload.set("trading_volume_total", 900)
        ground.prometheus.wait("sum by (namespace) (rate(trading_volume_total[10s])) > 850")
    assert about(str(ground.room)) == []
