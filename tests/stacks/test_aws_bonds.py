"""What binds two regions: copies run where they must, and none asks which region is active."""

from __future__ import annotations

from tests.components.kit import before
from tests.support import planned, said


def test_data_is_copied_both_ways_and_the_audit_trail_from_where_it_is_written() -> None:
    plan = planned("prod")
    ways = {
        (
            plan[found.property_dependencies["bucket"][0]].name,
            said(found)["rules"][0]["destination"]["bucket"][-9:],
        )
        for found in plan.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    }
    assert ways == {
        ("aws-home-storage-data", "us-west-2"),
        ("aws-dr-storage-data", "us-east-1"),
        ("aws-home-storage-audit", "us-west-2"),
    }


def test_images_are_copied_both_ways_into_repositories_that_stand() -> None:
    plan = planned("prod")
    found = plan.of_type("aws:ecr/replicationConfiguration:ReplicationConfiguration")
    places = {
        said(plan[one.provider])["region"]: said(one)["replicationConfiguration"]["rules"][0]["destinations"][
            0
        ]["region"]
        for one in found
    }
    assert places == {"us-east-1": "us-west-2", "us-west-2": "us-east-1"}


def test_the_masters_secret_is_renewed_and_has_a_replica() -> None:
    plan = planned("prod")
    (secret,) = [
        found for found in plan.of_type("aws:secretsmanager/secret:Secret") if "master" in found.name
    ]
    assert [replica["region"] for replica in said(secret)["replicas"]] == ["us-west-2"]
    (rotation,) = plan.of_type("aws:secretsmanager/secretRotation:SecretRotation")
    assert said(rotation)["rotateImmediately"] is True


def test_the_first_value_waits_for_the_database_that_it_opens() -> None:
    plan = planned("prod")
    (version,) = plan.of_type("aws:secretsmanager/secretVersion:SecretVersion")
    assert "aws-home-database-cluster" in {name for _, name in before(plan, version)}
