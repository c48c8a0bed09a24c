"""What the global datastore promises: it decides for both halves, and a switchover destroys neither."""

from __future__ import annotations

from pulumi_aws import elasticache

from plan.replace import replaces
from plan.resource import Resource
from tests.components.aws.support_cache import PROD, caches, group
from tests.components.aws.support_data import address
from tests.components.kit import before, said, sources, the, token


def datastore() -> Resource:
    """The one of prod."""
    return the(caches(PROD), elasticache.GlobalReplicationGroup)


def test_the_home_region_is_born_primary() -> None:
    assert sources(caches(PROD), datastore(), "primaryReplicationGroupId") == {"cache-group"}


def test_a_switchover_changes_the_primary_in_aws_and_replaces_nothing() -> None:
    assert "primaryReplicationGroupId" in replaces(token(elasticache.GlobalReplicationGroup))
    assert set(datastore().options.ignore_changes) == {"primaryReplicationGroupId"}


def test_version_and_node_type_are_decided_here_and_begin_as_the_primarys() -> None:
    """Ignored on the primary and absent on the follower, they could not be changed anywhere else."""
    home, found = group(PROD), datastore()
    for here, there in (
        ("engine", "engine"),
        ("engineVersion", "engineVersion"),
        ("cacheNodeType", "nodeType"),
        ("parameterGroupName", "parameterGroupName"),
        ("automaticFailoverEnabled", "automaticFailoverEnabled"),
    ):
        assert said(found, here) == said(home, there), here
        assert there in home.options.ignore_changes, there
        assert here not in found.options.ignore_changes, here


def test_the_parameters_that_it_names_stand_before_it() -> None:
    plan = caches(PROD)
    parameters = the(plan, elasticache.ParameterGroup)
    assert said(datastore(), "parameterGroupName") == said(parameters, "name")
    assert address(elasticache.ParameterGroup, parameters.name) in before(plan, datastore())


def test_in_prod_the_bond_cannot_be_cut_by_mistake() -> None:
    assert datastore().options.protect is True


def test_the_other_region_learns_what_to_follow() -> None:
    (found,) = caches(PROD).of_type("trading-platform:aws:GlobalCache")
    assert found.outputs == {"global_id": datastore().outputs["globalReplicationGroupId"]}
    assert str(found.outputs["global_id"]).endswith("trading-prod-cache")
