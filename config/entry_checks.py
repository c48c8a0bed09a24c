"""What must hold for those who come in (customers, people, pipelines), in the form of `config.checks`."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from config.clouds import Aws, Azure, Gcp
from config.problems import Problem, problem
from config.safety import Access, Edge, Pipeline
from config.sections import Network

__all__ = ["CHECKS", "DDOS_PRICES"]

Found = Iterator[Problem]

DDOS_PRICES: Final = {"aws": Decimal(3000), "gcp": Decimal(3000), "azure": Decimal(2944)}
"""USD a month: Shield Advanced (one-year commitment), Cloud Armor Enterprise (annual), Azure DDoS
Network Protection. Vendors' price pages, read 2026-11; for the organisation, whatever else it protects."""
_LARGEST_CLIENT_PREFIX, _SMALLEST_CLIENT_PREFIX = 12, 21
_TOO_MUCH: Final = frozenset({"AdministratorAccess", "IAMFullAccess"})
_BASIC_ROLES: Final = frozenset({"owner", "editor", "viewer", "resourcemanager.projectIamAdmin"})


def ddos_price_is_acknowledged(cloud: Aws | Gcp | Azure, edge: Edge) -> Found:
    """Who switches on what doubles the bill writes the price down."""
    price = DDOS_PRICES[cloud.provider]
    if edge.ddos_advanced is not None and edge.ddos_advanced != price:
        yield problem(
            ("edge", "ddos_advanced"), f"{edge.ddos_advanced} USD", better=f"{price} USD",
            expected=f"{price} USD, its price a month on {cloud.provider}, or nothing",
            why="it is a commitment of a year, so its price is written where it is switched on",
        )  # fmt: skip


def clients_are_apart(network: Network, access: Access) -> Found:
    """A client of the VPN must not have an address of the network."""
    clients = ipaddress.IPv4Network(access.client_cidr)
    if not _LARGEST_CLIENT_PREFIX <= clients.prefixlen <= _SMALLEST_CLIENT_PREFIX:
        yield problem(
            ("access", "client_cidr"), access.client_cidr, better="10.112.0.0/21",
            expected="a range from /12 to /21", why="each region's VPN takes a half of it, from /13 to /22",
        )  # fmt: skip
    for cidr in (network.cidr, network.dr_cidr) if access.groups else ():
        if clients.overlaps(ipaddress.IPv4Network(cidr)):
            yield problem(
                ("access", "client_cidr"), access.client_cidr, better="10.112.0.0/21",
                expected=f"a range that does not overlap the network's {cidr}",
                why="a client with the address of a machine would take its place",
            )  # fmt: skip
            return


def somebody_vouches_for_people(cloud: Aws | Gcp | Azure, access: Access) -> Found:
    """Groups are known to a directory, not to the VPN; Google's directory knows them by their address."""
    if isinstance(cloud, Aws) and access.groups and not cloud.saml_provider:
        yield problem(
            ("cloud", "saml_provider"), None, expected="the SAML provider that knows the groups",
            better=f"arn:aws:iam::{cloud.account}:saml-provider/staff",
            why="the VPN asks the company's directory who somebody is, and has no passwords of its own",
        )  # fmt: skip
    nameless = [group for group in access.groups if "@" not in group]
    if isinstance(cloud, Gcp) and nameless:
        yield problem(
            ("access", "groups"), list(access.groups), better=[f"{nameless[0]}@example.com"],
            expected=f"the groups' addresses; {nameless[0]} is none",
            why="Google's directory knows a group by its address",
        )  # fmt: skip


def roles_are_held_by_whom_the_cluster_can_know(cloud: Aws | Gcp | Azure, access: Access) -> Found:
    """EKS knows IAM roles, GKE the addresses of people and groups."""
    if isinstance(cloud, Azure):
        return
    sign, word = (":role/", "IAM roles' ARNs") if isinstance(cloud, Aws) else ("@", "groups' addresses")
    better = f"arn:aws:iam::{cloud.account}:role/sre" if isinstance(cloud, Aws) else "sre@example.com"
    for role, holders in access.roles.items():
        strangers = [holder for holder in holders if sign not in holder]
        if strangers:
            yield problem(
                ("access", "roles", role), list(holders), better=[better],
                expected=f"{word}; {strangers[0]} is none",
                why="the cluster would know nobody by that name, and let nobody in",
            )  # fmt: skip


def the_office_has_somewhere_to_go(cloud: Aws | Gcp | Azure, edge: Edge) -> Found:
    """A tunnel ends at the internal entry; one that faces the internet needs none."""
    if isinstance(cloud, Gcp) and cloud.office and edge.open_to:
        yield problem(
            ("cloud", "office"), "a VPN", expected="none, as the entry faces the internet (edge.open_to)",
            better=None, why="the office would learn the way to an internal entry that is not there",
        )  # fmt: skip


def pipeline_has_bounds(cloud: Aws | Gcp | Azure, pipeline: Pipeline | None) -> Found:
    """A pipeline that may do anything is the shortest way to everything."""
    if isinstance(cloud, Azure) or pipeline is None:
        return
    if isinstance(cloud, Aws):
        field, rights, too_much = "deploy_policies", cloud.deploy_policies, _TOO_MUCH
        better = f"arn:aws:iam::{cloud.account}:policy/platform-deploy"
    else:
        field, rights, too_much = "deploy_roles", cloud.deploy_roles, _BASIC_ROLES
        better = f"projects/{cloud.project}/roles/platformDeploy"
    if not rights or any(right.rpartition("/")[2] in too_much for right in rights):
        yield problem(
            ("cloud", field), list(rights), better=[better],
            expected="what names all that a deployment may do, and nothing of an administrator's",
            why="whoever can push to the repository can use the role that the pipeline gets",
        )  # fmt: skip


CHECKS: Final[tuple[Callable[..., Found], ...]] = (
    ddos_price_is_acknowledged,
    clients_are_apart,
    somebody_vouches_for_people,
    roles_are_held_by_whom_the_cluster_can_know,
    the_office_has_somewhere_to_go,
    pipeline_has_bounds,
)
