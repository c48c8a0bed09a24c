from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi import ResourceOptions

from components.k8s.secrets import REFRESH_SECONDS, Secrets, SecretsArgs
from plan.resource import Plan
from tests.components.k8s.manifests import hasty, names, objects, of, operator, refused
from tests.components.k8s.support import LABELS, deploy

PROVIDERS: Mapping[str, Mapping[str, Any]] = {
    "aws": {"aws": {"service": "SecretsManager", "region": "us-east-1"}},
    "gcp": {"gcpsm": {"projectID": "trading-dev"}},
}


def planned(secrets: Mapping[str, Mapping[str, str]], cloud: str = "aws") -> Plan:
    def room(provider: Any) -> None:
        args = SecretsArgs(
            namespace="trading",
            labels=LABELS,
            provider=PROVIDERS[cloud],
            secrets=secrets,
            after=[operator()],
        )
        Secrets("secrets", args, ResourceOptions(provider=provider))

    return deploy(room)


API = {"api": {"venue": "trading-dev/venue", "broker": "trading-dev/broker"}, "dashboard": {}}


def test_every_object_is_what_its_schema_allows_on_each_cloud_and_waits_for_the_operator() -> None:
    for cloud in PROVIDERS:
        plan = planned(API, cloud)
        assert refused(plan) == []
        assert hasty(plan) == []
        assert of(plan, "SecretStore")["spec"]["provider"] == PROVIDERS[cloud]


def test_a_reader_gets_a_file_for_each_of_its_secrets_and_no_others() -> None:
    plan = planned({**API, "worker": {"queue": "trading-dev/queue"}})
    assert names(plan, "ExternalSecret") == {"api", "worker"}
    files = {
        one["secretKey"]: one["remoteRef"]["key"] for one in of(plan, "ExternalSecret", "api")["spec"]["data"]
    }
    assert files == {"broker": "trading-dev/broker", "venue": "trading-dev/venue"}


def test_pods_find_it_under_the_name_that_the_part_gives() -> None:
    plan = planned(API)
    part = next(resource for resource in plan if resource.type.endswith(":Secrets"))
    target = of(plan, "ExternalSecret", "api")["spec"]["target"]["name"]
    assert part.outputs["secret_names"] == {"api": target}


def test_a_new_value_arrives_within_minutes_and_an_old_one_never_vanishes() -> None:
    spec = of(planned(API), "ExternalSecret")["spec"]
    assert spec["refreshInterval"] == f"{REFRESH_SECONDS // 60}m0s"
    assert spec["refreshPolicy"] == "Periodic"
    assert REFRESH_SECONDS <= 900
    assert spec["target"]["immutable"] is False
    assert spec["target"]["deletionPolicy"] == "Retain"
    assert spec["target"]["creationPolicy"] == "Owner", "it goes when nobody reads it any more"


def test_no_value_is_ever_in_the_program() -> None:
    for _, manifest in objects(planned(API)):
        assert manifest["kind"] in {"ConfigMap", "SecretStore", "ExternalSecret"}
        assert "stringData" not in manifest


def test_a_store_is_the_namespaces_own_and_none_is_made_where_nobody_reads() -> None:
    (store,) = [manifest for _, manifest in objects(planned(API)) if manifest["kind"] == "SecretStore"]
    assert store["metadata"]["namespace"] == "trading"
    reference = of(planned(API), "ExternalSecret")["spec"]["secretStoreRef"]
    assert reference == {"kind": "SecretStore", "name": store["metadata"]["name"]}
    assert not names(planned({"dashboard": {}}), "SecretStore")
