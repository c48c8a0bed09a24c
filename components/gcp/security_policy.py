"""The firewall that reads every request before the public balancer passes it on: Cloud Armor.

Google's own lists of what is known to be bad, and a limit for each address. A new environment counts what
it would refuse (``blocking=False``: Google calls it preview), somebody reads the log, and only then it
refuses. Who may come in at all is in force in either case: whoever is in none of the networks is refused,
even where the lists only count.

**Order.** The first rule that matches decides, and a limit decides for those within it too, by letting
them in. So the limit comes last: what it lets in has passed the lists. The very last rule refuses.

**Cancelling an order is a DELETE.** Google's list of methods takes that for an attack, as it does PUT and
PATCH; a list of our own lets in what an interface needs. More than the limit is refused, not the customer
who sent it: a ban would lock out whoever's program stumbles while the market moves.

Bodies are read up to 64 KB, which is the most, and a larger one is refused: what was not read cannot be
judged, and an attack is easily moved behind 64 KB of blanks. A body that does not say its length is read
as far as that and let in. Large uploads go to object storage, not through here.

The log names the rule and, only while nothing is refused, also a piece of what it matched: needed to tell
a wrong rule from a customer, and not to be kept when there are customers' passwords in it.

**What the paid tier adds** (``ddos_advanced``; the one by use, never the yearly one, which binds the whole
billing account): lists of addresses that attack at the moment, which AWS has in the base price; answers
to floods that are found by themselves; help, and the money back, for what a flood costs. Without it a
flood that is found (adaptive protection) only rings.

There is none of this for an internal entry: Cloud Armor does not stand before the cross-region internal
balancer. Nothing outside the network reaches that one.

Sources: Cloud Armor, *Security policy overview* (which balancers, order of evaluation), *Preconfigured WAF
rules overview* (CRS 4.22), *Rate limiting overview* (a throttle takes 1 to 1 000 000), *Request body content
parsing*, *Verbose logging*, *Adaptive Protection overview*, *Cloud Armor Enterprise overview*; Cloud
Monitoring, *Google Cloud metrics: networksecurity*.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_gcp import compute

from components.base import Part
from components.gcp.alarm import Metric, alarm
from components.naming import Naming

__all__ = ["ANYWHERE", "WINDOW_SECONDS", "SecurityPolicy", "SecurityPolicyArgs"]

ANYWHERE: Final = "0.0.0.0/0"
WINDOW_SECONDS: Final = 300
"""What a rate is counted over."""
MOST_COUNTED: Final = 1_000_000
"""Google counts no further in one window: a greater limit is counted by the minute."""
MINUTE: Final = 60

LISTS: Final = (
    "scannerdetection",
    "protocolattack",
    "sessionfixation",
    "lfi",
    "rfi",
    "rce",
    "sqli",
    "xss",
    "generic",
)
"""Of the OWASP Core Rule Set 4.22, in Google's names."""
WAF_RULES: Final = {
    **{name: f"evaluatePreconfiguredWaf('{name}-v422-stable', {{'sensitivity': 1}})" for name in LISTS},
    # what the press has names for, Log4Shell first; and SQL in JSON, where the list above does not look
    "known-holes": "evaluatePreconfiguredWaf('cve-canary', {'sensitivity': 1})",
    "sqli-in-json": "evaluatePreconfiguredWaf('json-sqli-canary', {'sensitivity': 2})",
}
"""By what is written to the log. Sensitivity 1 is what hardly ever takes a customer for an attacker; the
list for JSON has none below 2."""
OUR_RULES: Final = {
    "methods": "!request.method.matches('^(GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE)$')",
    "unread-body": "has(request.headers['content-length']) && int(request.headers['content-length']) > 65536",
}
PAID_RULES: Final = {
    "attackers": "evaluateThreatIntelligence('iplist-known-malicious-ips')",
    "flood": "evaluateAdaptiveProtectionAutoDeploy()",
}
INSPECTED: Final = "64KB"
RANGES_A_RULE: Final = 10
FIRST_LIMIT: Final = 2000
FIRST_ALLOWED: Final = 3000
LAST: Final = 2147483647
REFUSED_IN_A_WINDOW: Final = 1000
"""From here on it is an attack, or a rule that is wrong: a person must look at either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityPolicyArgs:
    """Who may come in, what is watched, and what happens to whom is recognised."""

    naming: Naming
    name: str
    """What it stands before, for example ``edge``."""
    open_to: Sequence[str]
    """Networks that may come in: at least one."""
    rate_limit: int
    """Requests of one address in five minutes; more are refused."""
    blocking: bool
    """Refuse what the rules recognise; false: count it."""
    ddos_advanced: bool
    """Put the project into the paid tier, and use what that has."""
    channels: Sequence[pulumi.Input[str]]


class SecurityPolicy(Part):
    """Rules, the tier that they need, and their alarm."""

    policy_id: pulumi.Output[str]

    def __init__(self, name: str, args: SecurityPolicyArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        tier = [self._tier()] if args.ddos_advanced else []
        policy = compute.SecurityPolicy(
            self.named("policy"),
            name=args.naming.of("compute", args.name),
            description=f"What may reach {args.name}",
            type="CLOUD_ARMOR",
            rules=list(self._rules()),
            adaptive_protection_config=self._adaptive(),
            advanced_options_config=compute.SecurityPolicyAdvancedOptionsConfigArgs(
                json_parsing="STANDARD",
                log_level="NORMAL" if args.blocking else "VERBOSE",
                request_body_inspection_size=INSPECTED,
            ),
            opts=ResourceOptions(parent=self, depends_on=tier),
        )
        self._watch(policy)
        self.policy_id = policy.id
        self.finish()

    def _tier(self) -> compute.ProjectCloudArmorTier:
        return compute.ProjectCloudArmorTier(
            self.named("tier"), cloud_armor_tier="CA_ENTERPRISE_PAYGO", opts=ResourceOptions(parent=self)
        )

    def _adaptive(self) -> compute.SecurityPolicyAdaptiveProtectionConfigArgs:
        config = compute.SecurityPolicyAdaptiveProtectionConfigArgs
        found = compute.SecurityPolicyAdaptiveProtectionConfigLayer7DdosDefenseConfigArgs(enable=True)
        return config(layer7_ddos_defense_config=found)

    def _rules(self) -> Iterator[compute.SecurityPolicyRuleArgs]:
        args = self._args
        lists = {**(PAID_RULES if args.ddos_advanced else {}), **OUR_RULES, **WAF_RULES}
        for place, (name, expression) in enumerate(lists.items(), start=1):
            yield compute.SecurityPolicyRuleArgs(
                priority=place * 100,
                action="deny(403)",
                preview=not args.blocking,
                match=compute.SecurityPolicyRuleMatchArgs(
                    expr=compute.SecurityPolicyRuleMatchExprArgs(expression=expression)
                ),
                description=name,
            )
        for place, networks in enumerate(self._networks()):
            yield self._limit(FIRST_LIMIT + place, networks)
            if not args.blocking:  # a limit that only counts does not let in either
                yield compute.SecurityPolicyRuleArgs(
                    priority=FIRST_ALLOWED + place,
                    action="allow",
                    match=_from(networks),
                    description="let in",
                )
        yield compute.SecurityPolicyRuleArgs(
            priority=LAST, action="deny(403)", match=_from(["*"]), description="nobody else"
        )

    def _networks(self) -> list[Sequence[str]]:
        """Who may come in, as many in a part as one rule takes."""
        networks = list(self._args.open_to)
        if ANYWHERE in networks:
            return [["*"]]
        return [networks[at : at + RANGES_A_RULE] for at in range(0, len(networks), RANGES_A_RULE)]

    def _limit(self, priority: int, networks: Sequence[str]) -> compute.SecurityPolicyRuleArgs:
        count, seconds = self._args.rate_limit, WINDOW_SECONDS
        if count > MOST_COUNTED:
            count, seconds = count * MINUTE // seconds, MINUTE
        return compute.SecurityPolicyRuleArgs(
            priority=priority,
            action="throttle",
            preview=not self._args.blocking,
            match=_from(networks),
            rate_limit_options=compute.SecurityPolicyRuleRateLimitOptionsArgs(
                enforce_on_key="IP",
                conform_action="allow",
                exceed_action="deny(429)",
                rate_limit_threshold=compute.SecurityPolicyRuleRateLimitOptionsRateLimitThresholdArgs(
                    count=count, interval_sec=seconds
                ),
            ),
            description="rate",
        )

    def _watch(self, policy: compute.SecurityPolicy) -> None:
        """While nothing is refused, what would have been is watched: an alarm that cannot ring is none."""
        counted = "request_count" if self._args.blocking else "previewed_request_count"
        alarm(
            self,
            "refused",
            Metric(
                type=f"networksecurity.googleapis.com/https/{counted}",
                resource="network_security_policy",
                labels={"resource.labels.policy_name": policy.name, "metric.labels.blocked": "true"},
                above=REFUSED_IN_A_WINDOW,
                aligner="ALIGN_DELTA",
                reducer="REDUCE_SUM",
                seconds=WINDOW_SECONDS,
            ),
            naming=self._args.naming,
            channels=self._args.channels,
            description=(
                f"The firewall recognises more than {REFUSED_IN_A_WINDOW} requests in five minutes. An "
                "attack, a rule that is wrong about customers, or somebody who knocks without being let in: "
                "the balancer's log says which rule, and who."
            ),
        )


def _from(networks: Sequence[str]) -> compute.SecurityPolicyRuleMatchArgs:
    return compute.SecurityPolicyRuleMatchArgs(
        versioned_expr="SRC_IPS_V1",
        config=compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=list(networks)),
    )
