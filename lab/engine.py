"""One stack of one program under the real Pulumi engine, with simulated clouds behind it.

Everything that the engine writes is in one folder (`Engine.room`): its home with the simulated
providers, its state, the clouds' state, a passphrase, and a mirror of the project. The mirror is
links to the project's files, except for the stack files: the engine writes into those. Nothing is
asked of a network, and no credential of the person who runs it is handed on.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

from lab.executables import write_language_host, write_providers
from lab.installation import Installation, obtain
from lab.outcome import Outcome, events, from_events, plain_messages
from lab.process import Finished, run
from lab.registered import Json, planned
from plan.load import from_deployment
from plan.resource import Plan

__all__ = ["Engine", "EngineError"]

HANDED_ON: Final = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER")
"""Variables of the caller that the engine sees. Credentials are not among them."""
NO_NETWORK: Final = {
    "PULUMI_SKIP_UPDATE_CHECK": "true",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
    "KUBECONFIG": os.devnull,
}
NOT_MIRRORED: Final = frozenset({".git", "__pycache__"})
DIRECTLY: Final = ("--yes", "--skip-preview")
TIMEOUT: Final = 1200.0
"""Seconds for one operation."""
SHORT: Final = 60.0
"""Seconds for one that only reads or writes the state."""


class EngineError(Exception):
    """The engine ended an operation with a failure. `outcome` holds what happened until then."""

    def __init__(self, outcome: Outcome, finished: Finished) -> None:
        said = outcome.messages or plain_messages(finished.errors)
        broken = [
            f"{finding.policy}: {finding.message}"
            for finding in outcome.findings
            if finding.level == "mandatory"
        ]
        steps = (
            [str(step) for step in outcome.steps if not step.is_quiet]
            if outcome.operation == "preview"
            else []
        )
        lines = "\n  ".join((*said, *broken, *steps)) or "(it said nothing)"
        super().__init__(f"`pulumi {outcome.operation}` ended with exit code {finished.code}:\n  {lines}")
        self.outcome = outcome
        self.code = finished.code


class Engine:
    """Drives one stack. Every operation returns its `Outcome`, or raises `EngineError`."""

    def __init__(
        self,
        room: Path,
        project: Path,
        stack: str,
        *,
        installation: Installation | None = None,
        packs: Sequence[Path] = (),
        checkpoints: bool = True,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Prepare the room.

        ``room``: an empty or new folder. ``project``: the folder with ``Pulumi.yaml``. ``packs``:
        policy packs that judge every preview and update. ``checkpoints``: keep the whole state after
        each resource, so that a broken run can go on; without, a large stack is deployed in a third of
        the time. ``tell`` gets a progress line now and then.
        Raises `lab.Unavailable` when the machine has no engine and cannot build one.
        """
        self.room, self.stack, self.packs = room.resolve(), stack, [pack.resolve() for pack in packs]
        self.installation = installation or obtain(tell)
        self.pack_config: Path | None = None
        """What each pack is told in the next operations: JSON, settings by policy."""
        self.variables: dict[str, str] = {}
        """What is added to the environment of the next operations."""
        self._tell = tell
        self._checkpoints = checkpoints
        for name in ("home", "state", "cloud"):
            (self.room / name).mkdir(parents=True, exist_ok=True)
        self._mirror(project.resolve())
        write_providers(self.room / "home")
        if not self.installation.complete:
            write_language_host(self.room / "bin")
        with suppress(FileExistsError):
            file = os.open(self._passphrase, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w", encoding="ascii") as stream:
                stream.write(secrets.token_hex(16))

    @property
    def project(self) -> Path:
        """The mirror of the project that the engine works in."""
        return self.room / "project"

    @property
    def settings(self) -> Path:
        """The private copy of the stack's file: change a setting here."""
        return self.project / f"Pulumi.{self.stack}.yaml"

    @property
    def cloud(self) -> Path:
        """Where the simulated clouds keep what exists (`plan.store.Store`)."""
        return self.room / "cloud"

    def stack_init(self) -> None:
        """Make the stack, empty."""
        self._answer("stack", "init", self.stack)

    def preview(self, *, expect_no_changes: bool = False) -> Outcome:
        """What an update would do; with ``expect_no_changes``, a failure when it is anything."""
        expecting = ["--expect-no-changes"] if expect_no_changes else []
        return self._heard("preview", *expecting, *self._judged())

    def planned(self) -> Plan:
        """What the engine would register, in full: of a stack that was not deployed yet."""
        saved = self.room / "planned.json"
        finished = self._run("preview", "--json", "--save-plan", str(saved))
        if finished.code:
            raise EngineError(
                Outcome("preview", finished.seconds, messages=plain_messages(finished.errors)), finished
            )
        return planned(json.loads(finished.output), json.loads(saved.read_text(encoding="utf-8")))

    def up(self, *, targets: Sequence[str] = ()) -> Outcome:
        """Deploy; with ``targets`` (URNs, ``**`` stands for anything) nothing but those."""
        chosen = [argument for target in targets for argument in ("--target", target)]
        return self._heard("up", *DIRECTLY, *chosen, *self._judged())

    def refresh(self) -> Outcome:
        """Read back what exists; creations that were broken off are forgotten, so that `up` makes them."""
        return self._heard("refresh", *DIRECTLY, "--clear-pending-creates")

    def destroy(self) -> Outcome:
        """Remove everything."""
        return self._heard("destroy", *DIRECTLY)

    def export(self) -> Json:
        """The state, as ``pulumi stack export`` gives it, secrets revealed: keep it in memory."""
        return cast("Json", json.loads(self._answer("stack", "export", "--show-secrets")))

    def state(self) -> str:
        """The state as it is kept: what is secret is encrypted."""
        return self._answer("stack", "export")

    def deployed(self) -> Plan:
        """What the engine has registered."""
        return from_deployment(self.export()["deployment"])

    def policy_analyze(self, *, file: Path | None = None) -> Outcome:
        """Let the packs judge a saved deployment, or the stack as it is.

        Unlike an update, this tells a pack nothing about the stack; ours reads the stack's name, and
        from it the environment, from ``PULUMI_STACK``.
        """
        source = ["--file", str(file.resolve())] if file else ["--stack", self.stack]
        said = {"PULUMI_STACK": self.stack}
        return self._heard("policy", "analyze", *source, *self._judged(), stack=False, variables=said)

    def _heard(
        self, *arguments: str, stack: bool = True, variables: Mapping[str, str] | None = None
    ) -> Outcome:
        """Run an operation that tells its events."""
        told = {"PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true", **(variables or {})}
        finished = self._run(*arguments, "--json", stack=stack, variables=told)
        operation = " ".join(arguments[:2]) if arguments[0] == "policy" else arguments[0]
        outcome = from_events(operation, finished.seconds, events(finished.output))
        if finished.code:
            raise EngineError(outcome, finished)
        return outcome

    def _judged(self) -> list[str]:
        told = ("--policy-pack-config", str(self.pack_config)) if self.pack_config else ()
        return [argument for pack in self.packs for argument in ("--policy-pack", str(pack), *told)]

    def _answer(self, *arguments: str) -> str:
        own = arguments[:2] == ("stack", "init")
        finished = self._run(*arguments, stack=not own, timeout=SHORT)
        if finished.code:
            raise EngineError(Outcome(" ".join(arguments[:2]), finished.seconds), finished)
        return finished.output

    def _run(
        self,
        *arguments: str,
        stack: bool = True,
        variables: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,
    ) -> Finished:
        chosen = ["--stack", self.stack] if stack else []
        done = [0]

        def hear(line: str) -> None:
            if '"resOutputsEvent"' in line:
                done[0] += 1

        def tick(seconds: float) -> None:
            self._tell(f"pulumi {arguments[0]}: {done[0]} resources done, {seconds:.0f} s")

        return run(
            [self.installation.pulumi, *arguments, *chosen, "--non-interactive", "--color", "never"],
            folder=self.project,
            environment={**self._environment(), **(variables or {})},
            timeout=timeout,
            hear=hear,
            tick=tick,
        )

    @property
    def _passphrase(self) -> Path:
        return self.room / "passphrase"

    def _environment(self) -> Mapping[str, str]:
        path = (
            str(self.room / "bin"),
            str(self.installation.pulumi.parent),
            os.environ.get("PATH", os.defpath),
        )
        return {
            **{name: os.environ[name] for name in HANDED_ON if name in os.environ},
            **NO_NETWORK,
            "PATH": os.pathsep.join(path),
            "PULUMI_HOME": str(self.room / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.room / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self._passphrase),
            "SIMULATED_CLOUD_STORE": str(self.cloud),
            **(
                {}
                if self._checkpoints
                else {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
            ),
            **self.variables,
        }

    def _mirror(self, project: Path) -> None:
        self.project.mkdir(exist_ok=True)
        for entry in project.iterdir():
            here = self.project / entry.name
            if here.exists() or entry.name in NOT_MIRRORED:
                continue
            if entry.match("Pulumi.*.yaml"):
                shutil.copyfile(entry, here)
            else:
                here.symlink_to(entry)
