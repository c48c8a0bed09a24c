"""Which region the platform's name leads to, and how it moves when that region is away.

Each region's entry is watched. The name leads to the active one; while that is unhealthy Route 53
answers with the other one, with no change of a record, so it needs neither a person nor us-east-1.

**A name is not a database.** What arrives in the second region before its database has been promoted can
read and cannot write. And the name goes home by itself when home is healthy again, so whoever promotes
the second database also sets ``active_region``: that exchanges the two roles, in place, and the platform
stays where its data is. Records are kept by role, not by region: only what they lead to moves, and there
are never two records of one role.

**A record may not be changeable when it must be.** Route 53 is changed in us-east-1, and where that is home,
both are away at once. So home is *held* without a change of a record: ``active_region`` also makes the
other region's balancer answer 200 at `components.aws.edge.HOLD_PATH`, and while it does, home counts as
unhealthy, however well it is. Home stays held, before and after the roles are exchanged, until
``active_region`` is taken out again; it may serve half a minute later.

The hold is asked for upside down: only a region that answers can hold home, one that is away cannot. What
it does not do: while neither may serve (home is held, and the other one's pods are ill behind a balancer
that answers) Route 53 answers with the primary, and that is home until the roles could be exchanged. An
entry that the checkers cannot reach has no hold: there the roles alone keep the name.

No AAAA records: the networks speak IPv4 alone.

Sources: Route 53 developer guide, *How Amazon Route 53 determines whether a health check is healthy*,
*Failover records*, *How health checks work in complex configurations* (neither is healthy: the primary),
*Choosing between alias and non-alias records* (an alias to a balancer is cached for 60 s), *Monitoring
health checks using CloudWatch* (metrics are in us-east-1 alone); Route 53 FAQ (a change is everywhere
within 60 s).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import route53

from components.aws.alarm import Metric, alarm
from components.aws.edge import HOLD_PATH
from components.base import Part
from components.contracts import EdgeOutputs, Recovery
from components.naming import Naming

__all__ = ["ALARM_REGION", "Bell", "Failover", "FailoverArgs", "Side"]

ALARM_REGION: Final = "us-east-1"
"""Route 53 publishes what its health checks say here and nowhere else."""
CHECK_SECONDS: Final = 10
FAILURES: Final = 3
CHECKERS: Final = ("us-west-2", "eu-west-1", "ap-southeast-1")
"""Three continents, the fewest that AWS takes: what one of them does not see, two others do."""
PROPAGATION_SECONDS: Final = 60
CACHED_SECONDS: Final = 60


class Entry(EdgeOutputs, Protocol):
    """An entry whose addresses change, so that records follow its name instead."""

    zone_id: pulumi.Output[str]
    """The zone of its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One region's entry."""

    region: str
    edge: Entry
    reached_by_checkers: bool
    """Whether anybody may reach it, so that Route 53's checkers can. Else its alarm speaks for it."""
    unserved_alarm: pulumi.Input[str]
    """Name of the alarm, in that region, that nobody stands behind the entry."""
    alarm_seconds: int
    """Until that alarm rings."""
    hold: pulumi.Resource | None
    """What answers, at the entry, whether home is held. None: it holds nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What rings in `ALARM_REGION`, where Route 53 keeps its figures.

    Apart from the part's own provider: records have to be changed on the day on which that region is lost.
    """

    provider: pulumi.ProviderResource
    topic_arn: pulumi.Input[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailoverArgs:
    """The name, and where it may lead."""

    naming: Naming
    domain: str
    zone_id: pulumi.Input[str]
    home: Side
    dr: Side | None
    """None: the environment has one region."""
    active_region: str
    """The region that serves now."""
    health_path: str
    bell: Bell | None
    """None where the stack has nothing in `ALARM_REGION`: each region's own alarms ring all the same,
    except when the region is gone."""


@dataclass(frozen=True, slots=True)
class _Role:
    """What tells two records of one name apart."""

    name: Literal["primary", "secondary"]
    check: route53.HealthCheck
    """Takes the role away while it is unhealthy."""
    after: Sequence[pulumi.Resource] = ()


class Failover(Part):
    """Records of the platform's domain and of everything directly under it, and what they depend on."""

    host_name: pulumi.Output[str]
    """What customers call."""

    def __init__(self, name: str, args: FailoverArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        sides = {side.region: side for side in (args.home, args.dr) if side}
        if args.active_region not in sides:
            msg = f"active_region {args.active_region!r} has no entry: expected one of {', '.join(sides)}"
            raise ValueError(msg)
        active = sides.pop(args.active_region)
        other = next(iter(sides.values()), None)
        if other is None:
            for which, host in self._names().items():
                self._alias(f"{which}-primary", host, active)
        else:
            self._own = {side.region: self._own_name(side) for side in (active, other)}
            may_serve = {side.region: self._check(side) for side in (active, other)}
            home, hold = args.home.region, args.dr.hold if args.dr else None
            if args.dr and hold:
                may_serve[home] = self._unless_held(may_serve[home], args.dr, hold)
            for which, host in self._names().items():
                role = _Role("primary", may_serve[active.region])
                first = self._alias(f"{which}-primary", host, active, role)
                # a record without a role, of a time with one region, has to get one before there is a second
                second = _Role("secondary", may_serve[other.region], after=[first])
                self._alias(f"{which}-secondary", host, other, second)
        self.host_name = pulumi.Output.from_input(args.domain)
        self.finish()

    @property
    def recovery(self) -> Recovery:
        """The name follows by itself; a person's exchange of the roles takes no longer."""
        sides = [side for side in (self._args.home, self._args.dr) if side]
        return Recovery(
            part="entry",
            detection=max(_notices_after(side) for side in sides),
            promotion=PROPAGATION_SECONDS,
            warm_up=CACHED_SECONDS,
            source=(
                f"health checks every {CHECK_SECONDS} s, {FAILURES} failures (or the alarm's periods); "
                "Route 53: a change is everywhere within 60 s, an alias to a balancer is cached for 60 s"
            ),
        )

    def _own_name(self, side: Side) -> route53.Record:
        """The region's own name, which leads to it whatever its state."""
        return self._alias(side.region, f"{side.region}.{self._args.domain}", side, evaluate=False)

    def _check(self, side: Side) -> route53.HealthCheck:
        """What says whether the region is well, and who hears that it is not: a hold rings nowhere."""
        if side.reached_by_checkers:
            check = self._ask(side.region, side, self._args.health_path)
        else:
            check = route53.HealthCheck(
                self.named(side.region),
                type="CLOUDWATCH_METRIC",
                cloudwatch_alarm_name=side.unserved_alarm,
                cloudwatch_alarm_region=side.region,
                # a region that has fallen silent is a region that is away
                insufficient_data_health_status="Unhealthy",
                opts=ResourceOptions(parent=self),
            )
        if self._args.bell is not None:
            self._watch(side, check, self._args.bell)
        return check

    def _ask(
        self,
        child: str,
        side: Side,
        path: str,
        *,
        inverted: Literal[True] | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> route53.HealthCheck:
        """The region's entry, from outside, the way a customer does."""
        return route53.HealthCheck(
            self.named(child),
            type="HTTPS",
            fqdn=self._own[side.region].fqdn,
            port=443,
            resource_path=path,
            request_interval=CHECK_SECONDS,
            failure_threshold=FAILURES,
            invert_healthcheck=inverted,
            enable_sni=True,
            regions=list(CHECKERS),
            opts=ResourceOptions(parent=self, depends_on=list(after)),
        )

    def _unless_held(self, well: route53.HealthCheck, dr: Side, hold: pulumi.Resource) -> route53.HealthCheck:
        """Home is well, and the other region does not say that it must not serve."""
        # before its rule stands the path leads to the pods, whose answer to it means nothing
        not_held = self._ask("home-not-held", dr, HOLD_PATH, inverted=True, after=[hold])
        both = [well.id, not_held.id]
        return route53.HealthCheck(
            self.named("home-may-serve"),
            type="CALCULATED",
            child_healthchecks=both,
            child_health_threshold=len(both),
            opts=ResourceOptions(parent=self),
        )

    def _watch(self, side: Side, check: route53.HealthCheck, bell: Bell) -> None:
        alarm(
            self,
            f"{side.region}-away",
            Metric(
                namespace="AWS/Route53",
                name="HealthCheckStatus",
                dimensions={"HealthCheckId": check.id},
                below=1,
                statistic="Minimum",
                silence="breaching",
            ),
            naming=self._args.naming,
            topic_arn=bell.topic_arn,
            provider=bell.provider,
            description=(
                f"The entry of {side.region} is away. If it is the active one, the name leads to the other "
                "region now, whose database still only reads: decide whether to promote it, then set "
                "active_region. If it is not, there is nowhere to go: mend it today."
            ),
        )

    def _names(self) -> dict[str, str]:
        """By logical name, what customers may call."""
        return {"apex": self._args.domain, "wildcard": f"*.{self._args.domain}"}

    def _alias(
        self, child: str, name: str, side: Side, role: _Role | None = None, *, evaluate: bool = True
    ) -> route53.Record:
        """A record that leads to the side; ``evaluate``: only while its balancer says that it is well.

        A record gets a role, and another target, in place: Route 53 takes both as one change.
        """
        policy = route53.RecordFailoverRoutingPolicyArgs(type=role.name.upper()) if role else None
        return route53.Record(
            self.named(child),
            zone_id=self._args.zone_id,
            name=name,
            type="A",
            aliases=[
                route53.RecordAliasArgs(
                    name=side.edge.host_name, zone_id=side.edge.zone_id, evaluate_target_health=evaluate
                )
            ],
            failover_routing_policies=[policy] if policy else None,
            set_identifier=role.name if role else None,
            health_check_id=role.check.id if role else None,
            opts=ResourceOptions(parent=self, depends_on=list(role.after) if role else []),
        )


def _notices_after(side: Side) -> int:
    return CHECK_SECONDS * FAILURES if side.reached_by_checkers else side.alarm_seconds
