"""What Karpenter works with: the machines that it makes, and how it hears that one will be taken back.

Karpenter itself runs on the managed group (`components.aws.node_pool`), which always stands. What it makes
is hardened as that group's machines are, and has their role, network and disks. AWS says two minutes
before that it takes a spot machine back, and earlier that it may; it also says when one is stopped or ill.
EventBridge puts each such word into a queue, from which Karpenter moves the pods in time. The queue takes
messages of these rules alone.

EventBridge tells nobody when it cannot deliver, so each rule has an alarm on that. That nobody reads the
queue needs none: pods that find no machine have one already (`components.aws.cluster_alarms`).

Sources: Karpenter 1.14, *CloudFormation reference*, *NodeClasses*, *Managing AMIs*; Amazon EKS user guide,
*Assign more IP addresses to nodes with prefixes* (pods on a machine); Amazon EventBridge user guide,
*Amazon SQS permissions*.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch, iam, sqs

from components.aws.alarm import Metric, alarm
from components.aws.document import Statement, document_of
from components.aws.karpenter_rights import KarpenterRights, statements
from components.base import Part
from components.contracts import Machines
from components.naming import Naming

__all__ = ["EVENTS", "Karpenter", "KarpenterArgs"]

IMAGE: Final = "al2023@v20260714"
"""Amazon Linux 2023 for EKS, by its release. A newer one is a change of this program: what boots in the
other region at night is what was tried by day. Karpenter then replaces machines as its budgets allow."""
PODS_PER_MACHINE: Final = 110
"""As EKS sets it for the managed group: addresses come sixteen at a time (`components.aws.addon`)."""
KEPT_SECONDS: Final = 300
"""What was not read by then is over: a spot machine is gone after two minutes."""
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "spot-interruption": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
    "health": ("aws.health", "AWS Health Event"),
}
"""By rule: the event's source and its type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KarpenterArgs:
    """Whose machines, what they are made of, and who is woken."""

    naming: Naming
    tags: Mapping[str, str]
    """For machines and disks, which Karpenter makes and no stack-wide tagging reaches."""
    account: str
    region: str
    cluster_name: str
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones."""
    cluster_group_id: pulumi.Input[str]
    """The cluster's own security group: the machines' only one."""
    node_role_name: pulumi.Input[str]
    """Of the managed group: EKS lets in who has it."""
    node_role_arn: pulumi.Input[str]
    architecture: str
    disk_gib: int
    standing: int
    """Machines on demand of the managed group."""
    zonal_shift: bool
    topic_arn: pulumi.Input[str]


class Karpenter(Part):
    """Instance profile, queue, rules, and the node class as the cluster shall have it."""

    machines: Machines
    queue_name: pulumi.Output[str]

    def __init__(self, name: str, args: KarpenterArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        profile = iam.InstanceProfile(
            self.named("machines"),
            name=args.naming.of("instance-profile", "karpenter", args.region),
            role=args.node_role_name,
            opts=ResourceOptions(parent=self),
        )
        self._queue = sqs.Queue(
            self.named("interruptions"),
            name=args.naming.of("queue", "interruptions"),
            message_retention_seconds=KEPT_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=ResourceOptions(parent=self),
        )
        rules = [self._rule(child, *event) for child, event in EVENTS.items()]
        let_in = self._let_in(rules)
        for child, rule in zip(EVENTS, rules, strict=True):
            self._target(child, rule, let_in)
        self.queue_name = self._queue.name
        self.machines = Machines(
            node_class=self._node_class(profile),
            settings={
                "clusterName": args.cluster_name,
                "interruptionQueue": self._queue.name,
                **({"enableZonalShift": "true"} if args.zonal_shift else {}),
            },
            architecture=args.architecture,
            standing=args.standing,
        )
        self.finish()

    @property
    def rights(self) -> list[Statement]:
        """What Karpenter's role must allow."""
        args = self._args
        return statements(
            KarpenterRights(
                account=args.account,
                region=args.region,
                cluster_name=args.cluster_name,
                subnet_ids=args.subnet_ids,
                security_group_id=args.cluster_group_id,
                node_role_arn=args.node_role_arn,
                queue_arn=self._queue.arn,
                zonal_shift=args.zonal_shift,
            )
        )

    def _rule(self, child: str, source: str, detail_type: str) -> cloudwatch.EventRule:
        return cloudwatch.EventRule(
            self.named(child),
            name=self._args.naming.of("event-rule", "karpenter", child),
            description="What Karpenter must hear of, to move pods in time",
            event_pattern=json.dumps({"source": [source], "detail-type": [detail_type]}),
            opts=ResourceOptions(parent=self),
        )

    def _let_in(self, rules: Sequence[cloudwatch.EventRule]) -> sqs.QueuePolicy:
        arn = self._queue.arn
        return sqs.QueuePolicy(
            self.named("interruptions"),
            queue_url=self._queue.url,
            policy=document_of(
                {
                    "Sid": "TheseRules",
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    # the rule's ARN holds the account; EventBridge does not promise to send more
                    "Condition": {"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules]}},
                },
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": arn,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ),
            opts=ResourceOptions(parent=self),
        )

    def _target(self, child: str, rule: cloudwatch.EventRule, let_in: pulumi.Resource) -> None:
        args = self._args
        cloudwatch.EventTarget(
            self.named(child),
            rule=rule.name,
            target_id="karpenter",
            arn=self._queue.arn,
            opts=ResourceOptions(parent=self, depends_on=[let_in]),  # else the first words are lost
        )
        alarm(
            self,
            f"{child}-lost",
            Metric(
                namespace="AWS/Events",
                name="FailedInvocations",
                dimensions={"RuleName": rule.name},
                above=0,
                statistic="Sum",
                seconds=300,
                silence="notBreaching",  # only failures are counted
            ),
            naming=args.naming,
            topic_arn=args.topic_arn,
            description=(
                f"Karpenter in {args.region} was not told of an event ({child}): pods may die with their "
                "machine instead of moving before. Look at the queue's policy, which must let the rule in."
            ),
        )

    def _node_class(self, profile: iam.InstanceProfile) -> Mapping[str, object]:
        """The spec of the EC2NodeClass: hardened as the managed group's launch template is."""
        args = self._args
        return {
            "amiSelectorTerms": [{"alias": IMAGE}],
            "instanceProfile": profile.name,
            "subnetSelectorTerms": [{"id": subnet} for subnet in args.subnet_ids],
            "securityGroupSelectorTerms": [{"id": args.cluster_group_id}],
            "associatePublicIPAddress": False,
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpProtocolIPv6": "disabled",
                "httpTokens": "required",
                "httpPutResponseHopLimit": 1,
            },
            "blockDeviceMappings": [
                {
                    "deviceName": "/dev/xvda",
                    "ebs": {
                        "volumeType": "gp3",
                        "volumeSize": f"{args.disk_gib}Gi",
                        "encrypted": True,
                        "deleteOnTermination": True,
                    },
                }
            ],
            "kubelet": {"maxPods": PODS_PER_MACHINE},
            "tags": dict(args.tags),
        }
