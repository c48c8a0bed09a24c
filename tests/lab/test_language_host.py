"""The language host, started and asked as the engine does it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from lab.executables import wheels, write_language_host, write_providers


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[language_pb2_grpc.LanguageRuntimeStub]:
    folder = tmp_path_factory.mktemp("bin")
    write_language_host(folder)
    command = [folder / "pulumi-language-python", "127.0.0.1:1"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            yield language_pb2_grpc.LanguageRuntimeStub(channel)
        process.terminate()


def program(folder: Path, text: str) -> language_pb2.ProgramInfo:
    (folder / "__main__.py").write_text(text, encoding="utf-8")
    return language_pb2.ProgramInfo(
        root_directory=str(folder), program_directory=str(folder), entry_point="."
    )


def plugin(host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path, text: str) -> tuple[str, str, int]:
    info = program(tmp_path, text)
    said = {"stdout": b"", "stderr": b""}
    code = -1
    environment = [f"{name}={value}" for name, value in os.environ.items()]
    request = language_pb2.RunPluginRequest(
        pwd=str(tmp_path), info=info, kind="resource", args=["one"], env=environment
    )
    for message in host.RunPlugin(request):
        kind = message.WhichOneof("output")
        if kind == "exitcode":
            code = message.exitcode
        else:
            said[kind] += getattr(message, kind)
    return said["stdout"].decode(), said["stderr"].decode(), code


def test_a_program_needs_the_providers_of_the_sdks_that_it_imports_and_no_others(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    info = program(tmp_path, "import pulumi_kubernetes\n")
    answer = host.GetRequiredPackages(language_pb2.GetRequiredPackagesRequest(info=info))
    (version,) = [wheel.version for wheel in wheels() if wheel.provider == "kubernetes"]
    assert [(package.name, package.version) for package in answer.packages] == [("kubernetes", f"v{version}")]


def test_the_policy_sdk_is_no_provider() -> None:
    assert not [wheel for wheel in wheels() if wheel.provider.startswith("policy")]


def test_each_installed_sdk_has_its_provider_where_the_engine_looks_for_that_very_version(
    tmp_path: Path,
) -> None:
    write_providers(tmp_path)
    for wheel in wheels():
        folder = tmp_path / "plugins" / f"resource-{wheel.provider}-v{wheel.version}"
        assert os.access(folder / f"pulumi-resource-{wheel.provider}", os.X_OK)


def test_a_plugin_is_heard_on_both_streams_and_its_exit_code_told(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    text = "import sys\nprint(sys.argv[1])\nprint('err', file=sys.stderr)\nsys.exit(3)\n"
    assert plugin(host, tmp_path, text) == ("one\n", "err\n", 3)


def test_a_plugin_does_not_find_this_projects_modules_by_accident(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    text = "import os\nprint(os.environ.get('PYTHONPATH'))\n"
    assert plugin(host, tmp_path, text)[0] == "None\n"


def test_a_program_that_cannot_reach_its_engine_is_an_answer_not_a_hang(
    host: language_pb2_grpc.LanguageRuntimeStub, tmp_path: Path
) -> None:
    info = program(tmp_path, "raise SystemExit(5)\n")
    request = language_pb2.RunRequest(
        project="p", stack="dev", pwd=str(tmp_path), monitor_address="127.0.0.1:1", info=info
    )
    answer = host.Run(request, timeout=60)
    assert answer.error or answer.bail


def test_the_host_tells_which_python_runs_programs(host: language_pb2_grpc.LanguageRuntimeStub) -> None:
    assert host.About(language_pb2.AboutRequest()).executable == sys.executable
    assert host.GetPluginInfo(empty_pb2.Empty()).version.startswith("v3.")


def test_the_programs_dependencies_are_those_of_this_environment(
    host: language_pb2_grpc.LanguageRuntimeStub,
) -> None:
    found = host.GetProgramDependencies(language_pb2.GetProgramDependenciesRequest()).dependencies
    assert "pulumi" in {dependency.name for dependency in found}
