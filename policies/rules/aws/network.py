"""The network on AWS: what may come in, and the record of what did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, known, some
from policies.views.addresses import is_everyone
from policies.views.ports import opens, opens_more_than, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Body, Stack, Subject

__all__ = ["FLOW_LOG", "VPC"]

VPC: Final = "aws:ec2/vpc:Vpc"
FLOW_LOG: Final = "aws:ec2/flowLog:FlowLog"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

DEFAULT_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SOURCES: Final = (
    "securityGroups",
    "prefixListIds",
    "sourceSecurityGroupId",
    "prefixListId",
    "referencedSecurityGroupId",
)
"""Where a rule can name a source other than addresses."""
OPENING: Final = ("cidrBlocks[*]", "ipv6CidrBlocks[*]", "fromPort", "toPort", "protocol", "self")
INGRESS: Final = {
    GROUP: tuple(f"ingress[*].{key}" for key in OPENING),
    GROUP_RULE: ("type", *OPENING),
    INGRESS_RULE: ("cidrIpv4", "cidrIpv6", "fromPort", "toPort", "ipProtocol"),
}
"""What says who comes in, and where."""
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
    reads=INGRESS,
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
            message = f"{part} is open to the internet ({span(rule)})"
            yield fail_if(reachable & opens(rule, ports), rule, message, part=part)


@policy(
    id="aws-sg-no-open-ingress",
    title="Internet ingress only on approved ports",
    violation="ingress from 0.0.0.0/0 or ::/0 (also in pieces), or without any source, on a port outside "
    "allowedPublicPorts or on all protocols",
    severity="high",
    category="security",
    reads=INGRESS,
    defaults={"allowedPublicPorts": [80, 443]},
    fix=Fix(
        "none",
        "Name the networks or the security group that need the port, or put a load balancer before it.",
        'cidr_blocks=["10.16.0.0/16"]',
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=("A6.3",),
)
def sg_no_open_ingress(subject: Subject) -> Iterator[Judgement]:
    """The internet is for the front door; whatever else listens was written for callers it can trust."""
    approved = subject.config.numbers("allowedPublicPorts")
    for rule in _rules(subject):
        violation = _from_everyone(rule) & opens_more_than(rule, approved)
        yield fail_if(violation, rule, f"the internet reaches {span(rule)}")


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
    return some(is_everyone(address) for address in addresses) | no_source


def _is_nothing(node: Node) -> Truth:
    # A source that is not known yet is a source.
    return Truth.NO if node.is_open else node.is_empty


@policy(
    id="aws-default-sg-closed",
    title="Default security group has no rules",
    violation="a Vpc without an adopted DefaultSecurityGroup that has empty ingress and egress, or with a "
    "rule attached to that group",
    severity="medium",
    category="security",
    scope="stack",
    reads={VPC: (), DEFAULT_GROUP: ("ingress", "egress")},
    related={
        VPC: (),
        DEFAULT_GROUP: ("vpcId", "ingress", "egress"),
        GROUP_RULE: ("securityGroupId",),
        INGRESS_RULE: ("securityGroupId",),
        EGRESS_RULE: ("securityGroupId",),
    },
    fix=Fix(
        "suggest",
        "Adopt the default security group of the network, and give it no rules.",
        "aws.ec2.DefaultSecurityGroup(name, vpc_id=vpc.id)",
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=("A6.5",),
)
def default_sg_closed(subject: Subject) -> Iterator[Judgement]:
    """What names no security group gets the network's default one, in which everything reaches everything.

    AWS makes the group with the network; adopting it without rules takes away those that it is born with.
    """
    stack, mine = subject.stack, subject.body
    if subject.type == VPC:
        groups = [(stack.refers(body, "vpcId", mine, "id"), body) for body in stack.of(DEFAULT_GROUP)]
        closed = some(here & ~_has_rules(stack, body) for here, body in groups)
        attached = some(_attached(stack, mine, "defaultSecurityGroupId"))
        yield fail_if(~closed | attached, subject.root, "the default security group lets traffic through")
    elif some(stack.refers(mine, "vpcId", vpc, "id") for vpc in stack.of(VPC)) == Truth.YES:
        yield not_applicable("it is judged with its network")
    else:
        yield fail_if(_has_rules(stack, mine), subject.root, "the default security group has rules")


def _has_rules(stack: Stack, group: Body) -> Truth:
    own = ~group.root.key("ingress").is_empty | ~group.root.key("egress").is_empty
    return own | some(_attached(stack, group, "id"))


def _attached(stack: Stack, owner: Body, name: str) -> Iterator[Truth]:
    """For each rule of the stack that stands alone, whether it is of that group."""
    for rule in stack.of(GROUP_RULE, INGRESS_RULE, EGRESS_RULE):
        yield stack.refers(rule, "securityGroupId", owner, name)
