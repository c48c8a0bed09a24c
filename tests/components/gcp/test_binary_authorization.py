"""Which images run: ours, the named ones, Google's own, and none that anybody could have made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pulumi_gcp import binaryauthorization

from components.gcp.binary_authorization import BinaryAuthorization, BinaryAuthorizationArgs
from plan.resource import Resource
from tests.components.gcp.kit import PROJECT, deploy
from tests.components.kit import said, the

OURS = f"us-docker.pkg.dev/{PROJECT}/trading-dev-images"
DNS = "registry.k8s.io/external-dns/*"


def policy(*, enforced: bool = True, patterns: Sequence[str] = (DNS,)) -> Resource:
    """The project's policy."""
    return the(
        deploy(
            lambda opts: BinaryAuthorization(
                "images",
                BinaryAuthorizationArgs(image_prefix=OURS, patterns=patterns, enforced=enforced),
                opts,
            )
        ),
        binaryauthorization.Policy,
    )


def test_ours_and_the_named_images_run() -> None:
    patterns: Any = said(policy(), "admissionWhitelistPatterns")
    assert [one["namePattern"] for one in patterns] == [f"{OURS}/*", DNS]


def test_everything_else_is_refused_in_every_cluster() -> None:
    assert said(policy(), "defaultAdmissionRule") == {
        "evaluationMode": "ALWAYS_DENY",
        "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
    }
    assert said(policy(), "clusterAdmissionRules") is None


def test_in_a_dry_run_it_is_only_written_down() -> None:
    rule = said(policy(enforced=False), "defaultAdmissionRule")
    assert rule == {"evaluationMode": "ALWAYS_DENY", "enforcementMode": "DRYRUN_AUDIT_LOG_ONLY"}


def test_googles_own_system_runs() -> None:
    assert said(policy(), "globalPolicyEvaluationMode") == "ENABLE"


@pytest.mark.parametrize("pattern", ["*", "*/*", "docker.io/*", "quay.io/**", "docker.io/"])
def test_a_pattern_that_admits_images_of_anybody_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"images of anybody.*for example"):
        policy(patterns=[pattern])


@pytest.mark.parametrize("pattern", ["quay.io/prometheus/*", "registry.k8s.io/pause", "ghcr.io/a/b/**"])
def test_a_pattern_that_names_somebody_is_taken(pattern: str) -> None:
    assert policy(patterns=[pattern])
