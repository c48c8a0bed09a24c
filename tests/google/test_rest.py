"""The walk through Google's documents finds what is wrong at every depth: it is given mistakes on purpose."""

from __future__ import annotations

import pytest

from plan.resource import STACK_TYPE, Plan, Resource
from plan.value import UNKNOWN, Secret, Value
from tests.google import documents
from tests.google.documents import UnknownError
from tests.google.rest import Findings, held
from tests.google.tables import Book, Choice, Exemption, Kind, Uncovered, book

CLUSTER = "gcp:container/cluster:Cluster"
BUCKET = "gcp:storage/bucket:Bucket"
GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
TABLES = book(
    kinds=[
        Kind(CLUSTER, "container.v1", "Cluster"),
        Kind(BUCKET, "storage.v1", "Bucket"),
        Kind(GRANT, "storage.v1", "Policy.bindings"),
        Kind(REPOSITORY, "artifactregistry.v1", "Repository"),
    ],
    exceptions=[
        Exemption("*", "location", "?parent", "the call names it"),
        Exemption(BUCKET, "location", "location", "here it is a field"),
        Exemption(BUCKET, "forceDestroy", "-", "the provider's own"),
        Exemption(BUCKET, "lifecycleRules", "lifecycle.rule", "flat in Pulumi"),
        Exemption(BUCKET, "predefinedAcl", "?predefinedAcl", "of the call"),
        Exemption(GRANT, "bucket", "?bucket", "the call names it"),
        Exemption(GRANT, "member", "members[]", "one at a time"),
        Exemption(CLUSTER, "enableShieldedNodes", "shieldedNodes.enabled", "flat in Pulumi"),
        Exemption(CLUSTER, "poolNames", "nodePools.name", "one word of each"),
        Exemption(REPOSITORY, "cleanupPolicies", "cleanupPolicies{}", "a map in the API"),
    ],
    choices=[Choice("storage.v1", "Bucket.storageClass", "ARCHIVE|STANDARD", "its description")],
    uncovered=[Uncovered("gcp:memorystore/instance:Instance", "no document")],
)


def walked(token: str, tables: Book = TABLES, /, **inputs: Value) -> Findings:
    resource = Resource("urn", token, "it", custom=True, inputs=inputs)
    return held([Plan("trading", "test", "up", (resource,))], tables)


def problems(token: str, tables: Book = TABLES, /, **inputs: Value) -> list[str]:
    return [problem.removeprefix(f"it ({token}) ") for problem in walked(token, tables, **inputs).problems]


def test_what_the_api_takes_is_no_problem() -> None:
    found = walked(
        CLUSTER,
        location="us-central1",
        network=UNKNOWN,
        resourceLabels={"any": "thing", "at": "all"},
        releaseChannel={"channel": "REGULAR"},
        nodePools=[{"name": "first", "initialNodeCount": 3, "config": {"diskSizeGb": 50, "spot": True}}],
        notificationConfig=None,
        __defaults=[],
    )
    assert found.problems == []
    assert found.fields[CLUSTER] >= {"network", "releaseChannel.channel", "nodePools.config.spot"}
    assert found.choices[CLUSTER] == {"releaseChannel.channel"}
    assert found.excepted[CLUSTER] == {"location"}


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        (
            {"releaseChanel": {"channel": "REGULAR"}},
            "releaseChanel: container.v1 Cluster has no such field; releaseChannel?",
        ),
        (
            {"nodePools": [{"name": "good"}, {"config": {"diskSizGb": 50}}]},
            "nodePools.config.diskSizGb: container.v1 NodeConfig has no such field; diskSizeGb?",
        ),
        ({"qq": UNKNOWN}, "qq: container.v1 Cluster has no such field"),
        ({"qq": Secret("s3cret")}, "qq: container.v1 Cluster has no such field"),
    ],
)
def test_a_field_that_the_api_does_not_have_is_found(inputs: dict[str, Value], problem: str) -> None:
    assert problems(CLUSTER, **inputs) == [problem]


