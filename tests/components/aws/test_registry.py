"""What the registry promises: what was tested is what runs, it is scanned, and it does not grow for ever."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest
from pulumi_aws import ecr

from components.aws.registry import UNTAGGED_DAYS, Registry, RegistryArgs
from components.naming import Naming
from plan.resource import Plan
from tests.components.aws.kit import ACCOUNT, REGION, deploy, key
from tests.components.kit import every, said, sources, the

SERVICES: Final = ("api", "worker")
KEEP: Final = 40


@dataclass(frozen=True)
class Shape:
    """What differs between environments, as far as the registry is concerned."""

    baseline: bool = False
    protect: bool = False


DEV: Final = Shape()
PROD: Final = Shape(baseline=True, protect=True)
SHAPES: Final = (DEV, PROD)


@cache
def registry(shape: Shape) -> Plan:
    """A registry, recorded once a shape."""
    return deploy(
        lambda opts: Registry(
            "registry",
            RegistryArgs(
                naming=Naming("dev"),
                key_arn=key("data"),
                services=SERVICES,
                keep_images=KEEP,
                manage_account_baseline=shape.baseline,
                protect=shape.protect,
            ),
            opts,
        )
    )


def rules(service: str) -> list[dict[str, Any]]:
    """The lifecycle rules of a service's repository, by priority."""
    policy = said(the(registry(PROD), ecr.LifecyclePolicy, f"registry-{service}"), "policy")
    return sorted(json.loads(str(policy))["rules"], key=lambda rule: rule["rulePriority"])


def test_each_service_has_a_repository_and_the_outside_learns_its_url() -> None:
    plan = registry(PROD)
    (part,) = plan.of_type("trading-platform:aws:Registry")
    assert part.outputs == {
        "repository_urls": {
            service: f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/trading-dev-{service}" for service in SERVICES
        }
    }
    assert len(every(plan, ecr.Repository)) == len(SERVICES)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_tag_is_written_once(shape: Shape) -> None:
    for one in every(registry(shape), ecr.Repository):
        assert said(one, "imageTagMutability") == "IMMUTABLE"
        assert said(one, "imageTagMutabilityExclusionFilters") is None


@pytest.mark.parametrize("shape", SHAPES)
def test_images_are_encrypted_with_our_key(shape: Shape) -> None:
    for one in every(registry(shape), ecr.Repository):
        assert said(one, "encryptionConfigurations") == [{"encryptionType": "KMS", "kmsKey": key("data")}]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_image_is_scanned_when_it_comes_in_whoever_owns_the_accounts_scanning(shape: Shape) -> None:
    for one in every(registry(shape), ecr.Repository):
        assert said(one, "imageScanningConfiguration", "scanOnPush") is True


def test_where_the_account_is_ours_images_are_scanned_for_as_long_as_they_lie_there() -> None:
    scanning = the(registry(PROD), ecr.RegistryScanningConfiguration)
    assert said(scanning, "scanType") == "ENHANCED"
    assert said(scanning, "rules") == [
        {
            "scanFrequency": "CONTINUOUS_SCAN",
            "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
        }
    ]


def test_where_it_is_not_the_registrys_own_settings_are_left_alone() -> None:
    assert not every(registry(DEV), ecr.RegistryScanningConfiguration)


@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_outside_the_account_is_let_in(shape: Shape) -> None:
    """A repository policy could but widen what the account's own identities may do."""
    assert not every(registry(shape), ecr.RepositoryPolicy)
    assert not every(registry(shape), ecr.RegistryPolicy)


@pytest.mark.parametrize("service", SERVICES)
def test_what_lost_its_tag_goes_and_so_does_all_but_the_newest(service: str) -> None:
    untagged, newest = (rule["selection"] for rule in rules(service))
    assert untagged == {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    assert newest == {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": KEEP}


@pytest.mark.parametrize("service", SERVICES)
def test_the_rule_about_any_image_comes_last_as_ecr_asks(service: str) -> None:
    assert [rule["selection"]["tagStatus"] for rule in rules(service)] == ["untagged", "any"]
    assert {rule["action"]["type"] for rule in rules(service)} == {"expire"}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_repository_has_its_rules(shape: Shape) -> None:
    plan = registry(shape)
    names = {one.name for one in every(plan, ecr.Repository)}
    wired = [sources(plan, one, "repository") for one in every(plan, ecr.LifecyclePolicy)]
    assert sorted(wired, key=str) == sorted(({name} for name in names), key=str)


@pytest.mark.parametrize("shape", SHAPES)
def test_in_prod_a_repository_with_images_cannot_be_deleted(shape: Shape) -> None:
    for one in every(registry(shape), ecr.Repository):
        assert one.options.protect is shape.protect
        assert said(one, "forceDelete") is not shape.protect
