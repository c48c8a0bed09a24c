from __future__ import annotations

from pulumi import ResourceOptions

from components.k8s.configuration import Configuration, ConfigurationArgs
from tests.components.k8s.support import LABELS, deploy, the


def test_services_find_the_variables_under_the_name_that_the_part_gives() -> None:
    args = ConfigurationArgs(namespace="trading", labels=LABELS, variables={"DATABASE_HOST": "db.example"})
    plan = deploy(lambda provider: Configuration("configuration", args, ResourceOptions(provider=provider)))
    (config_map,) = plan.of_type("kubernetes:core/v1:ConfigMap")
    part = next(resource for resource in plan if resource.type.endswith(":Configuration"))
    made = config_map.outputs["metadata"]
    assert isinstance(made, dict)
    assert part.outputs["config_map_name"] == made["name"]
    assert the(plan, "ConfigMap")["data"] == {"DATABASE_HOST": "db.example"}


def test_the_name_is_not_fixed_so_that_services_roll_over_to_what_changed() -> None:
    """Under a fixed name the old one would have to go before the new one comes."""
    args = ConfigurationArgs(namespace="trading", labels=LABELS, variables={})
    plan = deploy(lambda provider: Configuration("configuration", args, ResourceOptions(provider=provider)))
    assert "name" not in the(plan, "ConfigMap")["metadata"]
