from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from components.k8s.charts import LOCK, LockError, digest_of, read_lock, vendored

ENTRY = """
[chart.keda]
repository = "https://charts.example.com"
version = "1.2.3"
app_version = "1.2.3"
sha256 = "{digest}"
source = "somewhere"
upgrades_crds = true
crds = ["keda.sh/ScaledObject"]
"""
GOOD = ENTRY.format(digest="0" * 64)


@pytest.fixture
def lock(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "charts.lock"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_lock_of_the_project_is_read_and_says_of_each_digest_how_it_is_known() -> None:
    charts = read_lock(LOCK)
    assert len(charts) > 20
    for chart in charts.values():
        assert chart.source, chart.name
        if not chart.sha256 and not chart.manifest:
            assert "could not" in chart.source or "was read" in chart.source, chart.name


def test_no_version_is_a_range_or_a_tag_that_moves() -> None:
    for chart in read_lock(LOCK).values():
        assert chart.version.lstrip("v")[0].isdigit()
        assert not set(chart.version) & set("*^~<>x "), chart.name
        assert "latest" not in chart.version


def test_every_digest_is_of_one_chart_alone() -> None:
    digests = [found for chart in read_lock(LOCK).values() if (found := chart.sha256 or chart.manifest)]
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('\nversion = "1.2.3"', "", "version is missing"),
        ('\nversion = "1.2.3"', "\nversion = 1", "version is 1, expected a text"),
        ("0" * 64, "0" * 63, "64 hexadecimal digits"),
        ("https://charts", "http://charts", "https:// or oci://"),
        ("keda.sh/ScaledObject", "ScaledObject", 'such as ["keda.sh/ScaledObject"]'),
        ("upgrades_crds = true", 'upgrades_crds = "yes"', "true or false"),
        ("source =", "sources =", "unknown sources"),
        ("[chart.keda]", "[charts.keda]", "[chart.NAME]"),
        ("[chart.keda]", "[chart.keda", "git diff"),
    ],
)
def test_a_slip_in_the_lock_is_named_with_what_was_expected(
    lock: Callable[[str], Path], line: str, instead: str, said: str
) -> None:
    with pytest.raises(LockError) as told:
        read_lock(lock(GOOD.replace(line, instead)))
    assert said in str(told.value)
    if "[chart.keda]" not in line:
        assert "[chart.keda]" in str(told.value)


def test_two_charts_cannot_bring_the_same_kind(lock: Callable[[str], Path]) -> None:
    with pytest.raises(LockError, match=r"keda\.sh/ScaledObject is brought by keda and by other"):
        read_lock(lock(GOOD + GOOD.replace("chart.keda", "chart.other")))


def test_a_vendored_archive_is_used_by_a_path_that_is_the_same_on_every_machine(
    lock: Callable[[str], Path], tmp_path: Path
) -> None:
    archive = tmp_path / "charts" / "keda-1.2.3.tgz"
    archive.parent.mkdir()
    archive.write_bytes(b"what was looked at")
    chart = read_lock(lock(ENTRY.format(digest=digest_of(archive))))["keda"]
    assert vendored(chart, tmp_path) == "./charts/keda-1.2.3.tgz"


def test_without_an_archive_the_repository_is_asked(lock: Callable[[str], Path], tmp_path: Path) -> None:
    assert vendored(read_lock(lock(GOOD))["keda"], tmp_path) is None


def test_an_archive_that_somebody_exchanged_stops_the_program(
    lock: Callable[[str], Path], tmp_path: Path
) -> None:
    archive = tmp_path / "charts" / "keda-1.2.3.tgz"
    archive.parent.mkdir()
    archive.write_bytes(b"something else")
    with pytest.raises(LockError) as told:
        vendored(read_lock(lock(GOOD))["keda"], tmp_path)
    for word in (digest_of(archive), "0" * 64, "rm ./charts/keda-1.2.3.tgz"):
        assert word in str(told.value)


def test_an_archive_of_which_nobody_said_the_digest_is_not_trusted(
    lock: Callable[[str], Path], tmp_path: Path
) -> None:
    archive = tmp_path / "charts" / "keda-1.2.3.tgz"
    archive.parent.mkdir()
    archive.write_bytes(b"anything")
    chart = read_lock(lock(GOOD.replace(f'sha256 = "{"0" * 64}"\n', "")))["keda"]
    with pytest.raises(LockError, match="--update-lock"):
        vendored(chart, tmp_path)
