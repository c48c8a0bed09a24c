"""What Karpenter promises: machines of this cluster alone, as hard as those that stand, gone with notice."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from pulumi_aws import cloudwatch, ec2, iam, sqs

from components.aws.karpenter import EVENTS
from tests.components.aws.kit import ACCOUNT, REGION, TAGS, TOPIC, region
from tests.components.aws.support_operators import (
    CLUSTER,
    DEV,
    MACHINES,
    NODE_ROLE,
    NODE_ROLE_ARN,
    PROD,
    SHAPES,
    SUBNETS,
    Shape,
    many,
    operators,
    rights,
    told,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import policy_documents, statements

EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"


def right(sid: str, shape: Shape = DEV) -> dict[str, Any]:
    """One of Karpenter's statements."""
    (found,) = [one for one in rights("karpenter", shape) if one["Sid"] == sid]
    return found


def node_class(shape: Shape = DEV) -> dict[str, Any]:
    """The spec of the class of machines."""
    found = told(shape)["machines"]["node_class"]
    assert isinstance(found, dict)
    return found


# -- rights --------------------------------------------------------------------------------------------------


def test_a_machine_stands_in_the_clusters_subnets_and_behind_its_security_group_alone() -> None:
    parts = right("MachinesOfTheseParts")["Resource"]
    assert {one for one in parts if f":{ACCOUNT}:" in one} == {
        f"{EC2}:security-group/{MACHINES}",
        *(f"{EC2}:subnet/{subnet}" for subnet in SUBNETS),
    }
    assert {one.rpartition(":")[2] for one in parts if f":{ACCOUNT}:" not in one} == {"image/*", "snapshot/*"}
    for other in rights("karpenter"):
        if other["Sid"] != "MachinesOfTheseParts":
            assert not [
                one for one in many(other["Resource"]) if re.search(r":(subnet|security-group)/", one)
            ]


def test_whatever_is_made_marked_or_ended_carries_this_clusters_tag() -> None:
    changing = [
        one
        for one in rights("karpenter")
        if any(re.match(r"ec2:(?!Describe)", action) for action in many(one["Action"]))
        and one["Sid"] != "MachinesOfTheseParts"
    ]
    assert len(changing) == 5
    for one in changing:
        tags = one["Condition"]["StringEquals"]
        kinds = {name.partition("/")[0] for name in tags if name.endswith(f"cluster/{CLUSTER}")}
        assert kinds in ({"aws:RequestTag"}, {"aws:ResourceTag"}), one["Sid"]
        assert tags[f"{kinds.pop()}/kubernetes.io/cluster/{CLUSTER}"] == "owned"


def test_what_exists_already_is_ended_or_renamed_only_if_it_is_the_clusters_own() -> None:
    """A tag that the call brings itself would prove nothing there."""
    for sid in ("EndOurOwn", "NameOurOwn", "MachinesByOurTemplates"):
        tags = right(sid)["Condition"]["StringEquals"]
        assert tags == {f"aws:ResourceTag/kubernetes.io/cluster/{CLUSTER}": "owned"}, sid


def test_nothing_can_be_made_the_clusters_own_afterwards() -> None:
    birth = right("MarkAtBirth")["Condition"]["StringEquals"]["ec2:CreateAction"]
    assert set(birth) == {"CreateFleet", "CreateLaunchTemplate", "RunInstances"}
    later = right("NameOurOwn")["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"]
    assert not [name for name in later if name.startswith("kubernetes.io/")]


def test_another_clusters_machines_are_nobody_to_this_one() -> None:
    other = Shape(cluster_name="trading-other")
    written = json.dumps([one.get("Condition") for one in rights("karpenter", other)])
    assert "kubernetes.io/cluster/trading-other" in written
    assert CLUSTER not in written


def test_a_machine_is_the_node_role_and_can_be_given_no_other() -> None:
    passing = right("MachinesAreThisRole")
    assert passing["Resource"] == NODE_ROLE_ARN
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    actions = {action for one in rights("karpenter", PROD) for action in many(one["Action"])}
    assert {action for action in actions if action.startswith("iam:")} == {
        "iam:GetInstanceProfile",
        "iam:ListInstanceProfiles",
        "iam:PassRole",
    }


def test_looking_at_machines_ends_at_the_region() -> None:
    assert right("LookAtMachines")["Condition"] == {"StringEquals": {"aws:RequestedRegion": REGION}}


def test_karpenter_avoids_an_ill_zone_where_the_cluster_can_be_moved_away_from_it() -> None:
    shift = right("LookAtZonalShift", PROD)["Condition"]["StringEquals"]
    assert shift == {
        "arc-zonal-shift:ResourceIdentifier": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}"
    }
    assert told(PROD)["machines"]["settings"]["enableZonalShift"] == "true"
    assert "enableZonalShift" not in told(DEV)["machines"]["settings"]
    assert not [one for one in rights("karpenter", DEV) if "Shift" in one["Sid"]]


# -- machines ------------------------------------------------------------------------------------------------


