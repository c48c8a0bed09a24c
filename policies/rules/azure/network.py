"""The network on Azure: what may come in, and the record of who spoke."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.addresses import is_everyone
from policies.views.arm import says

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["GROUP", "RULE"]

GROUP: Final = "azure-native:network:NetworkSecurityGroup"
RULE: Final = "azure-native:network:SecurityRule"
FLOW_LOG: Final = "azure-native:network:FlowLog"
MATCHED: Final = (
    "access",
    "direction",
    "protocol",
    "sourceAddressPrefix",
    "sourceAddressPrefixes[*]",
    "destinationPortRange",
    "destinationPortRanges[*]",
)
WITH_PORTS: Final = ("*", "tcp", "udp")
ANYBODY: Final = ("*", "any", "internet", "0.0.0.0", "<nw>/0", "/0")  # noqa: S104 - what a rule may say
"""Words for the internet; ``Internet`` is the service tag of all addresses outside the network."""
RANGE: Final = re.compile(r"(\d+)(?:-(\d+))?")
PORTS: Final = {"ssh": 22, "rdp": 3389}
OTHER: Final = "database"
LEAST_DAYS: Final = 90


@policy(
    id="azure-nsg-no-public-admin",
    title="SSH/RDP/db ports closed to the internet",
    violation="an inbound rule allows *, Internet, Any, 0.0.0.0/0 or ::/0 (also as halves, also in "
    "sourceAddressPrefixes) an admin or database port, a range with one, or all ports",
    severity="critical",
    category="security",
    reads={GROUP: tuple(f"securityRules[*].{path}" for path in MATCHED), RULE: MATCHED},
    parts=(*PORTS, OTHER),
    defaults={"ports": [22, 3389, 445, 1433, 1521, 3306, 5432, 5984, 6379, 9200, 11211, 27017]},
    fix=Fix(
        "none",
        "Let people in through Azure Bastion, and name whoever else needs the port.",
        'source_address_prefix="203.0.113.0/24"',
    ),
    enforcement="MMM",
    soc2=("CC6.6",),
    cis=("Z7.1", "Z7.2"),
)
def nsg_no_public_admin(subject: Subject) -> Iterator[Judgement]:
    """An admin port that the internet reaches is tried by machines within minutes, day and night."""
    if says(subject.at("direction"), "outbound") == Truth.YES:
        yield not_applicable("the rule is for what goes out")
        return
    wanted = subject.config.numbers("ports")
    for rule in [subject.root] if subject.type == RULE else subject.at("securityRules").items():
        ports = [item for key in ("", "s") for item in rule.key(f"destinationPortRange{key}").items()]
        said = ", ".join(port.shown for port in ports)
        for part in (*PORTS, OTHER):
            mine = [
                port
                for port in wanted
                if PORTS.get(part) == port or (part == OTHER and port not in PORTS.values())
            ]
            reached = some(port.test(lambda value, mine=mine: _holds(value, mine)) for port in ports)
            message = f"{part} is open to the internet (ports {said})"
            yield fail_if(_is_open(rule) & reached, rule, message, part=part)


def _is_open(rule: Node) -> Truth:
    """Whether a rule lets anybody in, through whichever ports."""
    sources = [item for key in ("", "es") for item in rule.key(f"sourceAddressPrefix{key}").items()]
    return every(
        [
            says(rule.key("access"), "allow"),
            says(rule.key("direction"), "inbound"),
            says(rule.key("protocol"), *WITH_PORTS),
            some(says(source, *ANYBODY) | is_everyone(source) for source in sources),
        ]
    )


def _holds(said: object, wanted: Collection[int]) -> bool:
    """Whether a port, a range of ports or all, as Azure writes them, holds one of these."""
    if str(said) == "*":
        return bool(wanted)
    for match in map(RANGE.fullmatch, str(said).replace(" ", "").split(",")):
        if match is not None:
            low, high = match.groups()
            if any(int(low) <= port <= int(high or low) for port in wanted):
                return True
    return False


@policy(
    id="azure-nsg-flow-logs",
    title="Flow logs are kept for 90 days",
    violation="enabled is not true; retentionPolicy deletes what is younger than 90 days (0 days and no "
    "retention policy keep it for ever)",
    severity="low",
    category="operations",
    reads={FLOW_LOG: ("enabled", "retentionPolicy.days", "retentionPolicy.enabled")},
    fix=Fix(
        "auto",
        "Turn the flow log on, and keep it for 90 days.",
        'enabled=True, retention_policy={"enabled": True, "days": 90}',
    ),
    enforcement="AAM",
    soc2=("CC7.2",),
    cis=("Z7.5", "Z7.8"),
)
def nsg_flow_logs(subject: Subject) -> Iterator[Judgement]:
    """Flow logs are the auditors' trail; an intruder is often found only months after the way in."""
    flag, kept = subject.at("enabled"), subject.at("retentionPolicy")
    yield fail_if(~flag.is_true, flag, "the flow log is off", mend=[flag.becomes(value=True)])
    days = kept.key("days")
    short = days.test(lambda _: days.number is not None and 0 < days.number < LEAST_DAYS)
    message = f"flows are kept for {days.shown} days"
    yield fail_if(short & ~kept.key("enabled").is_false, days, message, mend=[days.becomes(LEAST_DAYS)])
