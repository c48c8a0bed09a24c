"""What the cluster promises: who enters, what is encrypted and logged, and in which order it stands."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pulumi
import pytest
from pulumi_gcp import artifactregistry, container, projects, serviceaccount

from components.contracts import Recovery
from components.gcp.cluster import Cluster
from plan.resource import Plan, Resource
from plan.value import UNKNOWN, Secret
from tests.components.gcp.kit import PROJECT, REGION, TAGS, deploy, key, machines
from tests.components.gcp.support_cluster import (
    DEPLOYER,
    DEV,
    FIREWALL_TAGS,
    GROUP,
    OFFICE,
    OPEN,
    PROD,
    REPOSITORY,
    TOPIC,
    Shape,
    build,
    cluster,
)
from tests.components.kit import before, every, said, sources, the, token
from tests.support import values

SHAPES = (DEV, OPEN, PROD)
HERE = f"projects/{PROJECT}/locations/{REGION}/clusters/trading-dev"
NODES = f"trading-dev-nodes-{REGION}@{PROJECT}.iam.gserviceaccount.com"


def control_plane(shape: Shape) -> Resource:
    """The cluster of Google's."""
    return the(cluster(shape), container.Cluster)


def part(plan: Plan) -> Resource:
    """The component itself."""
    return next(one for one in plan if one.type == "trading-platform:gcp:Cluster")


def test_without_named_networks_the_api_has_no_address_at_all() -> None:
    made = control_plane(DEV)
    assert said(made, "controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled") is False
    for word in ("privateClusterConfig", "enablePrivateEndpoint"), ("masterAuthorizedNetworksConfig",):
        assert said(made, *word) is None, "what is not sent comes back as a change"


def test_by_its_address_the_api_is_reached_from_the_named_networks_and_nobody_else() -> None:
    made = control_plane(OPEN)
    assert said(made, "controlPlaneEndpointsConfig", "ipEndpointsConfig", "enabled") is True
    assert said(made, "privateClusterConfig", "enablePrivateEndpoint") is False
    allowed = said(made, "masterAuthorizedNetworksConfig", "cidrBlocks")
    assert allowed == [{"cidrBlock": OFFICE, "displayName": OFFICE}]
    assert said(made, "masterAuthorizedNetworksConfig", "gcpPublicCidrsAccessEnabled") is False
    assert said(made, "masterAuthorizedNetworksConfig", "privateEndpointEnforcementEnabled") is True


@pytest.mark.parametrize("shape", SHAPES)
def test_whoever_iam_lets_in_reaches_the_api_by_its_name_and_by_googles_tokens_alone(shape: Shape) -> None:
    """Closed, the name would answer Google's own services alone: nobody could enter."""
    name = said(control_plane(shape), "controlPlaneEndpointsConfig", "dnsEndpointConfig")
    assert name == {
        "allowExternalTraffic": True,
        "enableK8sTokensViaDns": False,
        "enableK8sCertsViaDns": False,
    }


@pytest.mark.parametrize("shape", SHAPES)
def test_nobody_logs_in_with_a_certificate_anonymously_or_by_an_old_rule(shape: Shape) -> None:
    made = control_plane(shape)
    assert said(made, "masterAuth", "clientCertificateConfig", "issueClientCertificate") is False
    assert said(made, "enableLegacyAbac") is False
    assert said(made, "anonymousAuthenticationConfig", "mode") == "LIMITED"
    bindings = said(made, "rbacBindingConfig")
    assert bindings == {
        "enableInsecureBindingSystemAuthenticated": False,
        "enableInsecureBindingSystemUnauthenticated": False,
    }


def rights(shape: Shape) -> dict[tuple[object, object], object]:
    """Over the project: by member and role, under which condition."""
    return {
        (said(one, "member"), said(one, "role")): said(one, "condition", "expression")
        for one in every(cluster(shape), projects.IAMMember)
    }


def test_administrators_and_the_pipeline_enter_this_cluster_and_no_other() -> None:
    only = f'resource.type == "container.googleapis.com/Cluster" && resource.name == "{HERE}"'
    for member in (f"group:{GROUP}", DEPLOYER):
        assert rights(PROD)[member, "roles/container.admin"] == only
        found = str(rights(PROD)[member, "roles/container.clusterViewer"])
        assert "resource" not in found, "at its DNS name Google asks about something else than the cluster"


