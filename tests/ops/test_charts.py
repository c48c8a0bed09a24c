"""``tradectl charts``: what is pinned, what is fetched, and that nothing else gets in."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest

from components.k8s import charts
from ops.adapters import chart_source

KEDA = b"the archive of keda"
DIGEST = sha256(KEDA).hexdigest()
LOCK = f"""# a remark that stays
[chart.keda]
repository = "https://charts.example.com"
version = "1.2.3"
app_version = "1.2.3"
sha256 = "{DIGEST}"
source = "somewhere"
upgrades_crds = true
crds = []

[chart.karpenter]
repository = "oci://registry.example.com/karpenter"
version = "1.14.1"
app_version = "1.14.1"
manifest = "{"a" * 64}"
source = "nobody says"
upgrades_crds = true
crds = []
"""
INDEX = b"""
entries:
  keda:
  - {version: 1.2.2, urls: [wrong.tgz]}
  - {version: 1.2.3, urls: [files/keda-1.2.3.tgz]}
"""

Call = Callable[..., SimpleNamespace]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own, on a machine without Helm and without a network."""
    lock = tmp_path / "charts.lock"
    lock.write_text(LOCK, encoding="utf-8")
    monkeypatch.setattr(charts, "LOCK", lock)
    monkeypatch.setattr(charts, "ROOT", tmp_path)
    monkeypatch.setattr(chart_source, "helm", lambda: None)

    def unreachable(address: str, timeout: float) -> io.BytesIO:
        assert timeout
        reason = f"no route to {address}"
        raise URLError(reason)

    monkeypatch.setattr(urllib.request, "urlopen", unreachable)
    return tmp_path


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the network answers, by address."""
    found = {
        "https://charts.example.com/index.yaml": INDEX,
        "https://charts.example.com/files/keda-1.2.3.tgz": KEDA,
    }

    def get(address: str, timeout: float) -> io.BytesIO:
        assert timeout
        return io.BytesIO(found[address])

    monkeypatch.setattr(urllib.request, "urlopen", get)
    return found


@pytest.fixture
def helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A Helm that writes down what it is told, puts an archive in place and names a manifest."""

    def install(manifest: str) -> None:
        program = tmp_path / "helm"
        program.write_text(
            "#!/bin/sh\n"
            f'echo "$@" > {tmp_path}/told\n'
            'while [ "$1" != --destination ]; do shift; done\n'
            'printf karpenter > "$2/karpenter-1.14.1.tgz"\n'
            f'echo "Digest: sha256:{manifest}"\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
        monkeypatch.setattr(chart_source, "helm", lambda: str(program))

    return install


def test_list_says_what_is_pinned_and_what_is_here(tradectl: Call, project: Path) -> None:
    found = json.loads(tradectl("charts", "list", "--json").out)
    assert (found["apiVersion"], found["kind"]) == ("tradectl/v1", "ChartList")
    keda, karpenter = found["charts"]
    assert (keda["name"], keda["version"], keda["sha256"], keda["vendored"]) == (
        "keda",
        "1.2.3",
        DIGEST,
        "absent",
    )
    assert karpenter["sha256"] is None
    assert "keda" in tradectl("charts", "list").out
    assert not (project / "charts").exists(), "looking leaves nothing behind"


@pytest.mark.usefixtures("web")
def test_vendor_fetches_by_https_what_the_index_names_and_checks_it(tradectl: Call, project: Path) -> None:
    ended = tradectl("charts", "vendor", "keda")
    assert (ended.code, ended.out) == (0, "./charts/keda-1.2.3.tgz verified\n")
    assert (project / "charts" / "keda-1.2.3.tgz").read_bytes() == KEDA
    assert tradectl("charts", "vendor", "keda").out == "everything is there\n"
    assert tradectl("charts", "verify", "keda").out == "keda verified\n"


def test_vendor_throws_away_what_is_not_the_pinned_archive(
    tradectl: Call, project: Path, web: dict[str, bytes]
) -> None:
    web["https://charts.example.com/files/keda-1.2.3.tgz"] = b"exchanged"
    ended = tradectl("charts", "vendor", "keda")
    assert ended.code == 4
    for word in (sha256(b"exchanged").hexdigest(), DIGEST, "find out who changed it"):
        assert word in ended.err
    assert list((project / "charts").iterdir()) == []


def test_a_digest_is_recorded_only_when_it_is_asked_for(
    tradectl: Call, project: Path, helm: Callable[[str], None]
) -> None:
    helm("a" * 64)
    ended = tradectl("charts", "vendor", "karpenter")
    assert ended.code == 4
    assert "tradectl charts vendor karpenter --update-lock" in ended.err
    assert (project / "charts.lock").read_text(encoding="utf-8") == LOCK

    assert tradectl("charts", "vendor", "karpenter", "--update-lock").code == 0
    text = (project / "charts.lock").read_text(encoding="utf-8")
    assert charts.read_lock(project / "charts.lock")["karpenter"].sha256 == sha256(b"karpenter").hexdigest()
    assert text.startswith("# a remark that stays\n")
    assert charts.read_lock(project / "charts.lock")["keda"].sha256 == DIGEST
    assert tradectl("charts", "verify").out.splitlines() == ["karpenter verified"]


def test_a_new_version_replaces_the_old_digest(tradectl: Call, project: Path, web: dict[str, bytes]) -> None:
    web["https://charts.example.com/files/keda-1.2.3.tgz"] = b"newer"
    assert tradectl("charts", "vendor", "keda", "--update-lock").code == 0
    text = (project / "charts.lock").read_text(encoding="utf-8")
    assert text.count("sha256 = ") == 1
    assert sha256(b"newer").hexdigest() in text


def test_helm_is_told_the_exact_version_and_its_manifest_is_looked_at(
    tradectl: Call, project: Path, helm: Callable[[str], None]
) -> None:
    helm("b" * 64)
    ended = tradectl("charts", "vendor", "karpenter", "--update-lock")
    assert ended.code == 4
    assert "b" * 64 in ended.err
    told = (project / "told").read_text(encoding="utf-8")
    assert told.startswith("pull oci://registry.example.com/karpenter/karpenter --version 1.14.1 ")


def test_a_registry_wants_helm(tradectl: Call) -> None:
    ended = tradectl("charts", "vendor", "karpenter")
    assert ended.code == 4
    assert "install helm" in ended.err


def test_without_a_network_it_says_what_to_do_and_goes_on_with_the_others(tradectl: Call) -> None:
    ended = tradectl("charts", "vendor")
    assert ended.code == 4
    assert "https://charts.example.com/index.yaml cannot be had" in ended.err
    assert "copy the folder charts/ here" in ended.err
    assert "karpenter" in ended.err, "the second one was tried too"


def test_a_version_that_the_index_does_not_name_is_said(tradectl: Call, web: dict[str, bytes]) -> None:
    web["https://charts.example.com/index.yaml"] = b"entries: {keda: [{version: 9.9.9, urls: [x.tgz]}]}"
    assert "names no keda 1.2.3" in tradectl("charts", "vendor", "keda").err


def test_an_index_that_leads_away_from_https_is_not_followed(tradectl: Call, web: dict[str, bytes]) -> None:
    web["https://charts.example.com/index.yaml"] = (
        b"entries: {keda: [{version: 1.2.3, urls: ['file:///etc/passwd']}]}"
    )
    assert "it is no https address" in tradectl("charts", "vendor", "keda").err


def test_a_dry_run_fetches_nothing(tradectl: Call, project: Path) -> None:
    ended = tradectl("charts", "vendor", "--dry-run")
    assert ended.code == 0
    assert "would fetch https://charts.example.com/keda 1.2.3 to ./charts/keda-1.2.3.tgz" in ended.out
    assert not (project / "charts").exists()


def test_verify_refuses_what_was_exchanged(tradectl: Call, project: Path) -> None:
    (project / "charts").mkdir()
    (project / "charts" / "keda-1.2.3.tgz").write_bytes(b"exchanged")
    ended = tradectl("charts", "verify", "--json")
    assert ended.code == 4
    assert json.loads(ended.out)["charts"][0] == {"name": "keda", "state": "wrong"}
    assert "tradectl charts vendor keda" in ended.err


def test_a_chart_that_there_is_not_is_refused_with_the_nearest(tradectl: Call) -> None:
    ended = tradectl("charts", "vendor", "kedda")
    assert ended.code == 2
    assert "did you mean 'keda'" in ended.err


def test_a_broken_lock_is_the_users_to_mend(tradectl: Call, project: Path) -> None:
    (project / "charts.lock").write_text("[chart.keda]\n", encoding="utf-8")
    ended = tradectl("charts", "list")
    assert ended.code == 2
    assert "is missing" in ended.err