@pytest.mark.parametrize(
    ("token", "inputs", "path", "given"),
    [
        (CLUSTER, {"releaseChannel": {"channel": "REGULAR_"}}, "releaseChannel.channel", "'REGULAR_'"),
        (
            CLUSTER,
            {"loggingConfig": {"componentConfig": {"enableComponents": ["SYSTEM_COMPONENTS", "PODS"]}}},
            "loggingConfig.componentConfig.enableComponents",
            "'PODS'",
        ),
        (
            CLUSTER,
            {"nodePools": [{"config": {"taints": [{"effect": "NO_SCHEDULE"}, {"effect": "NoSchedule"}]}}]},
            "nodePools.config.taints.effect",
            "'NoSchedule'",
        ),
        (BUCKET, {"storageClass": "ICE"}, "storageClass", "'ICE'"),
        (BUCKET, {"predefinedAcl": "public"}, "predefinedAcl", "'public'"),
        (REPOSITORY, {"cleanupPolicies": [{"action": "DROP"}]}, "cleanupPolicies.action", "'DROP'"),
        (CLUSTER, {"releaseChannel": {"channel": Secret("X")}}, "releaseChannel.channel", "a secret"),
    ],
)
def test_a_value_outside_the_enumeration_is_found(
    token: str, inputs: dict[str, Value], path: str, given: str
) -> None:
    (problem,) = problems(token, **inputs)
    assert problem.startswith(f"{path}: ")
    assert " is one of " in problem
    assert problem.endswith(f"(given: {given})")


@pytest.mark.parametrize(
    ("token", "inputs", "what"),
    [
        (CLUSTER, {"initialClusterVersion": True}, "initialClusterVersion: container.v1 Cluster.initial"),
        (CLUSTER, {"autopilot": {"enabled": "yes"}}, "Autopilot.enabled takes boolean (given: 'yes')"),
        (CLUSTER, {"nodePools": [{"config": {"diskSizeGb": "big"}}]}, "takes int32 (given: 'big')"),
        (CLUSTER, {"locations": "us-central1-a"}, "Cluster.locations takes array"),
        (CLUSTER, {"autopilot": ["yes"]}, "Autopilot takes object"),
        (CLUSTER, {"autopilot": {"enabled": ["TRUE"]}}, "Autopilot.enabled takes boolean"),
        (CLUSTER, {"network": ["one"]}, "Cluster.network takes string"),
        (CLUSTER, {"network": {"name": "one"}}, "Cluster.network takes string"),
        (CLUSTER, {"resourceLabels": {"count": 3}}, "Cluster.resourceLabels{} takes string"),
        (BUCKET, {"softDeletePolicy": {"retentionDurationSeconds": "a week"}}, "takes int64"),
        (REPOSITORY, {"cleanupPolicies": [{"condition": {"olderThan": "30d"}}]}, "takes google-duration"),
    ],
)
def test_another_kind_of_value_is_found(token: str, inputs: dict[str, Value], what: str) -> None:
    (problem,) = problems(token, **inputs)
    assert what in problem


def test_what_is_not_known_yet_or_said_to_be_none_is_let_through() -> None:
    assert not problems(CLUSTER, releaseChannel={"channel": UNKNOWN}, locations=UNKNOWN, autopilot=UNKNOWN)
    assert not problems(CLUSTER, releaseChannel={"channel": ""}, networkConfig={"datapathProvider": None})


def test_a_boolean_that_may_be_left_open_is_a_text() -> None:
    assert not problems(CLUSTER, autopilot={"enabled": "TRUE"})
    assert problems(CLUSTER, autopilot={"enabled": "true"})


def test_numbers_may_travel_as_texts_and_durations_are_texts_of_seconds() -> None:
    assert not problems(BUCKET, softDeletePolicy={"retentionDurationSeconds": "604800"})
    assert not problems(BUCKET, softDeletePolicy={"retentionDurationSeconds": 604800})
    assert not problems(REPOSITORY, cleanupPolicies=[{"condition": {"olderThan": "2592000s"}}])


def test_a_text_that_does_not_match_the_pattern_is_found() -> None:
    tables = book(kinds=[Kind("gcp:compute/network:Network", "compute.v1", "Network")])
    assert not problems("gcp:compute/network:Network", tables, name="trading-dev")
    (problem,) = problems("gcp:compute/network:Network", tables, name="Trading_dev")
    assert "must match [a-z]" in problem


