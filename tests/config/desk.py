"""A desk to write stack files at, and to load them, with every cloud's SDK taken as installed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.loader import Loaded, load_file
from config.problems import Problem, SettingsError

IMAGE = f"registry.example.com/trading/api@sha256:{'2c26b46b' * 8}"
ADMINS = ["arn:aws:iam::111122223333:role/platform-admin"]
GOOGLE = {
    "provider": "gcp",
    "project": "trading-1",
    "project_number": "123456789012",
    "billing_account": "012345-6789AB-CDEF01",
    "region": "us-central1",
}
DEV: dict[str, Any] = {
    "environment": "dev",
    "cloud": {"provider": "aws", "account": "111122223333", "region": "us-east-1", "admin_roles": ADMINS},
    "domain": "dev.trade.example.com",
    "services": {"api": {"image": IMAGE}},
    "budget": {"monthly": "300 USD"},
    "alerts": {"email": "platform@example.com"},
}


def _every_sdk(_package: str) -> bool:
    return True


class Desk:
    """Writes stack files into a directory of their own, and loads them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, text: str | bytes, stack: str = "test") -> Path:
        path = self.folder / f"Pulumi.{stack}.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def settings(self, stack: str = "test", /, **changes: object) -> Loaded:
        """A small dev stack, with top-level keys replaced or added."""
        config = {f"trading-platform:{key}": value for key, value in (DEV | changes).items()}
        return self.load(self.write(json.dumps({"config": config}, indent=1), stack))

    def load(self, path: Path) -> Loaded:
        return load_file(path, installed=_every_sdk)

    def problems(self, do: Callable[[], object]) -> tuple[Problem, ...]:
        with pytest.raises(SettingsError) as refusal:
            do()
        return refusal.value.problems
