"""Who may talk to whom in the network: one list, which ends with "nobody", for both regions.

The list stands *before* the older kind of firewall rules, and says no to all that it does not name. So
what GKE's load balancers, or somebody at night, write into those rules opens nothing. Every refusal is
logged.

Inside a region machines and pods talk as Kubernetes wants it, and across regions they do not. Only
Google's balancers and their health checks reach the gateway's port, on machines that carry the secure
tag of the cluster's; with ``people``, so does Google's proxy for named people. A secure tag is given by
IAM, and not by whoever may edit a machine. Other traffic is told by ranges, so that a machine which has
lost its tag is a machine without an entry and not a dead cluster.

On the way out it is as the pods' own policies have it: the platform's ranges, and HTTPS to the internet.
No private range of somebody else's, such as the company's, and no other port: an exchange that speaks
FIX is an `Exit`.

A store's private endpoint is no machine: no rule for what comes *in* applies to it, here or anywhere.
Who may talk to a store is decided where packets leave, by the store's own log-in, and by what the company's
network learns the way to (`components.gcp.access`).

Sources: Google Cloud, *Firewall policies*, *Policy and rule evaluation order*, *Secure tags for
firewalls*, *Selectively enforce firewall policies in GKE*, *Firewall rules for load balancers*, *Private
Service Connect security*, read 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute, projects, tags

from components.base import Part
from components.gcp.agents import agent
from components.gcp.ranges import Ranges
from components.naming import Naming

__all__ = ["FRONT_ENDS", "PEOPLE", "Exit", "Firewall", "FirewallArgs"]

FRONT_ENDS: Final = ("35.191.0.0/16", "130.211.0.0/22")
"""Google's health checkers, and the front ends of its balancers that face the internet."""
PEOPLE: Final = "35.235.240.0/20"
"""Identity-Aware Proxy: who comes from here has logged in and has the right."""
ANYWHERE: Final = "0.0.0.0/0"
PRIVATE: Final = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
HTTPS: Final = 443
MACHINE: Final = "machine"
"""What the secure tag says of a machine of the cluster."""
TAG_USER: Final = "roles/resourcemanager.tagUser"
TAG_HOLDER: Final = "roles/resourcemanager.tagHoldAdmin"
_INSIDE, _ENTRY, _PROXIES, _PEOPLE = 1000, 1100, 1110, 1120
_OUT_INSIDE, _OUT_PRIVATE, _OUT_HTTPS, _OUT_EXITS = 2000, 2100, 2200, 2300
_NOBODY_IN, _NOBODY_OUT = 60000, 60001


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """A port of somebody on the internet, beside HTTPS to everybody."""

    name: str
    cidr: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallArgs:
    """Which network, which ranges are the platform's, and which port is the gateway's."""

    naming: Naming
    project: str
    number: str
    """The project's number, which its agents' addresses are made of."""
    network_id: pulumi.Input[str]
    network_name: pulumi.Input[str]
    networks: Mapping[str, str]
    """By region, its range; home first."""
    gateway_port: int
    """Where the cluster's machines take what the entry lets in (`components.gcp.edge.GATEWAY_PORT`)."""
    people: bool
    """Whether Google's proxy for people reaches the gateway too."""
    exits: Sequence[Exit] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One line of the list."""

    name: str
    priority: int
    direction: Literal["INGRESS", "EGRESS"]
    allow: bool
    others: Sequence[str]
    """Where it comes from; on the way out, where it goes."""
    own: Sequence[str] = ()
    """On the way in, the addresses that it comes to; none: every machine's."""
    port: int | None = None
    tagged: bool = False
    """For the cluster's machines alone."""
    log: bool = True


