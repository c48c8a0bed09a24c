"""What must hold between settings, one small function a rule.

A check names the sections that it needs as its parameters. It runs whenever these are valid, whatever
is wrong elsewhere, so that all problems of a file come at once. `run` matches parameters to sections;
beside the fields of `config.settings.Settings` there are ``stack`` (its name) and ``installed`` (whether
a Python package can be imported).
"""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from typing import Any, Final, get_args

from config import entry_checks, recovery_checks, size_checks, workload_checks
from config.base import Json
from config.clouds import Aws, Azure, Gcp
from config.problems import Problem, problem
from config.sections import Cluster, Network
from config.settings import Environment
from config.yaml_text import line

__all__ = ["CHECKS", "SERVICE_CIDR", "Installed", "is_installed", "run"]

Installed = Callable[[str], bool]
Found = Iterator[Problem]

SERVICE_CIDR: Final = "172.20.0.0/16"
"""Addresses of Kubernetes Services: inside the cluster only, and fixed when it is made."""

_PRIVATE: Final = tuple(
    map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"))
)
_NEVER_PUBLIC: Final = (*_PRIVATE, *map(ipaddress.IPv4Network, ("127.0.0.0/8", "169.254.0.0/16")))
_LARGEST_PREFIX, _SMALLEST_PREFIX = 16, 20
_WIDEST_ACCESS: Final = 8
_PROD_ZONES: Final = 3
_PACKAGES: Final = {"aws": "pulumi_aws", "gcp": "pulumi_gcp", "azure": "pulumi_azure_native"}


@cache
def is_installed(package: str) -> bool:
    """Whether a package can be imported. Looks, and does not import: a cloud's SDK takes seconds."""
    return find_spec(package) is not None


def sdk_is_installed(cloud: Aws | Gcp | Azure, installed: Installed) -> Found:
    """Only the SDK of the cloud in use is needed; it is an extra."""
    package = _PACKAGES[cloud.provider]
    if not installed(package):
        yield Problem(
            path="cloud.provider",
            given=f"{cloud.provider}, but the package {package.replace('_', '-')} is not installed",
            expected=f"the extra {cloud.provider} of this project",
            why="each cloud's SDK is some 300 MB, so it is installed only where it is used",
            fix=f"uv pip install -e '.[{cloud.provider}]'  # or: pip install -e '.[{cloud.provider}]'",
        )


def stack_is_its_environment(stack: str, environment: Environment) -> Found:
    """A stack that is called prod is prod; a file that was copied says otherwise."""
    if stack in get_args(Environment) and stack != environment:
        yield problem(
            ("environment",), environment, expected=f"{stack}, as the stack is called", better=stack,
            why="a copied file would make the one environment under the name of the other",
        )  # fmt: skip


def somebody_administers(cloud: Aws | Gcp | Azure) -> Found:
    """On AWS nobody enters a cluster who is not named, not even who made it."""
    if isinstance(cloud, Aws) and not cloud.admin_roles:
        yield problem(
            ("cloud", "admin_roles"), [], expected="at least the IAM role that runs `pulumi up`",
            better=[f"arn:aws:iam::{cloud.account}:role/platform-admin"],
            why="the cluster lets in nobody else, so nothing could be put into it or mended in it",
        )  # fmt: skip


def _ranges(network: Network) -> Iterator[tuple[str, str, str]]:
    """Each region's range: the key, the range, and one that would do."""
    yield "cidr", network.cidr, "10.16.0.0/16"
    yield "dr_cidr", network.dr_cidr, "10.17.0.0/16"


def network_has_a_usable_size(network: Network) -> Found:
    """Three tiers in three zones need room, and no cloud network is larger than /16."""
    for key, cidr, _ in _ranges(network):
        length = ipaddress.IPv4Network(cidr).prefixlen
        if _LARGEST_PREFIX <= length <= _SMALLEST_PREFIX:
            continue
        base = cidr.partition("/")[0]
        fitting = ipaddress.IPv4Network(f"{base}/{_LARGEST_PREFIX}", strict=False)
        too_large = length < _LARGEST_PREFIX
        yield problem(
            ("network", key), cidr, expected="a range from /16 (65536 addresses) to /20 (4096)",
            why="AWS makes no network larger than /16" if too_large else
            "public, private and database subnets in three zones do not fit, and the range cannot grow later",
            better=str(fitting),
        )  # fmt: skip