def test_where_there_is_no_pipeline_only_people_enter() -> None:
    entering = {member for member, role in rights(DEV) if str(role).startswith("roles/container.admin")}
    assert entering == {f"group:{GROUP}"}


def test_nothing_is_granted_without_a_condition_but_the_machines_own_role() -> None:
    unbound = [who for who, condition in rights(PROD).items() if condition is None]
    assert unbound == [(f"serviceAccount:{NODES}", "roles/container.defaultNodeServiceAccount")]


def test_another_administrator_in_front_renames_nobody() -> None:
    first = "night-shift@acme.example"
    names = {one.name: said(one, "member") for one in every(cluster(DEV), projects.IAMMember)}
    more = every(cluster(replace(DEV, administrators=(first, GROUP))), projects.IAMMember)
    assert names.items() <= {one.name: said(one, "member") for one in more}.items()
    assert len(more) == len(names) + 2


def test_groups_of_one_name_in_two_domains_are_two_administrators() -> None:
    both = ("admins@acme.example", "admins@partner.example")
    admins = every(cluster(replace(DEV, administrators=both)), projects.IAMMember)
    assert {f"group:{one}" for one in both} <= {said(one, "member") for one in admins}


def test_machines_have_an_account_of_their_own_that_reads_one_repository() -> None:
    plan = cluster(DEV)
    account = the(plan, serviceaccount.Account)
    images = the(plan, artifactregistry.RepositoryIamMember)
    assert account.outputs["email"] == NODES
    assert sources(plan, images, "member") == {account.name}
    assert (said(images, "repository"), said(images, "role")) == (
        REPOSITORY,
        "roles/artifactregistry.reader",
    )


def test_the_pipeline_makes_machines_as_their_own_account_and_as_no_other() -> None:
    plan = cluster(PROD)
    act = the(plan, serviceaccount.IAMMember)
    assert (said(act, "role"), said(act, "member")) == ("roles/iam.serviceAccountUser", DEPLOYER)
    assert sources(plan, act, "serviceAccountId") == {"cluster-nodes-account"}
    for pool in every(plan, container.NodePool):
        assert (token(serviceaccount.IAMMember), act.name) in before(plan, pool)
    assert not every(cluster(DEV), serviceaccount.IAMMember)


@pytest.mark.parametrize("shape", SHAPES)
def test_machines_start_after_their_account_has_its_rights_and_go_before_it_loses_one(shape: Shape) -> None:
    plan = cluster(shape)
    needs = {
        (token(projects.IAMMember), "cluster-nodes-node"),
        (token(artifactregistry.RepositoryIamMember), "cluster-nodes-images"),
    }
    for one in (*every(plan, container.NodePool), *every(plan, container.Cluster)):
        assert needs <= before(plan, one)


def test_kubernetes_secrets_and_the_disks_are_encrypted_each_with_its_own_key() -> None:
    made = control_plane(DEV)
    assert said(made, "databaseEncryption") == {"state": "ENCRYPTED", "keyName": key("secrets")}
    assert said(made, "nodeConfig", "bootDiskKmsKey") == key("data")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_first_machines_which_go_at_once_are_as_private_and_hardened_as_ours(shape: Shape) -> None:
    plan = cluster(shape)
    made = the(plan, container.Cluster)
    first = made.inputs["nodeConfig"]
    ours = the(plan, container.NodePool, "cluster-on-demand-pool").inputs["nodeConfig"]
    assert isinstance(first, dict)
    assert isinstance(ours, dict)
    size = {"machineType", "diskSizeGb"}
    assert {word: first[word] for word in first.keys() - size} == {
        word: ours[word] for word in first.keys() - size
    }
    assert said(made, "removeDefaultNodePool") is True
    assert said(made, "privateClusterConfig", "enablePrivateNodes") is True
    assert {"serviceAccount", "shieldedInstanceConfig", "workloadMetadataConfig", "metadata"} <= first.keys()


def test_what_is_read_back_of_the_first_machines_never_replaces_the_cluster() -> None:
    ignored = set(control_plane(PROD).options.ignore_changes)
    assert {"nodeConfig", "initialNodeCount"} <= ignored