class Firewall(Part):
    """The secure tag of the cluster's machines, who may give it, the policy, and its rules."""

    machine_tags: pulumi.Output[Mapping[str, str]]
    """Tag value by tag key, for what makes machines; known when the network stands behind its rules."""

    def __init__(self, name: str, args: FirewallArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        key, value = self._tag()
        grants = self._grants(value)
        policy = compute.NetworkFirewallPolicy(
            self.named("policy"),
            name=args.naming.of("compute", "firewall"),
            description="Who may talk to whom; the last rules say nobody",
            opts=ResourceOptions(parent=self),
        )
        written = [self._write(policy, rule, value) for rule in _rules(args)]
        association = compute.NetworkFirewallPolicyAssociation(
            self.named("association"),
            name=args.naming.of("compute", "firewall"),
            attachment_target=args.network_id,
            firewall_policy=policy.name,
            # a list that is half written would cut the network off
            opts=ResourceOptions(parent=self, depends_on=written),
        )
        # by way of what the others were told, which is known of those that are yet to be made
        self.machine_tags = pulumi.Output.all(
            key.id, value.id, association.name, *(grant.role for grant in grants)
        ).apply(lambda known: {known[0]: known[1]})
        self.finish()

    def _tag(self) -> tuple[tags.TagKey, tags.TagValue]:
        args = self._args
        key = tags.TagKey(
            self.named("tag"),
            parent=f"projects/{args.project}",
            short_name=args.naming.of("tag-key", "firewall"),
            description="What a machine is to the firewall",
            purpose="GCE_FIREWALL",
            purpose_data={"network": pulumi.Output.concat(args.project, "/", args.network_name)},
            opts=ResourceOptions(parent=self),
        )
        value = tags.TagValue(
            self.named("machine"),
            parent=key.id,
            short_name=MACHINE,
            description="A machine of the cluster",
            opts=ResourceOptions(parent=self),
        )
        return key, value

    def _grants(self, value: tags.TagValue) -> Sequence[projects.IAMMember | tags.TagValueIamMember]:
        """GKE gives the tag to each machine that it makes, through the service that makes groups of them."""
        args = self._args
        gke = agent("container.googleapis.com", args.number)
        members = {
            "gke": gke,
            "machines": f"serviceAccount:{args.number}@cloudservices.gserviceaccount.com",
        }
        return [
            *(
                projects.IAMMember(
                    self.named(f"tags-{who}"),
                    project=args.project,
                    role=TAG_USER,
                    member=member,
                    opts=ResourceOptions(parent=self),
                )
                for who, member in members.items()
            ),
            tags.TagValueIamMember(
                self.named("tag-holder"),
                tag_value=value.name,
                role=TAG_HOLDER,
                member=gke,
                opts=ResourceOptions(parent=self),
            ),
        ]

    def _write(
        self, policy: compute.NetworkFirewallPolicy, rule: _Rule, tag: tags.TagValue
    ) -> compute.NetworkFirewallPolicyRule:
        inwards = rule.direction == "INGRESS"
        others, own = list(rule.others), list(rule.own) or None
        target = compute.NetworkFirewallPolicyRuleTargetSecureTagArgs(name=tag.id)
        return compute.NetworkFirewallPolicyRule(
            self.named(rule.name),
            firewall_policy=policy.name,
            rule_name=rule.name,
            priority=rule.priority,
            direction=rule.direction,
            action="allow" if rule.allow else "deny",
            enable_logging=rule.log,
            target_secure_tags=[target] if rule.tagged else None,
            match=compute.NetworkFirewallPolicyRuleMatchArgs(
                src_ip_ranges=others if inwards else None,
                dest_ip_ranges=own if inwards else others,
                layer4_configs=[
                    compute.NetworkFirewallPolicyRuleMatchLayer4ConfigArgs(
                        ip_protocol="tcp" if rule.port else "all",
                        ports=[str(rule.port)] if rule.port else None,
                    )
                ],
            ),
            opts=ResourceOptions(parent=self),
        )


def _rules(args: FirewallArgs) -> Iterator[_Rule]:
    yield from _ways_in(args)
    yield from _ways_out(args)


def _ways_in(args: FirewallArgs) -> Iterator[_Rule]:
    cuts = {region: Ranges(cidr) for region, cidr in args.networks.items()}
    for index, (region, cut) in enumerate(cuts.items()):
        cluster = (cut.machines, cut.pods)
        yield _Rule(
            name=f"inside-{region}", priority=_INSIDE + index, direction="INGRESS", allow=True,
            others=cluster, own=cluster, log=False,  # the flow log knows them; here each would be a line
        )  # fmt: skip
    gateway = {
        "front-ends": (_ENTRY, FRONT_ENDS),
        # an entry of one region sends to the other one when its own has nobody left
        "proxies": (_PROXIES, tuple(cut.proxies for cut in cuts.values())),
        **({"people": (_PEOPLE, (PEOPLE,))} if args.people else {}),
    }
    for name, (priority, sources) in gateway.items():
        yield _Rule(
            name=name, priority=priority, direction="INGRESS", allow=True, others=sources,
            port=args.gateway_port, tagged=True, log=name == "people",
        )  # fmt: skip
    yield _Rule(name="nobody-in", priority=_NOBODY_IN, direction="INGRESS", allow=False, others=[ANYWHERE])


def _ways_out(args: FirewallArgs) -> Iterator[_Rule]:
    platform = tuple(args.networks.values())
    yield _Rule(
        name="to-platform", priority=_OUT_INSIDE, direction="EGRESS", allow=True, others=platform, log=False
    )
    yield _Rule(name="no-strangers", priority=_OUT_PRIVATE, direction="EGRESS", allow=False, others=PRIVATE)
    yield _Rule(
        name="to-https", priority=_OUT_HTTPS, direction="EGRESS", allow=True, others=[ANYWHERE],
        port=HTTPS, log=False,
    )  # fmt: skip
    for index, way in enumerate(args.exits):
        yield _Rule(
            name=f"to-{way.name}", priority=_OUT_EXITS + index, direction="EGRESS", allow=True,
            others=[way.cidr], port=way.port, log=False,
        )  # fmt: skip
    yield _Rule(name="nobody-out", priority=_NOBODY_OUT, direction="EGRESS", allow=False, others=[ANYWHERE])