def test_machines_that_karpenter_makes_are_as_hard_as_those_that_stand() -> None:
    standing = the(region(), ec2.LaunchTemplate, "cluster-on-demand-template")
    made = node_class()
    metadata = {name: value for name, value in made["metadataOptions"].items() if name != "httpProtocolIPv6"}
    assert metadata == said(standing, "metadataOptions")
    (disk,) = made["blockDeviceMappings"]
    assert disk["deviceName"] == said(standing, "blockDeviceMappings", 0, "deviceName")
    assert {**disk["ebs"], "volumeSize": 50, "encrypted": "true", "deleteOnTermination": "true"} == said(
        standing, "blockDeviceMappings", 0, "ebs"
    )
    assert (disk["ebs"]["volumeSize"], disk["ebs"]["encrypted"]) == ("50Gi", True)
    assert made["associatePublicIPAddress"] is False


def test_machines_are_found_a_place_by_name_and_not_by_a_tag_that_anybody_can_set() -> None:
    made = node_class()
    assert made["subnetSelectorTerms"] == [{"id": subnet} for subnet in SUBNETS]
    assert made["securityGroupSelectorTerms"] == [{"id": MACHINES}]


def test_machines_boot_as_the_node_role_by_a_profile_that_the_program_owns() -> None:
    plan = operators()
    profile = the(plan, iam.InstanceProfile)
    assert said(profile, "role") == NODE_ROLE
    assert node_class()["instanceProfile"] == said(profile, "name")
    assert "role" not in node_class(), "with a role Karpenter would make profiles itself"


def test_the_image_is_one_release_and_never_the_latest() -> None:
    (term,) = node_class()["amiSelectorTerms"]
    assert re.fullmatch(r"al2023@v20\d{6}", term["alias"])


def test_machines_say_who_pays_for_them_and_nothing_in_words_that_are_karpenters_own() -> None:
    tags = node_class()["tags"]
    assert tags == TAGS.as_map()
    reserved = ("kubernetes.io/cluster/", "karpenter.sh/", "karpenter.k8s.aws/", "eks:")
    assert not [name for name in tags if name.startswith(reserved)]


def test_a_machine_holds_as_many_pods_as_one_that_stands() -> None:
    assert node_class()["kubelet"] == {"maxPods": 110}


# -- interruptions -------------------------------------------------------------------------------------------


def test_the_words_are_those_that_karpenter_understands() -> None:
    """From its parsers, v1.14: any other it would take off the queue and forget."""
    understood = {
        "EC2 Spot Instance Interruption Warning": "aws.ec2",
        "EC2 Instance Rebalance Recommendation": "aws.ec2",
        "EC2 Instance State-change Notification": "aws.ec2",
        "AWS Health Event": "aws.health",
    }
    assert {kind: source for source, kind in EVENTS.values()} == understood


@pytest.mark.parametrize("shape", SHAPES)
def test_each_word_of_an_interruption_reaches_the_queue_that_karpenter_reads(shape: Shape) -> None:
    plan = operators(shape)
    queue = the(plan, sqs.Queue)
    assert told(shape)["machines"]["settings"]["interruptionQueue"] == said(queue, "name")
    assert right("Interruptions", shape)["Resource"] == queue.outputs["arn"]
    for child, (source, kind) in EVENTS.items():
        name = f"operators-karpenter-{child}"
        rule = the(plan, cloudwatch.EventRule, name)
        assert json.loads(str(said(rule, "eventPattern"))) == {"source": [source], "detail-type": [kind]}
        target = the(plan, cloudwatch.EventTarget, name)
        assert said(target, "rule") == said(rule, "name")
        assert said(target, "arn") == queue.outputs["arn"]


def test_the_first_word_finds_the_queue_open() -> None:
    plan = operators()
    for target in every(plan, cloudwatch.EventTarget):
        assert (token(sqs.QueuePolicy), "operators-karpenter-interruptions") in before(plan, target)


def test_the_queue_takes_the_word_of_these_rules_and_nobody_elses_and_none_in_the_clear() -> None:
    plan = operators()
    (document,) = [found for one, found in policy_documents(plan) if one.type == token(sqs.QueuePolicy)]
    allowed, denied = statements(document)
    rules = {str(one.outputs["arn"]) for one in every(plan, cloudwatch.EventRule)}
    assert len(rules) == len(EVENTS)
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert set(allowed["Condition"]["ArnEquals"]["aws:SourceArn"]) == rules
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert said(the(plan, sqs.Queue), "sqsManagedSseEnabled") is True


def test_a_word_that_was_not_read_in_time_is_not_acted_upon_later() -> None:
    assert said(the(operators(), sqs.Queue), "messageRetentionSeconds") == 300


def test_somebody_hears_when_karpenter_is_not_told() -> None:
    plan = operators()
    alarms = every(plan, cloudwatch.MetricAlarm)
    assert {one.name for one in alarms} == {f"operators-karpenter-{child}-lost" for child in EVENTS}
    for one in alarms:
        assert said(one, "alarmActions") == [TOPIC]
        assert sources(plan, one, "dimensions") == {one.name.removesuffix("-lost")}
