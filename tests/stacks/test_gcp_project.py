"""What a Google project has once: it stands before the first region, and outlives the loss of either."""

from __future__ import annotations

from collections.abc import Iterator

from plan.resource import Plan, Resource
from stacks.operator_names import IMAGES
from tests.components.kit import before
from tests.support import planned, said


def of_project(plan: Plan) -> Iterator[Resource]:
    for resource in plan:
        if (
            resource.name.startswith("gcp-project-")
            and resource.package == "gcp"
            and not resource.is_provider
        ):
            yield resource


def test_nothing_of_the_project_waits_for_a_region() -> None:
    plan = planned("prod-gcp")
    found = list(of_project(plan))
    assert len(found) > 50
    for resource in found:
        regional = {name for _, name in before(plan, resource) if name.startswith(("gcp-home-", "gcp-dr-"))}
        assert not regional, resource.name


def test_each_location_has_keys_of_its_own_and_both_regions_share_those_of_a_wider_one() -> None:
    rings = planned("prod-gcp").of_type("gcp:kms/keyRing:KeyRing")
    assert {said(ring)["location"] for ring in rings} == {"us-central1", "us-east1", "nam4", "us"}
    (ring,) = planned("dev-gcp").of_type("gcp:kms/keyRing:KeyRing")
    assert said(ring)["location"] == "us-central1"


def test_buckets_images_and_alarms_lie_under_no_key_that_is_lost_with_a_region() -> None:
    plan = planned("prod-gcp")
    regional = {"gcp-project-home-keys-ring", "gcp-project-dr-keys-ring"}
    for kind, field in (
        ("gcp:storage/bucket:Bucket", "encryption"),
        ("gcp:artifactregistry/repository:Repository", "kmsKeyName"),
        ("gcp:pubsub/topic:Topic", "kmsKeyName"),
    ):
        for resource in plan.of_type(kind):
            if "-backup-vault-" in resource.name:
                continue  # a vault is one region's own, on purpose
            keys = resource.property_dependencies.get(field, ())
            rings = {name for urn in keys for _, name in before(plan, plan[urn])}
            assert not rings & regional, resource.name


def test_a_secret_has_a_replica_in_each_region_under_that_regions_key() -> None:
    (secret,) = [
        found
        for found in planned("prod-gcp").of_type("gcp:secretmanager/secret:Secret")
        if "broker" in found.name
    ]
    replicas = said(secret)["replication"]["userManaged"]["replicas"]
    for replica in replicas:
        key = replica["customerManagedEncryption"]["kmsKeyName"]
        assert f"/locations/{replica['location']}/" in key
    assert [replica["location"] for replica in replicas] == ["us-central1", "us-east1"]


def test_the_images_that_run_are_ours_those_of_the_settings_at_any_digest_and_the_operators() -> None:
    (policy,) = planned("prod-gcp").of_type("gcp:binaryauthorization/policy:Policy")
    patterns = [found["namePattern"] for found in said(policy)["admissionWhitelistPatterns"]]
    assert "registry.example.com/trading/api@sha256:*" in patterns
    assert any(pattern.startswith("us-docker.pkg.dev/acme-trading-prod/") for pattern in patterns)
    others = [one for one in patterns if one not in IMAGES and not one.startswith("us-docker.pkg.dev/")]
    assert all(one.startswith("registry.example.com/trading/") for one in others)
    assert len(patterns) == 1 + len(others) + len(IMAGES)
