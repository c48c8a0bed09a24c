"""What changes between two plans."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from plan.diff import Change, Diff, ForeignPlanError, diff
from plan.replace import replaces as known_replacements
from plan.resource import Options, Plan, Resource
from plan.saved import HIDDEN
from plan.value import UNKNOWN, Secret, Value
from tests.report.sample import (
    CLUSTER,
    DEPLOYMENT,
    KUBERNETES,
    SUBNET,
    VPC,
    changed,
    plan,
    replaces,
    with_resource,
    without,
)


def compare(old: Plan, new: Plan) -> Diff:
    return diff(old, new, replaces=replaces)


def of(found: Diff, urn: str) -> Change:
    return next(change for change in found.changes if change.resource.urn == urn)


def test_a_plan_does_not_differ_from_itself() -> None:
    assert compare(plan(), plan()) == Diff((), len(plan()), 0)


def test_what_is_new_is_created_and_what_is_gone_is_deleted_in_reverse_order() -> None:
    found = compare(plan(), without(plan(), SUBNET, DEPLOYMENT))
    assert [(change.action, change.resource.urn) for change in found.changes] == [
        ("delete", DEPLOYMENT),
        ("delete", SUBNET),
    ]
    assert compare(without(plan(), VPC), plan()).count("create") == 1


def test_a_changed_value_is_named_by_its_path_and_a_key_with_dots_is_quoted() -> None:
    tags: dict[str, Value] = {"tier": "private", "kubernetes.io/role/internal-elb": "2"}
    (property_change,) = of(compare(plan(), changed(plan(), SUBNET, tags=tags)), SUBNET).properties
    assert property_change.path == 'tags["kubernetes.io/role/internal-elb"]'
    assert (property_change.old, property_change.new) == ("1", "2")


def test_a_value_that_is_taken_away_is_a_change_even_where_it_was_unknown() -> None:
    found = of(compare(plan(), changed(plan(), SUBNET, vpcId=None)), SUBNET)
    assert [change.path for change in found.properties] == ["vpcId"]


def test_true_is_not_one() -> None:
    old, new = changed(plan(), VPC, enableDnsSupport=True), changed(plan(), VPC, enableDnsSupport=1)
    assert compare(old, new).count("update") == 1


def test_what_cannot_be_changed_in_place_replaces_and_takes_along_what_depends_on_it() -> None:
    found = compare(plan(), changed(plan(), VPC, cidrBlock="10.20.0.0/16"))
    assert of(found, VPC).because == ("cidrBlock",)
    assert of(found, SUBNET).action == "replace"
    assert of(found, SUBNET).because == ("platform › aws › network › vpc",)
    assert found.count("replace") == 2


def test_a_dependency_through_a_changeable_property_is_not_taken_along() -> None:
    old = with_resource(plan(), replace(plan()[SUBNET], property_dependencies={"tags": (VPC,)}))
    found = compare(old, changed(old, VPC, cidrBlock="10.20.0.0/16"))
    assert [change.resource.urn for change in found.changes] == [VPC]


def test_a_value_beside_the_one_that_forces_takes_nothing_along() -> None:
    def selector(token: str) -> tuple[str, ...]:
        return ("spec.selector",) if token == "kubernetes:apps/v1:Deployment" else replaces(token)

    depending = replace(
        changed(plan(), DEPLOYMENT, spec={"selector": {"app": "api"}, "template": UNKNOWN})[DEPLOYMENT],
        property_dependencies={"spec": (VPC,)},
    )
    old = with_resource(plan(), depending)
    found = diff(old, changed(old, VPC, cidrBlock="10.20.0.0/16"), replaces=selector)
    assert DEPLOYMENT not in {change.resource.urn for change in found.changes}
    old = with_resource(old, replace(depending, inputs={"spec": {"selector": {"app": UNKNOWN}}}))
    found = diff(old, changed(old, VPC, cidrBlock="10.20.0.0/16"), replaces=selector)
    assert of(found, DEPLOYMENT).because == ("platform › aws › network › vpc",)


def test_a_replaced_provider_replaces_what_it_made() -> None:
    def all_new(token: str) -> tuple[str, ...]:
        return ("clusterIdentifier",) if token == "pulumi:providers:kubernetes" else ()

    old, new = (changed(plan(), KUBERNETES, clusterIdentifier=name) for name in ("a", "b"))
    assert of(diff(old, new, replaces=all_new), DEPLOYMENT).because == ("platform › aws › kubernetes",)


def test_replace_on_changes_forces_a_replacement() -> None:
    options = Options(replace_on_changes=("spec.template",))
    old = with_resource(plan(), replace(plan()[DEPLOYMENT], options=options))
    new = changed(old, DEPLOYMENT, spec={"replicas": 2, "template": {"spec": {"containers": []}}})
    assert of(compare(old, new), DEPLOYMENT).action == "replace"


@pytest.mark.parametrize("ignored", ["spec.replicas", "spec", 'spec["replicas"]', "*"])
def test_an_ignored_path_is_no_change(ignored: str) -> None:
    old = with_resource(plan(), replace(plan()[DEPLOYMENT], options=Options(ignore_changes=(ignored,))))
    spec = old[DEPLOYMENT].inputs["spec"]
    assert isinstance(spec, dict)
    assert not compare(old, changed(old, DEPLOYMENT, spec={**spec, "replicas": 9})).changes


def test_an_ignored_path_hides_nothing_beside_it() -> None:
    options = Options(ignore_changes=("spec.replicas",))
    old = with_resource(plan(), replace(plan()[DEPLOYMENT], options=options))
    found = compare(old, changed(old, DEPLOYMENT, spec={"replicas": 9, "paused": True}))
    assert {change.path for change in of(found, DEPLOYMENT).properties} == {"spec.template", "spec.paused"}


def test_an_ignored_path_does_not_hide_that_all_around_it_goes() -> None:
    options = Options(ignore_changes=("spec.replicas",))
    old = with_resource(plan(), replace(plan()[DEPLOYMENT], options=options))
    found = compare(old, changed(old, DEPLOYMENT, spec=None))
    assert [change.path for change in of(found, DEPLOYMENT).properties] == ["spec"]


def test_an_unknown_value_is_counted_and_never_guessed() -> None:
    found = compare(changed(plan(), SUBNET, vpcId="vpc-1"), plan())
    assert not found.changes
    assert found.undetermined == 1


def test_a_changed_secret_is_a_change_that_keeps_its_secret() -> None:
    found = of(compare(plan(), changed(plan(), CLUSTER, masterPassword=Secret("another"))), CLUSTER)
    assert "another" not in repr(found)


def test_a_secret_whose_value_was_not_saved_is_not_called_changed() -> None:
    assert not compare(changed(plan(), CLUSTER, masterPassword=HIDDEN), plan()).changes


def test_what_becomes_a_secret_is_a_change() -> None:
    assert compare(changed(plan(), CLUSTER, masterPassword="clear"), plan()).count("update") == 1


def test_a_protected_database_that_would_be_replaced_is_a_refused_loss() -> None:
    (loss,) = compare(plan(), changed(plan(), CLUSTER, engine="aurora-mysql")).losses
    assert (loss.resource.urn, loss.refused) == (CLUSTER, True)
    assert compare(plan(), changed(plan(), CLUSTER, engine="aurora-mysql")).refused
    assert not compare(plan(), changed(plan(), CLUSTER, engineVersion="17.6")).refused


def test_an_unprotected_database_that_would_be_deleted_is_a_loss_too() -> None:
    old = with_resource(plan(), replace(plan()[CLUSTER], options=Options()))
    (loss,) = compare(old, without(old, CLUSTER)).losses
    assert not loss.refused


def test_what_the_cloud_keeps_is_no_loss() -> None:
    old = with_resource(plan(), replace(plan()[CLUSTER], options=Options(retain_on_delete=True)))
    assert not compare(old, without(old, CLUSTER)).losses


def test_a_network_that_is_replaced_loses_no_data() -> None:
    assert not compare(plan(), changed(plan(), VPC, cidrBlock="10.20.0.0/16")).losses


@pytest.mark.parametrize("form", ["urn", "name"])
def test_a_renamed_resource_with_an_alias_is_the_same_one(form: str) -> None:
    alias = VPC if form == "urn" else "::::aws-network-vpc"
    renamed = replace(
        plan()[VPC],
        urn=VPC.replace("-vpc", "-main"),
        name="aws-network-main",
        options=Options(aliases=(alias,)),
    )
    new = replace(plan(), resources=tuple(renamed if r.urn == VPC else r for r in plan()))
    assert not [change for change in compare(plan(), new).changes if change.action in {"create", "delete"}]


def test_a_policy_document_is_compared_statement_by_statement() -> None:
    def document(action: str) -> str:
        return json.dumps({"Statement": [{"Effect": "Allow", "Action": action}]})

    old, new = (changed(plan(), VPC, policy=document(action)) for action in ("s3:Get*", "s3:*"))
    assert [change.path for change in of(compare(old, new), VPC).properties] == ["policy.Statement[0].Action"]


@pytest.mark.parametrize("field", ["stack", "project"])
def test_plans_of_two_stacks_are_not_compared(field: str) -> None:
    other = replace(plan(), **{field: "other"})
    with pytest.raises(ForeignPlanError, match=r"'other'.*--save"):
        compare(other, plan())


def test_an_unknown_beside_an_unknown_is_no_difference() -> None:
    one: dict[str, Value] = {"a": [UNKNOWN, 1]}
    other: dict[str, Value] = {"a": [UNKNOWN, 1]}
    assert compare(changed(plan(), VPC, x=one), changed(plan(), VPC, x=other)) == Diff((), len(plan()), 0)


@pytest.mark.parametrize(
    ("ignored", "hidden"),
    [
        ("scalingConfig.desiredSize", True),
        ("scalingConfig", True),
        ('scalingConfig["desiredSize"]', True),
        ("scalingConfig.minSize", False),
        ("scalingConfig.desiredSize.more", False),
        ("taints[0].value", True),
        ("taints[*].value", True),
        ("taints[1].value", False),
        ('labels["example.com/group"]', True),
        ("labels.example.com/group", False),
    ],
)
def test_only_what_lies_at_or_below_an_ignored_path_is_hidden(ignored: str, *, hidden: bool) -> None:
    values: dict[str, tuple[Value, Value]] = {
        "scalingConfig": ({"desiredSize": 3, "minSize": 1}, {"desiredSize": 9, "minSize": 1}),
        "taints": ([{"key": "a", "value": "x"}], [{"key": "a", "value": "y"}]),
        "labels": ({"example.com/group": "a"}, {"example.com/group": "b"}),
    }
    name = next(name for name in values if ignored.startswith(name))
    before, after = values[name]
    options = Options(ignore_changes=(ignored,))
    old = with_resource(plan(), replace(plan()[SUBNET], inputs={name: before}))
    new = with_resource(plan(), replace(plan()[SUBNET], inputs={name: after}, options=options))
    assert compare(old, new).count("update") == (0 if hidden else 1)


def test_the_program_that_is_to_be_deployed_says_what_is_ignored() -> None:
    options = Options(ignore_changes=("cidrBlock",))
    before = with_resource(plan(), replace(plan()[VPC], options=options))
    after = changed(plan(), VPC, cidrBlock="10.20.0.0/16")
    assert compare(before, after).count("replace") == 2
    after = with_resource(after, replace(after[VPC], options=options))
    assert not compare(plan(), after).changes


def test_a_replaced_resource_does_not_take_along_what_ignores_where_it_comes_from() -> None:
    options = Options(ignore_changes=("vpcId",))
    old = with_resource(plan(), replace(plan()[SUBNET], options=options))
    found = compare(old, changed(old, VPC, cidrBlock="10.20.0.0/16"))
    assert [change.resource.urn for change in found.changes] == [VPC]


def test_swapped_targets_of_two_names_are_two_updates_and_no_replacement() -> None:
    token = "aws:route53/record:Record"

    def record(role: str, region: str, **other: Value) -> Resource:
        alias: Value = {"name": f"{region}.elb.example", "zoneId": f"Z{region}", "evaluateTargetHealth": True}
        inputs: dict[str, Value] = {
            "zoneId": "Z1",
            "name": "api.a.example",
            "type": "A",
            "setIdentifier": role,
            "failoverRoutingPolicies": [{"type": role}],
            "aliases": [alias],
            "healthCheckId": f"check-{region}",
        }
        at = f"urn:pulumi:dev::trading-platform::{token}::{role}"
        return Resource(at, token, role, custom=True, inputs={**inputs, **other})

    def names(first: Resource, second: Resource) -> Plan:
        return Plan("trading-platform", "dev", "up", (first, second))

    before = names(record("primary", "east"), record("secondary", "west"))
    found = diff(
        before, names(record("primary", "west"), record("secondary", "east")), replaces=known_replacements
    )
    assert [change.action for change in found.changes] == ["update", "update"]
    assert {value.path for value in found.changes[0].properties} == {
        "aliases[0].name", "aliases[0].zoneId", "healthCheckId",
    }  # fmt: skip
    renamed = names(
        record("primary", "east", setIdentifier="other"), record("secondary", "west", type="AAAA")
    )
    assert diff(before, renamed, replaces=known_replacements).count("update") == 2
    moved = names(record("primary", "east", name="b.example"), record("secondary", "west", zoneId="Z2"))
    assert diff(before, moved, replaces=known_replacements).count("replace") == 2
