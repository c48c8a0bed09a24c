"""What people, the pipeline and the machines may do around a cluster, and no more."""

from __future__ import annotations

from functools import cache

import pulumi
from pulumi_gcp import artifactregistry, projects, serviceaccount

from components.base import Part
from components.gcp.cluster_access import NodeAccount, NodeAccountArgs, admit
from plan.resource import Plan
from tests.components.gcp.kit import ELSEWHERE, NAMING, PROJECT, REGION, deploy
from tests.components.kit import every, said, sources, the

REPOSITORY = f"projects/{PROJECT}/locations/us/repositories/trading-dev"
DEPLOYER = "serviceAccount:deploy@acme.iam.gserviceaccount.com"


class Room(Part):
    """A cluster that people enter."""

    def __init__(self, name: str, region: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        admit(
            self,
            {"people": "group:sre@acme.example"},
            project=PROJECT,
            region=region,
            cluster_name=f"trading-{region}",
        )
        self.finish()


@cache
def accounts(*, deployer: bool = True) -> Plan:
    def program(opts: pulumi.ResourceOptions) -> None:
        for region in (REGION, ELSEWHERE):
            NodeAccount(
                f"nodes-{region}",
                NodeAccountArgs(
                    naming=NAMING,
                    project=PROJECT,
                    region=region,
                    image_repository=REPOSITORY,
                    deploy_member=DEPLOYER if deployer else None,
                ),
                opts,
            )
            Room(f"room-{region}", region, opts)

    return deploy(program)


def test_each_regions_machines_are_somebody_else() -> None:
    found = [said(one, "accountId") for one in every(accounts(), serviceaccount.Account)]
    assert len(set(found)) == len(found) == 2
    assert all(len(str(name)) <= 30 for name in found)


def test_machines_read_images_and_write_logs_and_nothing_else() -> None:
    plan = accounts()
    name = f"nodes-{REGION}"
    roles = {
        said(one, "role")
        for kind in (projects.IAMMember, artifactregistry.RepositoryIamMember)
        for one in every(plan, kind)
        if sources(plan, one, "member") == {f"{name}-account"}
    }
    assert roles == {"roles/container.defaultNodeServiceAccount", "roles/artifactregistry.reader"}


def test_the_pipeline_may_make_machines_that_are_this_account_and_no_other() -> None:
    acts = every(accounts(), serviceaccount.IAMMember)
    assert {said(one, "role") for one in acts} == {"roles/iam.serviceAccountUser"}
    assert {said(one, "member") for one in acts} == {DEPLOYER}
    assert every(accounts(deployer=False), serviceaccount.IAMMember) == []


def test_who_administers_one_cluster_is_nothing_in_the_next() -> None:
    plan = accounts()
    for region in (REGION, ELSEWHERE):
        right = the(plan, projects.IAMMember, f"room-{region}-admin-people")
        assert said(right, "condition", "expression") == (
            'resource.type == "container.googleapis.com/Cluster" && '
            f'resource.name == "projects/{PROJECT}/locations/{region}/clusters/trading-{region}"'
        )


def test_the_end_of_one_region_takes_no_right_from_the_other() -> None:
    """Two grants of one role, member and condition are one grant: the first that goes takes both away."""
    rights = [
        (said(one, "role"), said(one, "member"), str(said(one, "condition")))
        for one in every(accounts(), projects.IAMMember)
        if one.name.startswith("room-")
    ]
    assert len(set(rights)) == len(rights) == 4
