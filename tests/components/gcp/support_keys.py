"""Keys of two regions, those that they share, and somebody who encrypts with one of each."""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

import pulumi
from pulumi_gcp import kms, pubsub

from components.gcp.agents import agent
from components.gcp.keys import Keys, KeysArgs
from components.gcp.shared_keys import SharedKeys, SharedKeysArgs
from components.naming import Naming
from plan.resource import Plan, Resource
from tests.components.gcp.kit import ELSEWHERE, NUMBER, REGION, deploy
from tests.components.kit import every, said, sources

CLASSES: Final = ("data", "secrets", "logs")
SHARED: Final = ("data", "logs")
ROLE: Final = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
DAY: Final = 86_400
A = TypeVar("A", bound=KeysArgs)


def arguments(
    kind: type[A], location: str, *, protect: bool = True, hardware: bool = True, generation: int = 1
) -> A:
    return kind(
        naming=Naming("prod", generation),
        number=NUMBER,
        location=location,
        rotation_days=90,
        deletion_days=30,
        hardware=hardware,
        protect=protect,
    )


@cache
def keys(*, protect: bool = True, hardware: bool = True, generation: int = 1) -> Plan:
    """Both regions' keys and those that they share, and somebody who encrypts with one of each."""

    def program(opts: pulumi.ResourceOptions) -> None:
        def args(kind: type[A], location: str) -> A:
            return arguments(kind, location, protect=protect, hardware=hardware, generation=generation)

        home = Keys("keys", args(KeysArgs, REGION), opts)
        Keys("keys-dr", args(KeysArgs, ELSEWHERE), opts)
        shared = SharedKeys("keys-shared", args(SharedKeysArgs, "us"), opts)
        pubsub.Topic("own", kms_key_name=home.logs, opts=opts)
        pubsub.Topic("common", kms_key_name=shared.logs, opts=opts)

    return deploy(program)


def users(name: str) -> set[str]:
    """Who may use the key of that name, as members."""
    plan = keys()
    return {
        str(said(grant, "member"))
        for grant in every(plan, kms.CryptoKeyIAMMember)
        if sources(plan, grant, "cryptoKeyId") == {name}
    }


def members(*apis: str) -> set[str]:
    return {agent(f"{api}.googleapis.com", NUMBER) for api in apis}


def kept() -> list[Resource]:
    return [
        one for kind in (kms.KeyRing, kms.CryptoKey, kms.CryptoKeyIAMMember) for one in every(keys(), kind)
    ]
