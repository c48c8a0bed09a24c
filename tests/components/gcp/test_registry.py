"""What the registry promises: what was tested is what runs, it is scanned, and it does not grow for ever."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest
from pulumi_gcp import artifactregistry

from components.gcp.registry import OLD_DAYS, UNTAGGED_DAYS, Registry, RegistryArgs
from plan.resource import Plan, Resource
from tests.components.gcp.kit import NAMING, PROJECT, REGION, SERVICES, deploy, key
from tests.components.kit import every, said, the

KEEP: Final = 40


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as the registry is concerned."""

    location: str = REGION
    protect: bool = False


DEV: Final = Shape()
PROD: Final = Shape(location="europe", protect=True)
SHAPES: Final = (DEV, PROD)


@cache
def registry(shape: Shape) -> Plan:
    """A registry, recorded once a shape."""
    return deploy(
        lambda opts: Registry(
            "registry",
            RegistryArgs(
                naming=NAMING,
                project=PROJECT,
                location=shape.location,
                key=key("data", shape.location),
                services=SERVICES,
                keep_images=KEEP,
                protect=shape.protect,
            ),
            opts,
        )
    )


def repository(shape: Shape) -> Resource:
    """Google's repository."""
    return the(registry(shape), artifactregistry.Repository)


def policies() -> dict[str, Any]:
    """What becomes of old images, by the policy's id."""
    found: Any = said(repository(PROD), "cleanupPolicies")
    return {one["id"]: one for one in found}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_service_has_an_image_in_the_one_repository(shape: Shape) -> None:
    (part,) = registry(shape).of_type("trading-platform:gcp:Registry")
    prefix = f"{shape.location}-docker.pkg.dev/{PROJECT}/trading-dev-images"
    name = f"projects/{PROJECT}/locations/{shape.location}/repositories/trading-dev-images"
    assert part.outputs == {
        "repository_name": name,
        "image_prefix": prefix,
        "repository_urls": {service: f"{prefix}/{service}" for service in SERVICES},
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_a_tag_is_written_once(shape: Shape) -> None:
    assert said(repository(shape), "dockerConfig") == {"immutableTags": True}


@pytest.mark.parametrize("shape", SHAPES)
def test_images_are_encrypted_with_our_key_of_the_same_place(shape: Shape) -> None:
    assert said(repository(shape), "kmsKeyName") == key("data", shape.location)
    assert said(repository(shape), "location") == shape.location


@pytest.mark.parametrize("shape", SHAPES)
def test_images_are_scanned(shape: Shape) -> None:
    assert said(repository(shape), "vulnerabilityScanningConfig", "enablementConfig") == "INHERITED"


@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_is_let_in_here(shape: Shape) -> None:
    """Who reads is granted where the readers are made, for each by itself."""
    for kind in (
        artifactregistry.RepositoryIamMember,
        artifactregistry.RepositoryIamBinding,
        artifactregistry.RepositoryIamPolicy,
    ):
        assert not every(registry(shape), kind)


def test_the_newest_images_stay_however_old_they_are() -> None:
    kept = policies()["keep-newest"]
    assert kept["action"] == "KEEP"
    assert kept["mostRecentVersions"] == {"keepCount": KEEP}


def test_what_has_no_tag_goes_soon_and_everything_goes_at_last() -> None:
    deleted = {one["id"]: one["condition"] for one in policies().values() if one["action"] == "DELETE"}
    assert deleted == {
        "delete-untagged": {"tagState": "UNTAGGED", "olderThan": f"{UNTAGGED_DAYS * 86400}s"},
        "delete-old": {"tagState": "ANY", "olderThan": f"{OLD_DAYS * 86400}s"},
    }
    assert said(repository(PROD), "cleanupPolicyDryRun") is False


@pytest.mark.parametrize(("shape", "expected"), [(DEV, "DELETE"), (PROD, "PREVENT")])
def test_in_prod_a_repository_cannot_be_deleted(shape: Shape, expected: str) -> None:
    assert repository(shape).options.protect is shape.protect
    assert said(repository(shape), "deletionPolicy") == expected
