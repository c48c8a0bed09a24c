"""The network on Google Cloud: what may come in, the subnets that are ours, and the record of who spoke."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some
from policies.views.addresses import is_everyone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["NETWORK", "SUBNET"]

NETWORK: Final = "gcp:compute/network:Network"
SUBNET: Final = "gcp:compute/subnetwork:Subnetwork"
PROJECT: Final = "gcp:organizations/project:Project"
FIREWALL: Final = "gcp:compute/firewall:Firewall"
POLICY_RULES: Final = (
    "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule",
    "gcp:compute/regionNetworkFirewallPolicyRule:RegionNetworkFirewallPolicyRule",
    "gcp:compute/firewallPolicyRule:FirewallPolicyRule",
)
RULE_LISTS: Final = (
    "gcp:compute/networkFirewallPolicyWithRules:NetworkFirewallPolicyWithRules",
    "gcp:compute/regionNetworkFirewallPolicyWithRules:RegionNetworkFirewallPolicyWithRules",
    "gcp:compute/firewallPolicyWithRules:FirewallPolicyWithRules",
)
"""A whole policy with its rules in a list."""
NAMED_SOURCES: Final = ("sourceTags", "sourceServiceAccounts")
NAMED_IN_POLICIES: Final = (
    "srcAddressGroups",
    "srcFqdns",
    "srcNetworks",
    "srcRegionCodes",
    "srcSecureTags",
    "srcThreatIntelligences",
)
"""Where a rule can name a source other than addresses."""
INSIDE: Final = ("INTRA_VPC", "NON_INTERNET", "VPC_NETWORKS")
"""Where a rule's addresses are looked for, if not on the internet."""
MATCHED: Final = (
    "action",
    "direction",
    "disabled",
    "match.srcIpRanges[*]",
    *(f"match.{name}" for name in NAMED_IN_POLICIES),
    "match.srcNetworkScope",
    "match.layer4Configs[*].ipProtocol",
    "match.layer4Configs[*].ports[*]",
)
WITH_PORTS: Final = ("tcp", "udp", "6", "17")
SAMPLED: Final = 0.5
"""The part of the flows that Google records unless told otherwise."""
RANGE: Final = re.compile(r"(\d+)(?:-(\d+))?")
PORTS: Final = {"ssh": 22, "rdp": 3389}
OTHER: Final = "database"
NO_MACHINES: Final = (
    "GLOBAL_MANAGED_PROXY",
    "INTERNAL_HTTPS_LOAD_BALANCER",
    "PRIVATE_NAT",
    "PRIVATE_SERVICE_CONNECT",
    "REGIONAL_MANAGED_PROXY",
)
"""Purposes of subnets that Google itself fills; they take neither setting."""


class _Opening(NamedTuple):
    """A rule that lets something in."""

    node: Node
    from_everyone: Truth
    services: list[tuple[Node, Node]]
    """Protocols, each with its ports."""


@policy(
    id="gcp-firewall-no-public-admin",
    title="SSH/RDP/db ports closed to the internet",
    violation="a rule for what comes in, not disabled, allows 0.0.0.0/0 or ::/0 (also as halves), or anyone "
    "for want of a source, an admin or database port, or all ports",
    severity="critical",
    category="security",
    reads={
        FIREWALL: (
            "direction",
            "disabled",
            "sourceRanges[*]",
            *(f"{name}[*]" for name in NAMED_SOURCES),
            "allows[*].protocol",
            "allows[*].ports[*]",
        ),
        **dict.fromkeys(POLICY_RULES, (*MATCHED, "match.srcNetworkContext")),
        **dict.fromkeys(RULE_LISTS, tuple(f"rules[*].{path}" for path in MATCHED)),
    },
    parts=(*PORTS, OTHER),
    defaults={"ports": [22, 3389, 445, 1433, 1521, 3306, 5432, 5984, 6379, 9200, 11211, 27017]},
    fix=Fix(
        "none",
        "Let people in through Identity-Aware Proxy, and name whoever else needs the port.",
        'source_ranges=["35.235.240.0/20"]',
    ),
    enforcement="MMM",
    soc2=("CC6.6",),
    cis=("G3.6", "G3.7"),
)
def firewall_no_public_admin(subject: Subject) -> Iterator[Judgement]:
    """An admin port that the internet reaches is tried by machines within minutes, day and night."""
    if subject.at("direction").equals("EGRESS") == Truth.YES:
        yield not_applicable("the rule is for what goes out")
        return
    wanted = subject.config.numbers("ports")
    for opening in _openings(subject):
        for protocol, ports in opening.services:
            for part in (*PORTS, OTHER):
                mine = [
                    p for p in wanted if PORTS.get(part) == p or (part == OTHER and p not in PORTS.values())
                ]
                reachable = opening.from_everyone & _covers(protocol, ports, mine)
                message = f"{part} is open to the internet ({protocol.shown}, ports {ports.shown})"
                yield fail_if(reachable, opening.node, message, part=part)


