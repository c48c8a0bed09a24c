"""The firewall that reads every request before the balancer passes it on.

AWS's own lists of what is known to be bad, and a limit for each address. A new environment counts what
it would refuse (``blocking=False``), somebody reads the log, and only then it refuses.

Bodies: behind a balancer AWS WAF sees the first 8 KB and this cannot be raised. The common rules refuse
a larger body (``SizeRestrictions_BODY``), and that stays so: what was not read cannot be judged, and
an attack is easily moved behind 8 KB of blanks. Large uploads go to object storage, not through here.

Sources: AWS WAF developer guide, *AWS Managed Rules rule groups list*, *Managing body inspection size
limits*, *Sending web ACL traffic logs to CloudWatch Logs*; CloudWatch metrics *AWS/WAFV2*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, wafv2

from components.aws.alarm import Metric, alarm
from components.aws.document import document_of
from components.base import Part
from components.naming import Naming

__all__ = ["WINDOW_SECONDS", "WebAcl", "WebAclArgs"]

WINDOW_SECONDS: Final = 300
"""What a rate is counted over."""
GROUPS: Final = {
    "reputation": "AWSManagedRulesAmazonIpReputationList",
    "anonymous": "AWSManagedRulesAnonymousIpList",
    "bad-inputs": "AWSManagedRulesKnownBadInputsRuleSet",
    "common": "AWSManagedRulesCommonRuleSet",
    "sql": "AWSManagedRulesSQLiRuleSet",
}
"""By rule name, cheapest first: 25, 50, 200, 700 and 200 capacity units, of 1500 that the base price buys."""
ONLY_COUNTED: Final = {"anonymous": "HostingProviderIPList"}
"""A customer of a trading platform is often a program, and programs live in data centres."""
HIDDEN_HEADERS: Final = ("authorization", "cookie")
"""Who reads the log must not be able to be whom he reads about."""
LOGGED: Final = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
"""The rest is in the balancer's access log already, at a twentieth of the price."""
REFUSED_IN_A_WINDOW: Final = 1000
"""From here on it is an attack, or a rule that is wrong: a person must look at either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAclArgs:
    """What is watched, and what happens to whom is recognised."""

    naming: Naming
    account: str
    region: str
    name: str
    """What it stands before, for example ``edge``."""
    balancer_arn: pulumi.Input[str]
    rate_limit: int
    """Requests of one address in five minutes; more are refused."""
    blocking: bool
    """Refuse what the rules recognise; false: count it."""
    log_key_arn: pulumi.Input[str]
    log_days: int
    topic_arn: pulumi.Input[str]


class WebAcl(Part):
    """Rules, what they stand before, their log and their alarm."""

    acl_arn: pulumi.Output[str]

    def __init__(self, name: str, args: WebAclArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        acl_name = args.naming.of("web-acl", args.name)
        acl = wafv2.WebAcl(
            self.named("acl"),
            name=acl_name,
            description=f"What may reach {args.name}",
            scope="REGIONAL",
            default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
            rules=[
                self._rate(0),
                *(self._managed(rule, place) for place, rule in enumerate(GROUPS, start=1)),
            ],
            visibility_config=wafv2.WebAclVisibilityConfigArgs(
                metric_name=acl_name, cloudwatch_metrics_enabled=True, sampled_requests_enabled=False
            ),
            opts=ResourceOptions(parent=self),
        )
        self._log(acl)
        wafv2.WebAclAssociation(
            self.named("association"),
            resource_arn=args.balancer_arn,
            web_acl_arn=acl.arn,
            opts=ResourceOptions(parent=self),
        )
        self._watch(acl)
        self.acl_arn = acl.arn
        self.finish()

    def _rate(self, priority: int) -> wafv2.WebAclRuleArgs:
        """First, so that a flood costs nothing but counting."""
        refuse = wafv2.WebAclRuleActionArgs(block=wafv2.WebAclRuleActionBlockArgs())
        count = wafv2.WebAclRuleActionArgs(count=wafv2.WebAclRuleActionCountArgs())
        return wafv2.WebAclRuleArgs(
            name="rate",
            priority=priority,
            action=refuse if self._args.blocking else count,
            statement=wafv2.WebAclRuleStatementArgs(
                rate_based_statement=wafv2.WebAclRuleStatementRateBasedStatementArgs(
                    limit=self._args.rate_limit,
                    evaluation_window_sec=WINDOW_SECONDS,
                    aggregate_key_type="IP",
                )
            ),
            visibility_config=_visible("rate"),
        )

    def _managed(self, rule: str, priority: int) -> wafv2.WebAclRuleArgs:
        """The version is AWS's default: a list of known attacks that stands still protects from the past."""
        as_it_says = wafv2.WebAclRuleOverrideActionArgs(none=wafv2.WebAclRuleOverrideActionNoneArgs())
        count = wafv2.WebAclRuleOverrideActionArgs(count=wafv2.WebAclRuleOverrideActionCountArgs())
        return wafv2.WebAclRuleArgs(
            name=rule,
            priority=priority,
            override_action=as_it_says if self._args.blocking else count,
            statement=wafv2.WebAclRuleStatementArgs(
                managed_rule_group_statement=wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                    vendor_name="AWS",
                    name=GROUPS[rule],
                    rule_action_overrides=[_counted(ONLY_COUNTED[rule])] if rule in ONLY_COUNTED else None,
                )
            ),
            visibility_config=_visible(rule),
        )

    def _log(self, acl: wafv2.WebAcl) -> None:
        args = self._args
        name = f"aws-waf-logs-{args.naming.of('log-group', args.name)}"  # WAF writes to no other name
        group = cloudwatch.LogGroup(
            self.named("log"),
            name=name,
            retention_in_days=args.log_days,
            kms_key_id=args.log_key_arn,
            opts=ResourceOptions(parent=self),
        )
        let_in = cloudwatch.LogResourcePolicy(
            self.named("log"),
            policy_name=name,
            policy_document=document_of(
                {
                    "Sid": "FirewallLog",
                    "Effect": "Allow",
                    "Principal": {"Service": "delivery.logs.amazonaws.com"},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": pulumi.Output.concat(group.arn, ":*"),
                    "Condition": {
                        "StringEquals": {"aws:SourceAccount": args.account},
                        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{args.region}:{args.account}:*"},
                    },
                }
            ),
            opts=ResourceOptions(parent=self),
        )
        header = wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs
        wafv2.WebAclLoggingConfiguration(
            self.named("log"),
            resource_arn=acl.arn,
            log_destination_configs=[group.arn],
            redacted_fields=[
                wafv2.WebAclLoggingConfigurationRedactedFieldArgs(single_header=header(name=name))
                for name in HIDDEN_HEADERS
            ],
            logging_filter=_only(*LOGGED),
            opts=ResourceOptions(parent=self, depends_on=[let_in]),
        )

    def _watch(self, acl: wafv2.WebAcl) -> None:
        """While nothing is refused, what would have been is watched: an alarm that cannot ring is none."""
        alarm(
            self,
            "refused",
            Metric(
                namespace="AWS/WAFV2",
                name="BlockedRequests" if self._args.blocking else "CountedRequests",
                dimensions={"WebACL": acl.name, "Region": self._args.region, "Rule": "ALL"},
                above=REFUSED_IN_A_WINDOW,
                statistic="Sum",
                seconds=WINDOW_SECONDS,
                silence="notBreaching",
            ),
            naming=self._args.naming,
            topic_arn=self._args.topic_arn,
            description=(
                f"The firewall recognises more than {REFUSED_IN_A_WINDOW} requests in five minutes. "
                "An attack, or a rule that is wrong about customers: its log says which rule, and who."
            ),
        )


def _visible(rule: str) -> wafv2.WebAclRuleVisibilityConfigArgs:
    """No samples: they show every header to who may open the console, and the log has hidden two."""
    return wafv2.WebAclRuleVisibilityConfigArgs(
        metric_name=rule, cloudwatch_metrics_enabled=True, sampled_requests_enabled=False
    )


def _counted(rule: str) -> wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs:
    """A rule of a group that never refuses."""
    override = wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs
    action = wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs
    count = wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs
    return override(name=rule, action_to_use=action(count=count()))


def _only(*actions: str) -> wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    """Keep what any of these actions was taken on."""
    condition = wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs
    taken = wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs
    keep = wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
        behavior="KEEP",
        requirement="MEETS_ANY",
        conditions=[condition(action_condition=taken(action=action)) for action in actions],
    )
    return wafv2.WebAclLoggingConfigurationLoggingFilterArgs(default_behavior="DROP", filters=[keep])
