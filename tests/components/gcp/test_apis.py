"""What a project's doors promise: open before anything else, open afterwards, with somebody behind each."""

from __future__ import annotations

from functools import cache

import pulumi
import pytest
from pulumi_gcp import kms, projects, storage

from components.gcp.agents import AGENTS, agent
from components.gcp.apis import SERVICES, Apis, ApisArgs
from components.gcp.keys import USERS
from components.providers import gcp_provider
from plan.resource import Plan, Resource
from tests.components.gcp.kit import NUMBER, PROJECT, REGION, deploy
from tests.components.kit import before, every, said, the, token

DOMAIN = ".googleapis.com"
BY_ITSELF = "compute.googleapis.com"
BY_COMMAND = {"storage.googleapis.com"}


@cache
def opened(mode: str = "up") -> Plan:
    """The doors, and a region's first thing behind a provider that waits for them."""

    def program(opts: pulumi.ResourceOptions) -> None:
        apis = Apis("apis", ApisArgs(project=PROJECT, number=NUMBER), opts)
        there = gcp_provider(
            "region", project=PROJECT, region=REGION, opts=pulumi.ResourceOptions(depends_on=[apis])
        )
        storage.Bucket("first", location=REGION, opts=pulumi.ResourceOptions(provider=there))
        kms.KeyRing(
            "told",
            location=apis.ready.apply(lambda on: str(len(on))),
            opts=pulumi.ResourceOptions(provider=there),
        )

    return deploy(program, "preview" if mode == "preview" else "up")


def one(kind: type[pulumi.Resource], api: str) -> Resource:
    return the(opened(), kind, f"apis-{api.removesuffix(DOMAIN)}")


def asked() -> set[str]:
    return {str(said(identity, "service")) for identity in every(opened(), projects.ServiceIdentity)}


def test_every_service_is_switched_on_once_and_by_its_full_name() -> None:
    on = [said(service, "service") for service in every(opened(), projects.Service)]
    assert sorted(on, key=str) == sorted(SERVICES)
    assert len(set(SERVICES)) == len(SERVICES)
    assert all(service.endswith(DOMAIN) for service in SERVICES)


def test_the_services_that_keep_something_under_our_keys_are_all_on() -> None:
    assert {api for users in USERS.values() for api in users} <= set(AGENTS) <= set(SERVICES)


def test_a_stack_that_goes_leaves_every_service_on() -> None:
    for service in every(opened(), projects.Service):
        assert said(service, "disableOnDestroy") is False
        assert not said(service, "disableDependentServices")


def test_what_a_region_makes_waits_for_every_door_and_for_whoever_stands_behind_it() -> None:
    plan = opened()
    (provider,) = (one for one in plan.resources if one.name == "region")
    assert {said(the(plan, storage.Bucket), "location")} == {REGION}
    found = {(plan[urn].type, plan[urn].name) for urn in provider.dependencies}
    doors = (
        every(plan, projects.Service)
        + every(plan, projects.ServiceIdentity)
        + every(plan, projects.IAMMember)
    )
    assert {(door.type, door.name) for door in doors} <= found


def test_agents_are_asked_for_where_asking_makes_them_and_nowhere_else() -> None:
    assert asked() == set(AGENTS) - {BY_ITSELF} - BY_COMMAND


def test_where_nothing_of_ours_makes_an_agent_a_person_is_told_the_command() -> None:
    told = {api for api, about in AGENTS.items() if about.command}
    assert told == BY_COMMAND
    assert all(not AGENTS[api].asked and "--project=PROJECT" in str(AGENTS[api].command) for api in told)


@pytest.mark.parametrize("api", sorted(set(AGENTS) - {BY_ITSELF} - BY_COMMAND))
def test_an_agent_is_asked_for_after_its_service_is_on(api: str) -> None:
    name = f"apis-{api.removesuffix(DOMAIN)}"
    assert (token(projects.Service), name) in before(opened(), one(projects.ServiceIdentity, api))


@pytest.mark.parametrize("api", sorted(api for api, about in AGENTS.items() if about.role))
def test_an_agent_that_was_asked_for_is_given_its_role_as_google_does_not(api: str) -> None:
    plan, granted = opened(), one(projects.IAMMember, api)
    assert (said(granted, "member"), said(granted, "role")) == (agent(api, NUMBER), AGENTS[api].role)
    assert said(granted, "project") == PROJECT
    assert (token(projects.ServiceIdentity), granted.name) in before(plan, granted)


def test_the_secret_stores_agent_is_the_only_one_that_is_asked_for_and_needs_no_role() -> None:
    assert {api for api, about in AGENTS.items() if about.asked and about.role is None} == {
        "secretmanager.googleapis.com"
    }


def test_an_agent_gets_the_role_of_service_agents_and_no_other() -> None:
    roles = [str(said(granted, "role")) for granted in every(opened(), projects.IAMMember)]
    assert len(roles) == len(set(roles)) == sum(about.role is not None for about in AGENTS.values())
    assert all(role.lower().endswith("serviceagent") for role in roles)


def test_an_agent_keeps_its_role_when_the_stack_goes_as_its_service_stays() -> None:
    for granted in every(opened(), projects.IAMMember):
        assert granted.options.retain_on_delete is True


@pytest.mark.parametrize("mode", ["up", "preview"])
def test_every_agent_is_known_before_it_is_there(mode: str) -> None:
    (part,) = opened(mode).of_type("trading-platform:gcp:Apis")
    assert part.outputs["agents"] == {api: agent(api, NUMBER) for api in AGENTS}


def test_who_is_told_that_all_is_ready_comes_after_every_service() -> None:
    plan = opened()
    ring = the(plan, kms.KeyRing)
    assert said(ring, "location") == str(len(SERVICES))
    on = {(service.type, service.name) for service in every(plan, projects.Service)}
    assert on <= before(plan, ring)


def test_an_agent_lives_in_the_project_of_its_number() -> None:
    members = {agent(api, NUMBER) for api in AGENTS}
    assert len(members) == len(AGENTS)
    assert all(
        member.startswith(f"serviceAccount:service-{NUMBER}@") and member.endswith(".iam.gserviceaccount.com")
        for member in members
    )
    with pytest.raises(KeyError):
        agent("unheard-of.googleapis.com", NUMBER)
