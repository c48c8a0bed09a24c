"""What is on record about each policy is true: of the pinned SDKs, of the documents, of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from plan import sdk
from plan.resource import STACK_TYPE
from plan.shape import Field, Shape
from policies import docs, taggable
from policies.configuration import Config, ConfigError, merge
from policies.families import CUSTOM, canonical
from policies.outcome import Judgement, fail_if
from policies.policy import Fix, Policy, policy
from policies.registry import load
from policies.subject import Subject
from policies.truth import Truth

RULES = Path(docs.__file__).parent / "rules"
POLICIES = list(load())
READ = sorted(
    {
        (token, path)
        for one in POLICIES
        for reads in (one.reads, one.related)
        for token, paths in reads.items()
        for path in paths
    }
)
TOKENS = sorted({token for one in POLICIES for token in [*one.reads, *one.related]})
OPTIONS = {"@protect", "@ignoreChanges", "@name", "@type", "@provider"}
EVERYTHING = "*"
"""As a type: every one. As a path of it: every property, at any depth."""
WITNESSES = {
    "aws:*": (
        "aws:autoscaling/group:Group",
        "aws:dynamodb/table:Table",
        "aws:ec2/subnet:Subnet",
        "aws:secretsmanager/secret:Secret",
    ),
    "gcp:*": (
        "gcp:alloydb/cluster:Cluster",
        "gcp:compute/instance:Instance",
        "gcp:compute/regionDisk:RegionDisk",
        "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager",
        "gcp:container/cluster:Cluster",
        "gcp:container/nodePool:NodePool",
        "gcp:monitoring/alertPolicy:AlertPolicy",
        "gcp:redis/instance:Instance",
        "gcp:secretmanager/secret:Secret",
        "gcp:storage/bucket:Bucket",
    ),
    "azure-native:*": ("azure-native:cosmosdb:DatabaseAccount", "azure-native:storage:StorageAccount"),
}
"""Types that have what policies of whole clouds read: to look into all of them would take minutes."""


@pytest.mark.parametrize("token", TOKENS)
def test_every_type_that_a_policy_names_is_in_the_pinned_sdk(token: str) -> None:
    if token in CUSTOM:
        assert sdk.is_custom_kind(token)
    elif token == EVERYTHING:
        assert load().judging("of:any/kind:Kind"), "no SDK has to know it"
    elif token == STACK_TYPE:
        assert sdk.inputs("aws:kms/key:Key"), "the engine's own: it has no inputs, and its outputs are free"
    elif token.startswith(sdk.PROVIDER):
        assert sdk.package_of(token) in sdk.installed()
    elif token.endswith("*"):
        assert any(known.startswith(token[:-1]) for known in sdk.tokens(sdk.package_of(token)))
    else:
        assert token in sdk.tokens(sdk.package_of(token))
        assert canonical(token).token == token, "policies name the canonical token of a family"


def step(shape: Shape, word: str) -> Shape | None:
    """The shape below one step of a path, or None."""
    for arm in shape.arms or (shape,):
        if arm.kind == "any":
            return arm
        if arm.kind == "map" or (word == "*" and arm.kind == "list"):
            return arm.item
        if arm.kind == "object" and word in arm.fields:
            return arm.fields[word].shape
    return None


def leads_somewhere(inputs: Mapping[str, Field], path: str) -> bool:
    first, *rest = re.findall(r"\w+|\*", path)
    shape = inputs[first].shape if first in inputs else None
    for word in rest:
        shape = step(shape, word) if shape is not None else None
    return shape is not None


@pytest.mark.parametrize("token", [token for token in TOKENS if token not in CUSTOM])
def test_every_property_that_a_policy_reads_is_in_the_pinned_sdk(token: str) -> None:
    paths = {path for named, path in READ if named == token}
    options = {path for path in paths if path.startswith("@")}
    assert options <= OPTIONS
    lost = paths - options
    if token in {EVERYTHING, STACK_TYPE}:
        assert lost <= ({EVERYTHING} if token == EVERYTHING else set())
        return
    for witness in WITNESSES.get(token, ()) if token.endswith("*") else (token,):
        inputs = sdk.inputs(witness)
        assert inputs is not None
        lost = {path for path in lost if not leads_somewhere(inputs, path)}
    assert lost == set()


def test_the_tags_that_are_asked_for_are_called_as_in_the_list_of_what_takes_tags() -> None:
    lines = taggable.FILE.read_text(encoding="utf-8").splitlines()
    for token, paths in load()["cost-required-tags"].reads.items():
        names = {line.split()[1] for line in lines if line.startswith(token[:-1])}
        assert {path.removesuffix("[*]") for path in paths} == names


def test_a_path_that_no_sdk_has_would_be_noticed() -> None:
    inputs = sdk.inputs("kubernetes:apps/v1:Deployment")
    assert inputs is not None
    assert leads_somewhere(inputs, "spec.template.spec.containers[*].securityContext.privileged")
    assert not leads_somewhere(inputs, "spec.template.spec.containers[*].securityContext.priviledged")
    assert not leads_somewhere(inputs, "spec.containers")


@pytest.mark.parametrize("one", POLICIES, ids=lambda one: one.id)
def test_a_policy_says_all_that_people_need(one: Policy) -> None:
    assert re.fullmatch(r"(aws|gcp|azure|k8s|cost|ops|rel|net)(-[a-z0-9]+)+", one.id)
    assert re.fullmatch("[AMRD]{3}", one.enforcement)
    assert all(re.fullmatch(r"(CC\d|A1|C1|PI1|P\d)\.\d", criterion) for criterion in one.soc2)
    assert one.soc2
    assert all(re.fullmatch(r"[AGZK]\d+(\.\d+)+", row) for row in one.cis)
    assert len(one.why) > 40
    assert one.fix.steps.endswith(".")
    assert one.fix.line
    assert not one.violation.endswith(".")
    assert one.types
    assert (one.scope == "stack") >= bool(one.related), "only a stack policy sees other resources"
    assert (RULES / one.module.replace(".", "/")).with_suffix(".py").is_file()


def test_the_pages_are_what_the_policies_say() -> None:
    assert docs.stale() == [], "run: python -m policies.docs --write"


def test_a_page_that_was_edited_by_hand_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    assert docs.main(["--write"]) == 0
    assert docs.main([]) == 0
    (tmp_path / "aws-kms-rotation.md").write_text("# something else", encoding="utf-8")
    (tmp_path / "gone.md").write_text("# of a policy that is no more", encoding="utf-8")
    assert docs.stale() == ["aws-kms-rotation.md", "gone.md"]
    assert docs.main([]) == 1


def test_the_list_of_types_that_take_tags_is_that_of_the_pinned_sdks() -> None:
    listed = taggable.FILE.read_text(encoding="utf-8").splitlines()
    assert listed == sorted(taggable.scan()), "run: python -m policies.taggable --write"


@pytest.mark.parametrize(
    ("token", "family", "is_list"),
    [
        ("kubernetes:apps/v1beta2:Deployment", "kubernetes:apps/v1:Deployment", False),
        ("kubernetes:extensions/v1beta1:DeploymentPatch", "kubernetes:apps/v1:Deployment", False),
        ("kubernetes:core/v1:PodList", "kubernetes:core/v1:Pod", True),
        (
            "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            False,
        ),
        (
            "kubernetes:rbac.authorization.k8s.io/v1beta1:ClusterRoleList",
            "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
            True,
        ),
        ("kubernetes:extensions/v1beta1:IngressPatch", "kubernetes:networking.k8s.io/v1:Ingress", False),
        ("kubernetes:core/v1:ServicePatch", "kubernetes:core/v1:Service", False),
        ("kubernetes:keda.sh/v1alpha1:ScaledObjectPatch", "kubernetes:keda.sh/v1alpha1:ScaledObject", False),
        ("kubernetes:helm.sh/v4:Chart", "kubernetes:helm.sh/v4:Chart", False),
        ("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket", False),
        ("aws:alb/listener:Listener", "aws:lb/listener:Listener", False),
        ("azure-native:storage/v20230101:StorageAccount", "azure-native:storage:StorageAccount", False),
        ("aws:apigatewayv2/api:Api", "aws:apigatewayv2/api:Api", False),
    ],
)
def test_a_policy_judges_every_spelling_of_its_type(token: str, family: str, is_list: bool) -> None:  # noqa: FBT001
    assert canonical(token) == (family, is_list)


def test_every_workload_of_the_sdk_in_every_version_patch_and_list_is_judged() -> None:
    kinds = "Pod|Deployment|StatefulSet|DaemonSet|ReplicaSet|Job|CronJob|ReplicationController"
    found = [token for token in sdk.tokens("kubernetes") if re.search(rf":({kinds})(Patch|List)?$", token)]
    assert len(found) > 40
    for token in found:
        judging = {one.id for one in load().judging(canonical(token).token)}
        assert "k8s-no-privileged" in judging, token


def test_two_policies_cannot_have_one_name() -> None:
    def rule(subject: Subject) -> list[Judgement]:
        return [fail_if(Truth.NO, subject.root, "nothing")]

    with pytest.raises(ValueError, match="two policies are called 'aws-kms-rotation'"):
        policy(
            id="aws-kms-rotation",
            title="t",
            violation="v",
            severity="low",
            category="cost",
            reads={},
            fix=Fix("none", "None."),
            enforcement="AAA",
            soc2=(),
            cis=(),
        )(rule)


def test_a_setting_is_merged_by_name_and_type() -> None:
    defaults = {"ports": [22], "level": "restricted", "strict": True}
    assert merge("p", defaults, {"ports": [80], "enforcementLevel": "advisory"}) == Config(
        {**defaults, "ports": [80]}
    )
    with pytest.raises(
        ConfigError, match=r"p: unknown setting 'port', did you mean 'ports'; this policy takes ports, level"
    ):
        merge("p", defaults, {"port": [80]})
    with pytest.raises(ConfigError, match=r"p: ports is 80, expected an array, for example \[22\]"):
        merge("p", defaults, {"ports": 80})
    with pytest.raises(ConfigError, match="strict is 1, expected a boolean"):
        merge("p", defaults, {"strict": 1})
