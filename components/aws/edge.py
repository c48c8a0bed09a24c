"""The one way into a region: a balancer that ends TLS, a firewall before it, the gateway's pods behind.

Nothing is open unless the settings name networks: then the balancer is internet-facing and lets each of
them in, and this is the only part in which the whole internet may be one. Else it is internal, and what
reaches it is the network itself and who came in through the VPN.

Behind it TLS begins anew, to the pods: whoever listens inside the network hears nothing. The balancer
does not check the pods' certificate, so that may be one that they made themselves; that it talks to
nobody else is what its security group is for. Pods are registered from inside the cluster.

The entry of the region for disaster recovery also answers for the platform, itself and not through a pod,
whether home is held: `components.aws.failover` says what for.

Sources: Elastic Load Balancing user guide, *Security policies for your Application Load Balancer*,
*Application Load Balancer attributes*, *Fixed-response actions*, *Enable access logs*, *Enable connection
logs*, *Desync mitigation mode*; AWS Shield pricing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import ec2, lb, shield, vpc

from components.aws.document import Statement
from components.aws.edge_alarms import Watched, watch
from components.aws.web_acl import WebAcl, WebAclArgs
from components.base import Part
from components.naming import Naming

__all__ = [
    "ACCESS_LOG_PREFIX",
    "CONNECTION_LOG_PREFIX",
    "HOLD_PATH",
    "TARGET_PORT",
    "Edge",
    "EdgeArgs",
    "log_delivery",
]

TARGET_PORT: Final = 8443
"""Where the gateway's pods speak TLS. Below 1024 they would need a right that they should not have."""
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""What AWS recommends: TLS 1.3, 1.2 with forward secrecy, keys that a quantum computer does not open.
Without 1.2 Route 53's health checkers could not get in."""
ANYWHERE: Final = "0.0.0.0/0"
HTTPS, HTTP = 443, 80
HOLD_PATH: Final = "/.failover/home-is-held"
"""Answered with 200 while home must not serve, else with 404. No secret: who asks learns where to look."""

ACCESS_LOG_PREFIX: Final = "edge-access"
CONNECTION_LOG_PREFIX: Final = "edge-connections"
"""Every attempt to connect, those that TLS refused too: the access log does not know them."""

IDLE_SECONDS: Final = 60
KEEP_ALIVE_SECONDS: Final = 300
"""A client keeps its connection whatever the name says by now; after so long it has to ask again, so that
a planned move to the other region is over in minutes. AWS would let it stay for an hour."""
HEALTH_SECONDS: Final = 10
HEALTH_FAILURES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeArgs:
    """Who may come in, to whom they come, and what is kept about it."""

    naming: Naming
    account: str
    region: str
    network_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]
    private_subnet_ids: Sequence[pulumi.Input[str]]
    client_group_id: pulumi.Input[str]
    """The security group of the cluster's pods."""
    certificate_arn: pulumi.Input[str]
    """Of a certificate that has been issued."""
    open_to: Sequence[str]
    """Networks that may reach the entry; none makes it internal."""
    inside: Sequence[str]
    """Networks that reach an internal entry: the network's own, the VPN's clients'."""
    health_path: str
    """What the gateway answers with 200 when it can serve, for example ``/healthz/ready``."""
    drain_seconds: int
    """A pod that goes may finish its requests for so long: as long as it is given to end."""
    access_log_bucket: pulumi.Input[str]
    """Its policy must hold `log_delivery`."""
    rate_limit: int
    """Requests of one address in five minutes."""
    blocking: bool
    """The firewall refuses; false: it counts."""
    ddos_advanced: bool
    """Protect the balancer with Shield Advanced, to which the account has been subscribed."""
    zonal_shift: bool
    """Let AWS (or an operator) move traffic away from a zone that is ill."""
    holds: bool | None
    """Whether home must not serve, because the platform works here now. None: not for this entry to say,
    which is home's own, or the only one."""
    log_key_arn: pulumi.Input[str]
    log_days: int
    topic_arn: pulumi.Input[str]
    protect: bool
    after: Sequence[pulumi.Resource]
    """What must stand first: the log bucket with its policy, which AWS tries when logging is switched on."""

    @property
    def internal(self) -> bool:
        """Whether nobody outside may reach it."""
        return not self.open_to

    @property
    def open_to_anybody(self) -> bool:
        """Whether the whole internet may: Route 53's health checkers can only then."""
        return ANYWHERE in self.open_to


