"""The plans that are held against Google's documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from config.loader import to_config
from plan.record import record
from plan.resource import Plan
from tests.google.rest import Findings, held
from tests.google.tables import shipped
from tests.support import GCP_STACKS, ROOT, planned

VARIANTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "dev-gcp": {
        "edge": {"open_to": ["192.0.2.0/24"], "ddos_advanced": "3000 USD"},
        "gateway": {
            "login": {
                "issuer": "https://login.example.com",
                "audiences": ["trading"],
                "jwks": "https://login.example.com/keys",
            }
        },
    },
    "prod-gcp": {
        "edge": {"open_to": []},
        "cloud": {
            "office": {
                "gateways": ["203.0.113.10", "203.0.113.11"],
                "asn": 65010,
                "cidrs": ["192.168.0.0/16"],
            }
        },
        "cluster": {"public_access_cidrs": ["198.51.100.0/24"]},
    },
}
"""Settings that bring what no shipped stack has: the paid firewall, an entry from inside, an office."""


@cache
def plans() -> tuple[Plan, ...]:
    """The shipped stacks on Google Cloud, and variants of them."""
    shipped_ones = (planned(stack) for stack in GCP_STACKS)
    return (*shipped_ones, *(_varied(stack, changes) for stack, changes in VARIANTS.items()))


@cache
def findings() -> Findings:
    """What is wrong with them, and what was looked at; once a test process."""
    return held(plans(), shipped())


def _varied(stack: str, changes: Mapping[str, Any]) -> Plan:
    config = to_config(ROOT / f"Pulumi.{stack}.yaml")
    for section, change in changes.items():
        name = f"trading-platform:{section}"
        config[name] = json.dumps({**json.loads(config.get(name, "{}")), **change})
    return record(config, stack=stack, mode="up")
