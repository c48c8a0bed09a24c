"""The policy pack as the Pulumi engine starts it; the policies themselves are importable without it."""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: it would shadow other modules

from policies.analyzer import serve  # noqa: E402 - after the path

serve()