def test_what_only_the_api_says_and_what_is_deprecated_is_found_unless_a_row_has_a_reason() -> None:
    assert problems(CLUSTER, selfLink="x") == ["selfLink: only the API says container.v1 Cluster.selfLink"]
    assert problems(CLUSTER, initialNodeCount=1) == [
        "initialNodeCount: deprecated is container.v1 Cluster.initialNodeCount"
    ]
    assert problems(CLUSTER, masterAuthorizedNetworksConfig={"enabled": True}) == [
        "masterAuthorizedNetworksConfig: deprecated is container.v1 Cluster.masterAuthorizedNetworksConfig"
    ]
    (problem,) = problems(CLUSTER, securityPostureConfig={"mode": "ENTERPRISE"})
    assert problem.startswith("securityPostureConfig.mode: deprecated is this value of container.v1")
    row = Exemption(CLUSTER, "initialNodeCount", "initialNodeCount", "the provider asks for it")
    allowed = book(kinds=TABLES.kinds.values(), exceptions=[row])
    assert not problems(CLUSTER, allowed, initialNodeCount=1)
    assert problems(CLUSTER, allowed, initialNodeCount="one"), "its value is still checked"


def test_a_row_leads_to_the_field_and_the_value_is_checked_there() -> None:
    right: dict[str, dict[str, Value]] = {
        CLUSTER: {"enableShieldedNodes": True, "poolNames": ["one", "two"]},
        BUCKET: {"location": "US", "forceDestroy": True, "lifecycleRules": [{"action": {"type": "Delete"}}]},
        GRANT: {"bucket": "b", "member": "user:a", "role": "r"},
    }
    for token, inputs in right.items():
        assert problems(token, **inputs) == []
    assert problems(CLUSTER, enableShieldedNodes="yes")
    assert problems(CLUSTER, poolNames=["one", 2])
    assert problems(BUCKET, location=1)
    assert problems(BUCKET, lifecycleRules=[{"action": {"typ": "Delete"}}])
    assert problems(GRANT, member=["user:a", 3])


@pytest.mark.parametrize("rest", ["noSuch", "shieldedNodes.noSuch", "?noSuch"])
def test_a_row_that_leads_nowhere_is_found(rest: str) -> None:
    row = Exemption(CLUSTER, "enableShieldedNodes", rest, "a mistake")
    tables = book(kinds=TABLES.kinds.values(), exceptions=[row])
    (problem,) = problems(CLUSTER, tables, enableShieldedNodes=True)
    assert problem.startswith("exceptions.csv, ")
    assert "noSuch" in problem


@pytest.mark.parametrize(
    "kind", [Kind(CLUSTER, "container.v9", "Cluster"), Kind(CLUSTER, "container.v1", "Clusters")]
)
def test_a_kind_without_a_schema_is_found(kind: Kind) -> None:
    (problem,) = problems(CLUSTER, book(kinds=[kind]), location="us")
    assert problem.startswith("kinds.csv, ")


def test_a_type_that_no_table_lists_is_found_and_a_listed_one_is_let_through() -> None:
    token = "gcp:compute/instance:Instance"
    assert problems(token, zone="a") == [f"{token} is neither in kinds.csv nor in uncovered.csv"]
    assert not problems("gcp:memorystore/instance:Instance", anything="goes")


def test_components_providers_and_other_clouds_are_not_asked_about() -> None:
    others = [
        Resource("urn:1", STACK_TYPE, "stack", custom=False, inputs={}),
        Resource("urn:2", "gcp:trading:Room", "room", custom=False, inputs={"qq": 1}),
        Resource("urn:3", "pulumi:providers:gcp", "provider", custom=True, inputs={"qq": 1}),
        Resource("urn:4", "aws:s3/bucket:Bucket", "bucket", custom=True, inputs={"qq": 1}),
    ]
    assert not held([Plan("trading", "test", "up", tuple(others))], TABLES).problems


def test_the_rows_that_were_needed_are_told_apart_from_the_others() -> None:
    used = walked(BUCKET, location="US", storageClass="STANDARD").used & TABLES.rows()
    assert used == {
        TABLES.kinds[BUCKET],
        TABLES.exceptions[BUCKET, "location"],
        TABLES.choices["storage.v1", "Bucket.storageClass"],
    }


def test_the_documents_say_what_is_near_to_what_they_lack() -> None:
    with pytest.raises(UnknownError, match=r"container\.v1beta1"):
        documents.schema("container.v2", "Cluster")
    with pytest.raises(UnknownError, match="NodePool"):
        documents.schema("container.v1", "NodePol")
    with pytest.raises(UnknownError, match="releaseChannel"):
        documents.schema("container.v1", "Cluster.releaseChanel")
    assert {"compute.googleapis.com", "container.googleapis.com"} <= documents.apis()
