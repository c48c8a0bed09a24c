"""What the tests with the real engine share: an engine, or a loud reason why there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

import pytest
from _pytest.capture import CaptureManager  # pyright: ignore[reportPrivateImportUsage]

from lab.differences import Difference
from lab.engine import Engine
from lab.installation import Installation, obtain
from lab.outcome import Outcome
from lab.toolchain import Unavailable
from plan.resource import Plan

WALL_TIMES: Final = pytest.StashKey[list[tuple[str, str, float]]]()
FOUND: Final = pytest.StashKey[Installation | str]()


class Life:
    """A stack from its first preview to its end. Each stage lives through those before it, once.

    So a test names the stage that it is about, runs alone or among others, and nothing is deployed
    twice.
    """

    def __init__(self, engine: Engine, change: Callable[[Engine], None]) -> None:
        self.engine = engine
        self.times: list[tuple[str, float]] = []
        self._change = change

    @cached_property
    def planned(self) -> Plan:
        """What the engine would register, before anything is."""
        return self.engine.planned()

    @cached_property
    def previewed(self) -> Outcome:
        """The first preview, of everything."""
        _ = self.planned
        return self._timed("preview, all new", self.engine.preview())

    @cached_property
    def updated(self) -> Outcome:
        """The first update."""
        _ = self.previewed
        return self._timed("up, all new", self.engine.up())

    @cached_property
    def deployed(self) -> Plan:
        """What the engine registered in it."""
        _ = self.updated
        return self.engine.deployed()

    @cached_property
    def unchanged(self) -> Outcome:
        """A preview straight after it; fails when anything would change."""
        _ = self.deployed
        return self._timed("preview, no changes", self.engine.preview(expect_no_changes=True))

    @cached_property
    def change_previewed(self) -> Outcome:
        """A preview after a setting was changed."""
        _ = self.unchanged
        self._change(self.engine)
        return self._timed("preview, a changed setting", self.engine.preview())

    @cached_property
    def changed(self) -> Outcome:
        """The update that follows."""
        _ = self.change_previewed
        return self._timed("up, a changed setting", self.engine.up())

    @cached_property
    def refreshed(self) -> Outcome:
        """A refresh with nothing to find."""
        _ = self.changed
        return self._timed("refresh", self.engine.refresh())

    @cached_property
    def destroyed(self) -> Outcome:
        """The end."""
        _ = self.refreshed
        return self._timed("destroy", self.engine.destroy())

    def _timed(self, stage: str, outcome: Outcome) -> Outcome:
        self.times.append((stage, outcome.seconds))
        return outcome


@contextmanager
def new_engine(
    config: pytest.Config,
    room: Path,
    project: Path,
    stack: str,
    *,
    packs: Iterable[Path] = (),
    checkpoints: bool = True,
) -> Generator[Engine]:
    """An engine with an empty stack in a new room, or a skip with the reason in the summary."""
    tell = narrator(config)
    found = _installation(config, tell)
    if isinstance(found, str):
        pytest.skip(f"NO REAL ENGINE: {found}")
    engine = Engine(
        room, project, stack, installation=found, packs=tuple(packs), checkpoints=checkpoints, tell=tell
    )
    engine.stack_init()
    yield engine


@contextmanager
def life(config: pytest.Config, engine: Engine, change: Callable[[Engine], None]) -> Generator[Life]:
    """The stages of an engine's stack; their wall times are told at the end of the run."""
    stages = Life(engine, change)
    yield stages
    config.stash.setdefault(WALL_TIMES, []).extend(
        (engine.stack, name, seconds) for name, seconds in stages.times
    )


def said(found: Iterable[Difference]) -> str:
    """Differences as an assertion shows them."""
    return "\n".join(str(difference) for difference in found)


def names(urns: Iterable[str]) -> list[str]:
    """The logical names, sorted."""
    return sorted(urn.rpartition("::")[2] for urn in urns)


def _installation(config: pytest.Config, tell: Callable[[str], None]) -> Installation | str:
    """The engine of this machine, built when it must be, or the reason; asked for once a run."""
    if FOUND not in config.stash:
        try:
            config.stash[FOUND] = obtain(tell)
        except Unavailable as reason:
            config.stash[FOUND] = str(reason)
    return config.stash[FOUND]


def narrator(config: pytest.Config) -> Callable[[str], None]:
    """Tells a person who waits what the engine is doing, past pytest's capture; silent elsewhere."""
    capture = config.pluginmanager.getplugin("capturemanager")
    assert isinstance(capture, CaptureManager)

    def tell(line: str) -> None:
        with capture.global_and_fixture_disabled():
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K  {line}")
                sys.stderr.flush()

    return tell
