"""What the keys that both regions share promise: they open what is kept in both, and nothing else."""

from __future__ import annotations

from components.gcp.shared_keys import SHARED_USERS
from tests.components.gcp.support_keys import SHARED, members, users


def test_what_belongs_to_both_regions_has_no_key_for_secrets() -> None:
    assert "secrets" not in SHARED_USERS
    assert set(SHARED_USERS) == set(SHARED)


def test_the_shared_keys_are_used_by_what_is_kept_in_both_regions_alone() -> None:
    assert users("keys-shared-data") == members("artifactregistry", "storage")
    assert users("keys-shared-logs") == members("pubsub", "storage")
