"""Building the real parts, with a `go` of our own in the place of the real one."""

from __future__ import annotations

import os
import re
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

import lab
from lab import inventory
from lab.toolchain import ETCD, PARTS, PULUMI, Part, Unavailable, build, built, key
from lab.toolchain.build import Progress

GO = """#!/bin/sh
[ "$1" = env ] && {{ echo go1.99; echo linux; echo amd64; exit 0; }}
echo "$*" >> "{log}"
while [ $# -gt 0 ]; do [ "$1" = -o ] && out="$2"; shift; done
{work}
"""
MAKES_IT = 'sleep 0.3; echo internal/one >&2; printf "#!/bin/sh\\n" > "$out/pulumi"; chmod +x "$out/pulumi"'


class Go:
    """A `go` that does what it is told, and remembers how often it built."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "builds.log"
        self.file = folder / "bin" / "go"
        self.file.parent.mkdir()

    def does(self, work: str) -> None:
        self.file.write_text(GO.format(log=self.log, work=work), encoding="utf-8")
        self.file.chmod(0o755)

    @property
    def builds(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    found = Go(tmp_path)
    found.does(MAKES_IT)
    monkeypatch.setenv("PATH", f"{found.file.parent}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("TRADING_LAB_CACHE", str(tmp_path / "cache"))
    return found


@pytest.fixture
def _only_pulumi(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "PARTS", (PULUMI,))


def left_behind(tmp_path: Path) -> list[str]:
    return sorted(entry.name for entry in (tmp_path / "cache").iterdir() if not entry.name.endswith(".lock"))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_committed_module_pins_the_version_that_the_part_names(part: Part) -> None:
    module = (part.folder / "go.mod").read_text(encoding="utf-8")
    assert f"\t{part.module} {part.version}" in module
    for package in part.packages:
        assert re.search(rf"^(tool |\t){re.escape(package)}$", module, re.MULTILINE)
    assert f"{part.module} {part.version} h1:" in (part.folder / "go.sum").read_text(encoding="utf-8")
    assert not re.search(r"=> [./]", module), "nothing is built from a folder of one machine"


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_no_two_programs_of_a_part_have_one_name(part: Part) -> None:
    assert len(set(part.executables)) == len(part.packages)


def test_a_program_is_looked_for_under_the_name_that_go_gives_it() -> None:
    assert ETCD.packages == ("go.etcd.io/etcd/server/v3",)
    assert ETCD.executables == ("server",)
    assert PULUMI.executables == ("pulumi",)


def test_a_build_that_gives_something_else_is_no_build(go: Go, tmp_path: Path) -> None:
    go.does('printf x > "$out/other"')
    with pytest.raises(Unavailable, match="gave other, not pulumi"):
        build(PULUMI)
    assert left_behind(tmp_path) == []


def test_a_build_is_made_once_and_found_again(go: Go) -> None:
    assert built(PULUMI) is None
    first = build(PULUMI)
    assert (first / "pulumi").exists()
    assert build(PULUMI) == built(PULUMI) == first
    assert len(go.builds) == 1


def test_a_build_is_stripped_reproducible_and_knows_its_version(go: Go) -> None:
    build(PULUMI)
    for wanted in ("-trimpath", "-s -w", "osusergo,grpcnotrace", f"version.Version={PULUMI.version}"):
        assert wanted in go.builds[0]


def test_two_builds_side_by_side_are_one(go: Go) -> None:
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(build(PULUMI))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found) == 2
    assert len(go.builds) == 1


def test_another_go_other_flags_or_other_sums_are_another_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = key(PULUMI, "go1.99")
    assert here == key(PULUMI, "go1.99")
    assert here != key(PULUMI, "go2.0")
    assert here != key(replace(PULUMI, tags=("other",)), "go1.99")
    for file in ("go.mod", "go.sum"):
        (tmp_path / file).write_bytes((PULUMI.folder / file).read_bytes())
    monkeypatch.setattr(Part, "folder", property(lambda _: tmp_path))
    assert key(PULUMI, "go1.99") == here
    with (tmp_path / "go.sum").open("a", encoding="utf-8") as sums:
        sums.write("\n")
    assert key(PULUMI, "go1.99") != here


def test_a_build_that_fails_says_what_go_said_and_leaves_nothing(go: Go, tmp_path: Path) -> None:
    go.does("echo 'go: module example: not found' >&2; exit 1")
    with pytest.raises(Unavailable, match="module example: not found"):
        build(PULUMI)
    assert left_behind(tmp_path) == []


def test_without_go_the_reason_says_what_to_install(go: Go) -> None:
    go.file.unlink()
    with pytest.raises(Unavailable, match="Install Go"):
        build(PULUMI)


def test_what_was_built_is_found_without_go(go: Go) -> None:
    folder = build(PULUMI)
    go.file.unlink()
    assert built(PULUMI) == folder


def test_an_interrupted_build_ends_the_compiler_and_leaves_nothing_half_built(go: Go, tmp_path: Path) -> None:
    go.does(f'echo $$ > "{tmp_path}/compiler"; printf x > "$out/pulumi"; chmod +x "$out/pulumi"; sleep 60')

    def interrupt(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(PULUMI, interrupt)
    compiler = int((tmp_path / "compiler").read_text(encoding="ascii"))
    with pytest.raises(ProcessLookupError):
        os.kill(compiler, 0)
    assert left_behind(tmp_path) == []
    assert built(PULUMI) is None


def test_progress_tells_what_is_done_and_for_how_long(go: Go) -> None:
    go.does(f"echo internal/one >&2; sleep 1.5; {MAKES_IT}")
    lines: list[str] = []
    build(PULUMI, lines.append)
    assert re.fullmatch(
        r"building pulumi v[\d.]+: 1 packages compiled, 0:0\d; from cold about \d+ minutes", lines[0]
    )


@pytest.mark.usefixtures("go", "_only_pulumi")
def test_the_status_of_the_lab_goes_from_missing_to_built_and_back() -> None:
    assert [part.state for part in lab.status()] == ["missing"]
    assert [part.state for part in lab.build()] == ["built"]
    assert [part.state for part in lab.status()] == ["built"]
    assert len(lab.clean()) == 1
    assert [part.state for part in lab.status()] == ["missing"]


@pytest.mark.usefixtures("_only_pulumi")
def test_a_part_that_cannot_be_built_is_reported_with_its_reason(go: Go) -> None:
    go.does("echo 'no such host' >&2; exit 1")
    (part,) = lab.build()
    assert part.state == "unavailable"
    assert "no such host" in part.note


@pytest.mark.usefixtures("go", "_only_pulumi")
def test_an_installation_without_its_language_host_is_not_used_and_the_status_says_so(tmp_path: Path) -> None:
    lonely = tmp_path / "bin" / "pulumi"
    lonely.write_text("#!/bin/sh\necho v3.270.0\n", encoding="utf-8")
    lonely.chmod(0o755)
    (part,) = lab.status()
    assert part.state == "missing"
    assert "has no pulumi-language-python beside it" in part.note


@pytest.mark.usefixtures("go", "_only_pulumi")
@pytest.mark.parametrize(
    ("version", "state"), [("v3.270.0", "found"), ("v3.100.0", "missing"), ("v4.0.0", "missing")]
)
def test_a_complete_installation_is_used_when_its_version_fits(
    tmp_path: Path, version: str, state: str
) -> None:
    for name in ("pulumi", "pulumi-language-python"):
        file = tmp_path / "bin" / name
        file.write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        file.chmod(0o755)
    (part,) = lab.status()
    assert part.state == state
    assert version.removeprefix("v") in (part.version if state == "found" else part.note)


def test_a_progress_line_comes_at_most_about_once_a_second(go: Go) -> None:
    go.does(f"sleep 2; {MAKES_IT}")
    times: list[float] = []
    tell: Progress = lambda _: times.append(time.monotonic())  # noqa: E731 - it is typed so
    build(PULUMI, tell)
    assert 1 <= len(times) <= 4