@pytest.mark.parametrize(("shape", "expected"), [(DEV, False), (PROD, True)])
def test_a_protected_cluster_is_protected_in_pulumi_and_in_the_provider(
    shape: Shape,
    expected: bool,  # noqa: FBT001
) -> None:
    """Unsaid, the provider would refuse to delete a development cluster too."""
    made = control_plane(shape)
    assert made.options.protect is expected
    assert said(made, "deletionProtection") is expected


def test_google_changes_the_cluster_on_saturdays_and_for_long_enough() -> None:
    window: Any = said(control_plane(PROD), "maintenancePolicy", "recurringWindow")
    start, end = (datetime.fromisoformat(window[word]) for word in ("startTime", "endTime"))
    assert window["recurrence"] == "FREQ=WEEKLY;BYDAY=SA"
    assert (start.strftime("%a"), end.strftime("%a")) == ("Sat", "Sat")
    assert start.hour >= 1, "New York trades until 20:00 of its Friday"
    assert 4 * (end - start) >= timedelta(hours=48), "Google asks for 48 hours in 32 days"


def test_people_hear_of_upgrades_and_of_holes() -> None:
    heard: Any = said(control_plane(DEV), "notificationConfig", "pubsub")
    assert (heard["topic"], heard["enabled"]) == (TOPIC, True)
    assert {"UPGRADE_EVENT", "SECURITY_BULLETIN_EVENT"} <= set(heard["filter"]["eventTypes"])


def test_the_version_is_the_least_and_the_channel_follows() -> None:
    made = control_plane(DEV)
    assert said(made, "minMasterVersion") == "1.35"
    assert said(made, "nodeVersion") is None
    assert said(made, "releaseChannel", "channel") == "REGULAR"


def test_every_kind_of_log_of_the_control_plane_is_kept() -> None:
    kept: Any = said(control_plane(DEV), "loggingConfig", "enableComponents")
    assert set(kept) == {
        "SYSTEM_COMPONENTS",
        "WORKLOADS",
        "APISERVER",
        "CONTROLLER_MANAGER",
        "SCHEDULER",
    }


def test_the_cluster_stands_in_the_whole_region_and_its_machines_in_three_zones() -> None:
    made = control_plane(PROD)
    assert said(made, "location") == REGION
    assert said(made, "nodeLocations") == [f"{REGION}-{letter}" for letter in "abc"]


def test_the_network_enforces_policies_and_shows_what_pods_say_to_each_other() -> None:
    made = control_plane(PROD)
    assert said(made, "datapathProvider") == "ADVANCED_DATAPATH"
    assert said(made, "enableIntranodeVisibility") is True
    assert said(made, "ipAllocationPolicy", "clusterSecondaryRangeName") == "pods"
    assert said(made, "ipAllocationPolicy", "servicesSecondaryRangeName") == "services"
    assert said(made, "serviceExternalIpsConfig", "enabled") is False


def test_only_admitted_images_run_and_pods_are_somebody() -> None:
    made = control_plane(PROD)
    assert said(made, "binaryAuthorization") == {"evaluationMode": "PROJECT_SINGLETON_POLICY_ENFORCE"}
    assert said(made, "workloadIdentityConfig", "workloadPool") == f"{PROJECT}.svc.id.goog"
    assert said(made, "enableShieldedNodes") is True


def test_backups_can_be_made_and_costs_told_apart() -> None:
    made = control_plane(PROD)
    assert said(made, "addonsConfig", "gkeBackupAgentConfig", "enabled") is True
    assert said(made, "addonsConfig", "gcePersistentDiskCsiDriverConfig", "enabled") is True
    assert said(made, "addonsConfig", "gcsFuseCsiDriverConfig", "enabled") is False
    assert said(made, "costManagementConfig", "enabled") is True


def test_the_kubeconfig_says_how_to_get_a_token_and_holds_none() -> None:
    plan = cluster(DEV)
    given = part(plan).outputs["kubeconfig"]
    assert not isinstance(given, Secret)
    config: dict[str, Any] = json.loads(str(given))
    (user,) = config["users"]
    assert set(user["user"]) == {"exec"}
    assert user["user"]["exec"]["command"] == "gke-gcloud-auth-plugin"
    assert set(user["user"]["exec"]) == {"apiVersion", "command", "interactiveMode", "provideClusterInfo"}
    (found,) = config["clusters"]
    made: Any = the(plan, container.Cluster).outputs["controlPlaneEndpointsConfig"]
    assert found["cluster"] == {"server": f"https://{made['dnsEndpointConfig']['endpoint']}"}
    assert config["current-context"] in {context["name"] for context in config["contexts"]}


