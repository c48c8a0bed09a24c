"""The network on AWS: what may come in, and the record of what did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["FLOW_LOG", "VPC"]

VPC: Final = "aws:ec2/vpc:Vpc"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

EVERYONE: Final = ("0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1")
"""All addresses, and the halves into which they are split to get past a check."""
ALL_PROTOCOLS: Final = ("-1", "all")
SOURCES: Final = (
    "securityGroups",
    "prefixListIds",
    "sourceSecurityGroupId",
    "prefixListId",
    "referencedSecurityGroupId",
)
"""Where a rule can name a source other than addresses."""
PORTS: Final = {"ssh": 22, "rdp": 3389}
OTHER: Final = "database"


@policy(
    id="aws-vpc-flow-logs",
    title="Each VPC has a flow log",
    violation="a Vpc that no FlowLog means (by its dependency, else by its literal id)",
    severity="medium",
    category="operations",
    scope="stack",
    reads={VPC: ()},
    related={FLOW_LOG: ("vpcId",)},
    fix=Fix("suggest", "Turn the flow logs of the network on.", "network: {flow_logs: true}"),
    enforcement="AMM",
    soc2=("CC6.6", "CC7.2"),
    cis=("A4.7",),
)
def vpc_flow_logs(subject: Subject) -> Iterator[Judgement]:
    """Flow logs are the auditors' trail of who spoke to whom; without them an incident has no beginning."""
    logged = some(
        subject.stack.refers(log, "vpcId", subject.body, "id") for log in subject.stack.of(FLOW_LOG)
    )
    yield fail_if(~logged, subject.root, "flow logs are off; the auditors' trail has a gap")


@policy(
    id="aws-sg-no-public-admin",
    title="Admin and database ports are closed to the internet",
    violation="ingress from 0.0.0.0/0 or ::/0 (also as halves), or without any source, that covers an "
    "admin or database port or all protocols",
    severity="critical",
    category="security",
    reads={
        GROUP: tuple(
            f"ingress[*].{key}"
            for key in ("cidrBlocks[*]", "ipv6CidrBlocks[*]", "fromPort", "toPort", "protocol", "self")
        ),
        GROUP_RULE: ("type", "cidrBlocks[*]", "ipv6CidrBlocks[*]", "fromPort", "toPort", "protocol", "self"),
        INGRESS_RULE: ("cidrIpv4", "cidrIpv6", "fromPort", "toPort", "ipProtocol"),
    },
    parts=(*PORTS, OTHER),
    defaults={"ports": [22, 3389, 445, 1433, 1521, 3306, 5432, 5984, 6379, 9200, 11211, 27017]},
    fix=Fix(
        "none", "Name the networks or the security group that need the port.", 'cidr_blocks=["10.16.0.0/16"]'
    ),
    enforcement="MMM",
    soc2=("CC6.1", "CC6.6"),
    cis=("A6.3", "A6.4", "A6.1.2"),
)
def sg_no_public_admin(subject: Subject) -> Iterator[Judgement]:
    """An admin port that the internet reaches is tried by machines within minutes, day and night."""
    wanted = subject.config.numbers("ports")
    for rule in _rules(subject):
        reachable = _from_everyone(rule)
        for part in (*PORTS, OTHER):
            ports = [p for p in wanted if PORTS.get(part) == p or (part == OTHER and p not in PORTS.values())]
            message = f"{part} is open to the internet ({_range(rule)})"
            yield fail_if(reachable & _covers(rule, ports), rule, message, part=part)


def _rules(subject: Subject) -> Iterable[Node]:
    if subject.type == GROUP:
        return subject.at("ingress").items()
    if subject.type == GROUP_RULE and subject.at("type").equals("egress") == Truth.YES:
        return ()
    return (subject.root,)


def _from_everyone(rule: Node) -> Truth:
    addresses = [
        *(rule.key("cidrBlocks").items()),
        *(rule.key("ipv6CidrBlocks").items()),
        *(node for node in (rule.key("cidrIpv4"), rule.key("cidrIpv6")) if not node.is_absent),
    ]
    named = [rule.key(key) for key in SOURCES]
    no_source = every(
        [known(value=not addresses), ~rule.key("self").is_true, *(_is_nothing(node) for node in named)]
    )
    return some(address.one_of(EVERYONE) for address in addresses) | no_source


def _is_nothing(node: Node) -> Truth:
    # A source that is not known yet is a source.
    return Truth.NO if node.is_open else node.is_empty


def _covers(rule: Node, ports: Collection[int]) -> Truth:
    protocol = rule.key("ipProtocol") if not rule.key("ipProtocol").is_absent else rule.key("protocol")
    everything = protocol.test(lambda value: str(value).lower() in ALL_PROTOCOLS) & known(value=bool(ports))
    first, last = rule.key("fromPort"), rule.key("toPort")
    if first.is_open or last.is_open:
        return everything | Truth.UNKNOWN
    low, high = first.number, last.number if last.number is not None else first.number
    if low is None or high is None:
        return everything
    # 0 to 0 is how "all ports" is commonly written; nobody serves on port 0.
    return everything | known(
        value=bool(ports) and (low == high == 0 or any(low <= port <= high for port in ports))
    )


def _range(rule: Node) -> str:
    first, last = rule.key("fromPort").shown, rule.key("toPort").shown
    return f"port {first}" if first == last else f"ports {first} to {last}"
