"""What every test has: no credentials, and no recording that outlives its test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
CREDENTIALS = (
    "AWS_",
    "GOOGLE_",
    "ARM_",
    "AZURE_",
    "KUBECONFIG",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_CONFIG_PASSPHRASE",
)

settings.register_profile("steady", deadline=None)  # a busy machine is no failure; speed is in `make bench`
settings.load_profile("steady")


@pytest.fixture(autouse=True)
def _no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can reach a live account, whatever the person who runs it is logged in to."""
    for name in os.environ:
        if name.startswith(CREDENTIALS):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


def pytest_addoption(parser: pytest.Parser) -> None:
    """One flag writes every golden file anew."""
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
