"""Network ACLs on AWS: the wall around a subnet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth
from policies.views.addresses import is_everyone
from policies.views.ports import has_no_ports, opens, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["ACL"]

ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
DEFAULT_ACL: Final = "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl"
RULE: Final = "aws:ec2/networkAclRule:NetworkAclRule"
ADMIN: Final = (22, 3389)


@policy(
    id="aws-nacl-not-open",
    title="Network ACLs do not allow all",
    violation="allow rule from 0.0.0.0/0 or ::/0 (also in pieces) on all ports or admin ports",
    severity="medium",
    category="security",
    reads={
        **dict.fromkeys(
            (ACL, DEFAULT_ACL),
            (
                "ingress[*].action",
                "ingress[*].cidrBlock",
                "ingress[*].ipv6CidrBlock",
                "ingress[*].fromPort",
                "ingress[*].toPort",
                "ingress[*].protocol",
            ),
        ),
        RULE: ("egress", "ruleAction", "cidrBlock", "ipv6CidrBlock", "fromPort", "toPort", "protocol"),
    },
    fix=Fix(
        "none",
        "Allow the ports that the subnet serves, and the networks that need the others.",
        'ec2.NetworkAclIngressArgs(rule_no=100, action="allow", cidr_block="10.16.0.0/16", protocol="-1", '
        "from_port=0, to_port=0)",
    ),
    enforcement="AAM",
    soc2=("CC6.6",),
    cis=("A6.2",),
)
def nacl_not_open(subject: Subject) -> Iterator[Judgement]:
    """The ACL is the second wall: where it lets all through, one wrong security group opens the subnet.

    With the protocol ``-1`` AWS opens all ports, whatever ports the rule names.
    """
    if subject.type != RULE:
        for entry in subject.at("ingress").items():
            yield _judged(entry, entry.key("action"))
    elif subject.at("egress").is_true == Truth.YES:
        yield not_applicable("it is for traffic that leaves")
    else:
        yield _judged(subject.root, subject.at("ruleAction"), comes_in=~subject.at("egress").is_true)


def _judged(rule: Node, action: Node, *, comes_in: Truth = Truth.YES) -> Judgement:
    public = is_everyone(rule.key("cidrBlock")) | is_everyone(rule.key("ipv6CidrBlock"))
    unlimited = (rule.key("fromPort").is_empty | rule.key("toPort").is_empty) & ~has_no_ports(rule)
    allowed = action.test(lambda value: str(value).lower() == "allow")
    violation = comes_in & allowed & public & (opens(rule, ADMIN) | unlimited)
    return fail_if(violation, rule, f"the internet reaches {span(rule)}")
