"""How the real engine runs Python here: the LanguageRuntime service, in Python.

The engine's own host is a Go program that no package source carries. What the engine needs of it is
little: which providers a program wants, run that program, run a policy pack. The engine starts
``pulumi-language-python`` (see `lab.executables`), reads a port, and calls.

Source of the protocol: ``pulumi/language.proto``, as generated into the pinned SDK.
"""

# ruff: noqa: ARG002 - the protocol names the methods and gives each a request and a context
from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import IO, Final, Literal

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from lab.executables import wheels
from lab.imports import imported
from lab.toolchain import PULUMI
from plan.plugin import serve

__all__ = ["ALREADY_TOLD", "LanguageHost", "main"]

ALREADY_TOLD: Final = 32
"""Exit code of a program whose error the engine has been told; nothing is left to say."""
RUNNER: Final = "lab.run_program"
WORKERS: Final = 16
"""A program and each policy pack keep one busy for as long as they run."""
CHUNK: Final = 65536

Stream = Literal["stdout", "stderr"]


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Serves one engine, for as long as that engine lives."""

    def __init__(self, engine: str) -> None:
        self.engine = engine
        self._running: set[subprocess.Popen[bytes]] = set()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, context: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        """The engine says where it is, if it did not say so when it started us."""
        self.engine = request.engine_address or self.engine
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """The version of the engine that this host goes with."""
        return plugin_pb2.PluginInfo(version=PULUMI.version)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """The engine gives up: so does everything that we run for it."""
        self.end()
        return empty_pb2.Empty()

    def end(self) -> None:
        """End what runs."""
        for process in tuple(self._running):
            _end(process)

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        """The providers of the SDKs that this program's files can import; not of all that are installed."""
        wanted = imported(_program(request.info))
        return language_pb2.GetRequiredPackagesResponse(
            packages=[
                plugin_pb2.PackageDependency(
                    name=wheel.provider, kind="resource", version=f"v{wheel.version}"
                )
                for wheel in wheels()
                if wheel.module in wanted
            ]
        )

    def GetRequiredPlugins(
        self, request: language_pb2.GetRequiredPluginsRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPluginsResponse:
        """What older engines ask instead; newer ones ask for packages."""
        return language_pb2.GetRequiredPluginsResponse()

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        """Run the program in a process of its own; its output goes where ours goes, to the engine."""
        run = {
            "monitor": request.monitor_address,
            "engine": self.engine,
            "project": request.project,
            "stack": request.stack,
            "parallel": request.parallel,
            "dry_run": request.dryRun,
            "organization": request.organization,
            "root_directory": request.info.root_directory,
        }
        config = {
            "PULUMI_CONFIG": json.dumps(dict(request.config)),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
        }
        process = self._start(
            [sys.executable, "-P", "-u", "-m", RUNNER, json.dumps(run), str(_program(request.info))],
            folder=request.pwd or request.info.program_directory,
            environment={**os.environ, **config},
            context=context,
        )
        code = self._wait(process)
        if code == 0:
            return language_pb2.RunResponse()
        if code == ALREADY_TOLD:
            return language_pb2.RunResponse(bail=True)
        return language_pb2.RunResponse(error=f"the program ended with exit code {code}")

    def RunPlugin(
        self, request: language_pb2.RunPluginRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.RunPluginResponse]:
        """Run a policy pack (kind ``analyzer``) or another plugin that is written in Python."""
        folder = request.info.program_directory
        policy = ["-m", "pulumi.policy", *request.args, folder]
        how = policy if request.kind == "analyzer" else [folder, *request.args]
        given = dict(text.split("=", 1) for text in request.env)
        process = self._start(
            [sys.executable, "-u", *how],
            folder=request.pwd or folder,
            environment=_without_our_path(given or dict(os.environ)),
            context=context,
            keep_output=True,
        )
        for stream, chunk in _output(process):
            if stream == "stdout":
                yield language_pb2.RunPluginResponse(stdout=chunk)
            else:
                yield language_pb2.RunPluginResponse(stderr=chunk)
        yield language_pb2.RunPluginResponse(exitcode=self._wait(process))

    def About(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        """The Python that runs programs."""
        return language_pb2.AboutResponse(executable=sys.executable, version=sys.version.split()[0])

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        """What is installed beside the program, for ``pulumi about``."""
        found = {distribution.name: distribution.version for distribution in metadata.distributions()}
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=name, version=version)
                for name, version in sorted(found.items())
            ]
        )

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        """Nothing to do: this environment is the program's."""
        yield language_pb2.InstallDependenciesResponse(stdout=b"the environment is prepared by `make`\n")

    def _start(
        self,
        command: Sequence[str],
        *,
        folder: str,
        environment: Mapping[str, str],
        context: grpc.ServicerContext,
        keep_output: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a process that ends when the engine drops the call."""
        stream = subprocess.PIPE if keep_output else None
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream
        )
        self._running.add(process)
        context.add_callback(lambda: _end(process))
        return process

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        code = process.wait()
        self._running.discard(process)
        return code


def _program(info: language_pb2.ProgramInfo) -> Path:
    """The file or folder that is the program."""
    return Path(info.program_directory) / (info.entry_point or ".")


def _without_our_path(environment: Mapping[str, str]) -> dict[str, str]:
    """A pack must find its own imports, as it must under the engine's own host."""
    return {name: value for name, value in environment.items() if name != "PYTHONPATH"}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)


def _output(process: subprocess.Popen[bytes]) -> Iterator[tuple[Stream, bytes]]:
    """What the process says on either stream, as it says it, until both are closed."""
    said: queue.Queue[tuple[Stream, bytes]] = queue.Queue()

    def pump(name: Stream, stream: IO[bytes]) -> None:
        while chunk := os.read(stream.fileno(), CHUNK):
            said.put((name, chunk))
        said.put((name, b""))

    streams: list[tuple[Stream, IO[bytes] | None]] = [("stdout", process.stdout), ("stderr", process.stderr)]
    open_streams = 0
    for name, stream in streams:
        if stream is not None:
            threading.Thread(target=pump, args=(name, stream), daemon=True).start()
            open_streams += 1
    while open_streams:
        name, chunk = said.get()
        if chunk:
            yield name, chunk
        else:
            open_streams -= 1


def main(arguments: Sequence[str]) -> int:
    """Serve the engine whose address is the last argument."""
    if not arguments:
        sys.stderr.write(
            "usage: pulumi-language-python [FLAGS] ENGINE_ADDRESS; the engine starts this itself\n"
        )
        return 2
    host = LanguageHost(arguments[-1])
    serve(
        lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
        workers=WORKERS,
        at_end=host.end,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
