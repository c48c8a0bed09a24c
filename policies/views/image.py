"""The reference of a container image, taken apart as a runtime does it: registry, repository, tag, digest."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, NamedTuple

__all__ = ["Image", "see_image"]

DOCKER_HUB: Final = "docker.io"
DOCKER_ALIASES: Final = ("index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
"""Other names under which the same registry is asked."""
DIGEST: Final = re.compile(r"([a-z0-9]+(?:[+._-][a-z0-9]+)*):([a-zA-Z0-9=_-]+)")
ENCODED: Final = {"sha256": re.compile(r"[0-9a-f]{64}"), "sha512": re.compile(r"[0-9a-f]{128}")}
"""The algorithms that the image specification registers. Others it lets pass by grammar."""


class Image(NamedTuple):
    """One reference."""

    registry: str
    repository: str
    """The path in the registry, without tag and digest."""
    tag: str
    digest: str
    """What stands behind the ``@``, well formed or not."""

    @property
    def name(self) -> str:
        """Registry and repository in full, whatever was left out."""
        return f"{self.registry}/{self.repository}"

    @property
    def is_digest_valid(self) -> bool:
        """Whether the digest is one that a runtime can check."""
        match = DIGEST.fullmatch(self.digest)
        if match is None:
            return False
        algorithm, encoded = match.groups()
        return algorithm not in ENCODED or ENCODED[algorithm].fullmatch(encoded) is not None


@cache
def see_image(reference: str) -> Image:
    """The parts of a reference. A port is no tag, and without a registry Docker Hub is meant."""
    named, _, digest = reference.strip().partition("@")
    above, slash, last = named.rpartition("/")
    leaf, _, tag = last.partition(":")
    path = f"{above}{slash}{leaf}"
    registry, slash, repository = path.partition("/")
    if not slash or not (set(".:") & set(registry) or registry == "localhost"):
        registry, repository = DOCKER_HUB, path
    registry = registry.lower()
    if registry in (DOCKER_HUB, *DOCKER_ALIASES):
        registry = DOCKER_HUB
        repository = repository if "/" in repository else f"library/{repository}"
    return Image(registry, repository, tag, digest)