class Edge(Part):
    """Balancer, listeners, target group, firewall and alarms."""

    host_name: pulumi.Output[str]
    zone_id: pulumi.Output[str]
    target_group_id: pulumi.Output[str]
    unserved_alarm: pulumi.Output[str]
    """Name of the alarm that nobody stands behind the entry: what a health check can look at."""

    def __init__(self, name: str, args: EdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self.open_to_anybody = args.open_to_anybody
        group = self._security_group()
        balancer = self._balancer(group)
        targets = self._target_group()
        listener = self._listeners(balancer, targets)
        self._hold: lb.ListenerRule | None = None
        if args.holds is not None and args.open_to_anybody:  # else nobody could come and read it
            self._hold = self._home_is_held(listener, held=args.holds)
        self._firewall(balancer)
        if args.ddos_advanced and not args.internal:  # nobody outside can flood what is inside
            self._protection(balancer)
        entry = Watched(balancer=balancer, targets=targets, naming=args.naming, topic_arn=args.topic_arn)
        self.unserved_alarm = watch(self, entry).name
        self.host_name = balancer.dns_name
        self.zone_id = balancer.zone_id
        self.target_group_id = targets.arn
        self.finish()

    @property
    def hold(self) -> lb.ListenerRule | None:
        """What answers at `HOLD_PATH`. None: the entry holds nobody, or no checker could ask it."""
        return self._hold

    def _security_group(self) -> ec2.SecurityGroup:
        args = self._args
        group = ec2.SecurityGroup(
            self.named("balancer"),
            name=args.naming.of("security-group", "edge"),
            description="Who may reach the entry, and that it reaches the gateway alone",
            vpc_id=args.network_id,
            opts=ResourceOptions(parent=self),
        )
        ports = [HTTPS] if args.internal else [HTTPS, HTTP]
        for cidr in args.inside if args.internal else args.open_to:
            for port in ports:
                vpc.SecurityGroupIngressRule(
                    # named by what it lets in, so that another network beside it changes nothing
                    self.named(f"from-{cidr.replace('.', '-').replace('/', '-')}-{port}"),
                    security_group_id=group.id,
                    cidr_ipv4=cidr,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    opts=ResourceOptions(parent=self),
                )
        vpc.SecurityGroupEgressRule(
            self.named("to-gateway"),
            security_group_id=group.id,
            referenced_security_group_id=args.client_group_id,
            ip_protocol="tcp",
            from_port=TARGET_PORT,
            to_port=TARGET_PORT,
            opts=ResourceOptions(parent=self),
        )
        vpc.SecurityGroupIngressRule(
            self.named("into-gateway"),
            security_group_id=args.client_group_id,
            referenced_security_group_id=group.id,
            ip_protocol="tcp",
            from_port=TARGET_PORT,
            to_port=TARGET_PORT,
            opts=ResourceOptions(parent=self),
        )
        return group

    def _balancer(self, group: ec2.SecurityGroup) -> lb.LoadBalancer:
        args = self._args
        return lb.LoadBalancer(
            self.named("balancer"),
            # AWS never changes where a balancer faces: the new one, made first, needs another name
            name=args.naming.of("load-balancer", "edge", "internal" if args.internal else "public"),
            load_balancer_type="application",
            internal=args.internal,
            ip_address_type="ipv4",
            subnets=list(args.private_subnet_ids if args.internal else args.public_subnet_ids),
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            # "strictest" also refuses the GET with "Content-Length: 0" that many honest clients send
            desync_mitigation_mode="defensive",
            enable_waf_fail_open=False,
            enable_http2=True,
            enable_cross_zone_load_balancing=True,
            enable_zonal_shift=args.zonal_shift,
            idle_timeout=IDLE_SECONDS,
            client_keep_alive=KEEP_ALIVE_SECONDS,
            enable_deletion_protection=args.protect,
            access_logs=lb.LoadBalancerAccessLogsArgs(
                bucket=args.access_log_bucket, prefix=ACCESS_LOG_PREFIX, enabled=True
            ),
            connection_logs=lb.LoadBalancerConnectionLogsArgs(
                bucket=args.access_log_bucket, prefix=CONNECTION_LOG_PREFIX, enabled=True
            ),
            opts=ResourceOptions(parent=self, protect=args.protect, depends_on=list(args.after)),
        )

    def _target_group(self) -> lb.TargetGroup:
        args = self._args
        return lb.TargetGroup(
            self.named("gateway"),
            name=args.naming.of("target-group", "gateway", str(TARGET_PORT)),  # another port is another group
            target_type="ip",
            vpc_id=args.network_id,
            protocol="HTTPS",
            port=TARGET_PORT,
            deregistration_delay=args.drain_seconds,
            stickiness=lb.TargetGroupStickinessArgs(type="lb_cookie", enabled=False),
            health_check=lb.TargetGroupHealthCheckArgs(
                protocol="HTTPS",
                port="traffic-port",
                path=args.health_path,
                matcher="200",
                interval=HEALTH_SECONDS,
                timeout=HEALTH_SECONDS // 2,
                healthy_threshold=HEALTH_FAILURES,
                unhealthy_threshold=HEALTH_FAILURES,
            ),
            opts=ResourceOptions(parent=self),
        )

    def _listeners(self, balancer: lb.LoadBalancer, targets: lb.TargetGroup) -> lb.Listener:
        """The one that ends TLS; outside there is one more, which only says where to go."""
        listener = lb.Listener(
            self.named("https"),
            load_balancer_arn=balancer.arn,
            port=HTTPS,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._args.certificate_arn,
            default_actions=[lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)],
            opts=ResourceOptions(parent=self),
        )
        if self._args.internal:
            return listener  # whoever is inside knows to say https
        redirect = lb.ListenerDefaultActionRedirectArgs(
            protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301"
        )
        lb.Listener(
            self.named("http"),
            load_balancer_arn=balancer.arn,
            port=HTTP,
            protocol="HTTP",
            default_actions=[lb.ListenerDefaultActionArgs(type="redirect", redirect=redirect)],
            opts=ResourceOptions(parent=self),
        )
        return listener

    def _home_is_held(self, listener: lb.Listener, *, held: bool) -> lb.ListenerRule:
        """There in either case, so that a swap changes one answer in place, in the region that works."""
        answer = lb.ListenerRuleActionFixedResponseArgs(
            content_type="text/plain",
            message_body="held" if held else "not held",
            status_code="200" if held else "404",
        )
        path = lb.ListenerRuleConditionPathPatternArgs(values=[HOLD_PATH])
        return lb.ListenerRule(
            self.named("hold"),
            listener_arn=listener.arn,
            priority=1,
            conditions=[lb.ListenerRuleConditionArgs(path_pattern=path)],
            actions=[lb.ListenerRuleActionArgs(type="fixed-response", fixed_response=answer)],
            opts=ResourceOptions(parent=self),
        )

    def _firewall(self, balancer: lb.LoadBalancer) -> None:
        args = self._args
        WebAcl(
            self.named("firewall"),
            WebAclArgs(
                naming=args.naming,
                account=args.account,
                region=args.region,
                name="edge",
                balancer_arn=balancer.arn,
                rate_limit=args.rate_limit,
                blocking=args.blocking,
                log_key_arn=args.log_key_arn,
                log_days=args.log_days,
                topic_arn=args.topic_arn,
            ),
            ResourceOptions(parent=self),
        )

    def _protection(self, balancer: lb.LoadBalancer) -> None:
        """Never the subscription itself: 3000 USD a month for a year, which no destroy gives back.

        The organisation's payer subscribes once, by hand; this only adds the balancer to it.
        """
        shield.Protection(
            self.named("ddos"),
            name=self._args.naming.of("shield-protection", "edge", self._args.region),
            resource_arn=balancer.arn,
            opts=ResourceOptions(parent=self),
        )


def log_delivery(*, bucket_arn: str, account: str, region: str) -> Statement:
    """Let the balancers of this account and region write their logs, under their prefixes.

    For the policy of the bucket that `EdgeArgs.access_log_bucket` names. One service principal stands
    for every region; the account numbers that older regions had are no longer needed.
    """
    return {
        "Sid": "BalancerLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": [
            f"{bucket_arn}/{prefix}/AWSLogs/{account}/*"
            for prefix in (ACCESS_LOG_PREFIX, CONNECTION_LOG_PREFIX)
        ],
        # no aws:SourceAccount: the service does not promise to send it, and the ARN holds the account
        "Condition": {
            "ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/*"}
        },
    }