def network_is_private(network: Network) -> Found:
    """Other people's addresses would become unreachable."""
    for key, cidr, better in _ranges(network):
        if any(ipaddress.IPv4Network(cidr).subnet_of(private) for private in _PRIVATE):
            continue
        yield problem(
            ("network", key), cidr, better=better,
            expected="a range inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10",
            why="any other addresses belong to somebody on the internet, beyond reach from inside",
        )  # fmt: skip


def network_leaves_the_service_range(network: Network) -> Found:
    """A Service and a machine must not have one address."""
    for key, cidr, better in _ranges(network):
        if not ipaddress.IPv4Network(cidr).overlaps(ipaddress.IPv4Network(SERVICE_CIDR)):
            continue
        yield problem(
            ("network", key), cidr, better=better,
            expected=f"a range that does not overlap {SERVICE_CIDR}, the addresses of the cluster's Services",
            why="a machine with the address of a Service cannot be reached from the cluster",
        )  # fmt: skip


def prod_survives_a_zone(environment: Environment, network: Network) -> Found:
    """Two of three zones remain a majority; one way out would be lost with its zone."""
    if environment != "prod":
        return
    if network.zones < _PROD_ZONES:
        yield problem(
            ("network", "zones"), network.zones, expected="3 in prod", better=_PROD_ZONES,
            why="after the loss of one zone of two, half of everything is gone, and a quorum cannot be had",
        )  # fmt: skip
    if network.nat == "single":
        yield problem(
            ("network", "nat"), network.nat, expected="per-zone in prod", better="per-zone",
            why="a single NAT gateway stands in one zone; when that is lost, no zone reaches an exchange",
        )  # fmt: skip


def prod_is_protected(environment: Environment, protect: bool) -> Found:  # noqa: FBT001 - the setting
    """One wrong destroy must not end the business."""
    if environment == "prod" and not protect:
        yield problem(
            ("protect",), protect, expected="true in prod", better=True,
            why="without it one wrong command deletes the orders, the journal and their backups",
        )  # fmt: skip


def api_is_not_open(cluster: Cluster) -> Found:
    """The cluster's API is reached from named networks or from inside."""
    for index, cidr in enumerate(cluster.public_access_cidrs):
        network = ipaddress.IPv4Network(cidr)
        rest: list[Json] = [other for other in cluster.public_access_cidrs if other != cidr]
        said: dict[str, str] | None = None
        if network.prefixlen < _WIDEST_ACCESS:
            said = {
                "expected": "the networks that administrators come from, or [] for a private API",
                "why": "with a leaked token anyone on the internet could command the cluster",
            }
        elif any(network.overlaps(private) for private in _NEVER_PUBLIC):
            said = {
                "expected": "public networks; private ones reach the API from inside without being named",
                "why": "no private address reaches the public endpoint, and EKS refuses the list",
            }
        if said:
            path = ("cluster", "public_access_cidrs")
            yield Problem(
                f"cluster.public_access_cidrs[{index}]", cidr, said["expected"], said["why"], line(path, rest)
            )


CHECKS: Final[tuple[Callable[..., Found], ...]] = (
    sdk_is_installed,
    stack_is_its_environment,
    *recovery_checks.CHECKS,
    somebody_administers,
    network_has_a_usable_size,
    network_is_private,
    network_leaves_the_service_range,
    prod_survives_a_zone,
    prod_is_protected,
    api_is_not_open,
    *size_checks.CHECKS,
    *entry_checks.CHECKS,
    *workload_checks.CHECKS,
)
"""Every rule, in the order in which a stack file is read."""


def run(known: Mapping[str, Any]) -> list[Problem]:
    """The problems that the checks find among the values that are valid; the others are not asked about."""
    found: list[Problem] = []
    for check in CHECKS:
        needs = inspect.signature(check).parameters
        if needs.keys() <= known.keys():
            found.extend(check(**{name: known[name] for name in needs}))
    return found