def test_the_outside_knows_the_machines_by_their_account_and_their_groups_by_zone() -> None:
    plan = cluster(PROD)
    outputs = part(plan).outputs
    assert outputs["client_group_id"] == NODES
    groups: Any = outputs["machine_groups"]
    assert [url.split("/zones/")[1].split("/")[0] for url in groups] == [
        f"{REGION}-{letter}" for letter in "abc"
    ]
    made: Any = the(plan, container.NodePool, "cluster-on-demand-pool").outputs
    assert groups == made["managedInstanceGroupUrls"]


def test_a_cluster_of_two_zones_has_two_groups() -> None:
    groups: Any = part(cluster(replace(DEV, zones=2))).outputs["machine_groups"]
    assert len(groups) == 2


def test_a_cluster_without_spot_machines_has_one_pool() -> None:
    pool = the(cluster(replace(DEV, spot=None)), container.NodePool)
    assert said(pool, "nodeConfig", "spot") is False


def test_a_preview_shows_every_resource_of_the_deployment() -> None:
    """No resource may wait inside an ``apply`` for what only the cloud can tell."""
    assert {one.urn for one in cluster(DEV, "preview")} == {one.urn for one in cluster(DEV)}


def test_before_the_cluster_is_there_nobody_is_told_where_it_is() -> None:
    outputs = part(cluster(DEV, "preview")).outputs
    assert outputs["kubeconfig"] is UNKNOWN
    assert outputs["client_group_id"] is UNKNOWN
    assert outputs["cluster_name"] == "trading-dev"


def test_everything_follows_the_clusters_name_wherever_it_stands() -> None:
    """The twin in the second region has a name and a place of its own; what kept the old would be lost."""
    plan = cluster(replace(DEV, cluster_name="trading-dev-us-east1", region="us-east1"))
    config: dict[str, Any] = json.loads(str(part(plan).outputs["kubeconfig"]))
    (context,) = config["contexts"]
    assert context["context"] == {"cluster": "trading-dev-us-east1", "user": "trading-dev-us-east1"}
    assert config["current-context"] == context["name"] == "trading-dev-us-east1"
    given = {"key", "subnetwork"}
    left = [
        (one.name, path)
        for one in plan
        for path, value in values(dict(one.inputs))
        if re.search(rf"clusters/trading-dev\b(?!-)|{REGION}", str(value))
        and not any(word in str(path).lower() for word in given)
        and not one.is_provider
    ]
    assert left == []


def test_clusters_of_two_regions_have_machines_of_two_accounts_and_rights_of_their_own() -> None:
    """Equal grants of two regions would be one grant, which goes with the first region that goes."""

    def grants(plan: Plan) -> set[tuple[object, ...]]:
        return {
            (said(one, "member"), said(one, "role"), str(said(one, "condition")))
            for one in every(plan, projects.IAMMember)
        }

    there = cluster(replace(DEV, cluster_name="trading-dev-us-east1", region="us-east1"))
    assert not grants(there) & grants(cluster(DEV))


def test_machines_carry_the_tags_that_the_firewall_and_the_bill_know_them_by() -> None:
    for pool in every(cluster(PROD), container.NodePool):
        assert said(pool, "nodeConfig", "resourceManagerTags") == FIREWALL_TAGS
        assert said(pool, "nodeConfig", "resourceLabels") == TAGS.as_map()


def standing_by(ready: int, rest: int) -> Recovery:
    """What a cluster with so many machines at rest promises, where the region at work has so many."""
    made: list[Cluster] = []
    shape = replace(DEV, on_demand=machines("n2-standard-4", low=ready, high=9), spot=None, rest_nodes=rest)

    def program(opts: pulumi.ResourceOptions) -> None:
        made.append(build(shape, opts))

    deploy(program)
    return made[0].recovery


@pytest.mark.parametrize(
    ("ready", "rest", "seconds"), [(3, 3, 60), (2, 3, 240), (1, 3, 240), (0, 3, 1200), (0, 0, 60)]
)
def test_pods_are_back_the_sooner_the_more_machines_stand_ready(ready: int, rest: int, seconds: int) -> None:
    found = standing_by(ready, rest)
    assert found.time == seconds
    assert found.lag is None, "a cluster has nothing to lose"
