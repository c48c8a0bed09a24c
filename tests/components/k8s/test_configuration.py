from __future__ import annotations

from pulumi import ResourceOptions

from components.k8s.configuration import Configuration, ConfigurationArgs
from tests.components.k8s.support import LABELS, deploy, the


def test_services_find_the_variables_under_the_name_that_the_part_gives() -> None:
    args = ConfigurationArgs(namespace="trading", labels=LABELS, variables={"DATABASE_HOST": "db.example"})
    plan = deploy(lambda provider: Configuration("configuration", args, ResourceOptions(provider=provider)))
    config_map = the(plan, "ConfigMap")
    part = next(resource for resource in plan if resource.type.endswith(":Configuration"))
    assert part.outputs["config_map_name"] == config_map["metadata"]["name"]
    assert config_map["data"] == {"DATABASE_HOST": "db.example"}