def _openings(subject: Subject) -> Iterator[_Opening]:
    if subject.type == FIREWALL:
        root = subject.root
        named = [root.key(name) for name in NAMED_SOURCES]
        reach = _is_live(root) & _reach(root.key("sourceRanges"), named)
        services = [(one.key("protocol"), one.key("ports")) for one in root.key("allows").items()]
        yield _Opening(root, reach, services)
        return
    for rule in subject.at("rules").items() if subject.type in RULE_LISTS else [subject.root]:
        match = rule.key("match")
        named = [match.key(name) for name in NAMED_IN_POLICIES]
        inside = match.key("srcNetworkScope").one_of(INSIDE) | match.key("srcNetworkContext").one_of(INSIDE)
        allows = rule.key("action").equals("allow")
        reach = every([_is_live(rule), allows, ~inside, _reach(match.key("srcIpRanges"), named)])
        services = [(one.key("ipProtocol"), one.key("ports")) for one in match.key("layer4Configs").items()]
        yield _Opening(rule, reach, services)


def _is_live(rule: Node) -> Truth:
    return ~rule.key("disabled").is_true & ~rule.key("direction").equals("EGRESS")


def _reach(ranges: Node, named: Collection[Node]) -> Truth:
    """Whether a rule is for everyone: it says so, or it says nothing at all of who it is for."""
    unsaid = every([ranges.is_empty, *(source.is_empty for source in named)])
    return some(map(is_everyone, ranges.items())) | unsaid


def _covers(protocol: Node, ports: Node, wanted: Collection[int]) -> Truth:
    everything = protocol.test(lambda value: str(value).lower() == "all")
    with_ports = protocol.test(lambda value: str(value).lower() in WITH_PORTS)
    hit = ports.is_empty | some(port.test(lambda said: _holds(said, wanted)) for port in ports.items())
    return known(value=bool(wanted)) & (everything | with_ports & hit)


def _holds(said: object, wanted: Collection[int]) -> bool:
    """Whether a port or a range of ports, as Google writes them, holds one of these."""
    match = RANGE.fullmatch(str(said))
    if match is None:
        return False
    low, high = match.groups()
    return any(int(low) <= port <= int(high or low) for port in wanted)


@policy(
    id="gcp-network-custom-mode",
    title="No auto-mode or default network",
    violation="autoCreateSubnetworks of a network, or autoCreateNetwork of a project, is not false",
    severity="medium",
    category="security",
    reads={NETWORK: ("autoCreateSubnetworks",), PROJECT: ("autoCreateNetwork",)},
    fix=Fix(
        "suggest",
        "Make the subnets that are needed, and no others; the network is made anew for it.",
        "auto_create_subnetworks=False",
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=("G3.1",),
)
def network_custom_mode(subject: Subject) -> Iterator[Judgement]:
    """An automatic network has a subnet in every region, all with well-known ranges that nobody asked for."""
    flag = subject.at("autoCreateSubnetworks" if subject.type == NETWORK else "autoCreateNetwork")
    yield fail_if(~flag.is_false, flag, "networks or subnets are made that nobody asked for")


@policy(
    id="gcp-subnet-flow-logs",
    title="Subnets log flows and use private Google access",
    violation="logConfig missing, or sampling nothing; privateIpGoogleAccess is not true. Subnets without "
    "machines (proxies, Private Service Connect, private NAT) take neither",
    severity="medium",
    category="operations",
    reads={SUBNET: ("logConfig", "logConfig.flowSampling", "privateIpGoogleAccess", "purpose")},
    parts=("flow-logs", "private-access"),
    fix=Fix("auto", "Turn the flow logs of the network on.", "network: {flow_logs: true}"),
    enforcement="RRM",
    soc2=("CC7.2", "CC6.6"),
    cis=("G3.10",),
)
def subnet_flow_logs(subject: Subject) -> Iterator[Judgement]:
    """Flow logs are the auditors' trail; private access keeps calls to Google's APIs off the way out."""
    empty = subject.at("purpose").one_of(NO_MACHINES)
    if empty == Truth.YES:
        yield not_applicable("the subnet has no machines")
        return
    log, access = subject.at("logConfig"), subject.at("privateIpGoogleAccess")
    # An empty block turns the log on, with Google's defaults.
    on = log.test(lambda value: value != []) & ~log.key("flowSampling").equals(0)
    message = "flow logs are off; the auditors' trail has a gap"
    sampling = log.key("flowSampling")
    mend = [
        sampling.becomes(SAMPLED) if log.value.__class__ is dict else log.becomes({"flowSampling": SAMPLED})
    ]
    yield fail_if(~on & ~empty, log, message, part="flow-logs", mend=mend)
    yield fail_if(
        ~access.is_true & ~empty,
        access,
        "machines reach Google's APIs by public addresses alone",
        part="private-access",
        mend=[access.becomes(value=True)],
    )
