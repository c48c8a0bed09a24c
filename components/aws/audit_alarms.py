"""Which calls in an account somebody must hear of within minutes, and what they mean.

The first fifteen are sections 4.1 to 4.15 of the *CIS AWS Foundations Benchmark* v3.0.0, with the
benchmark's own lists of calls, because auditors' tools look for those; where AWS has made a newer call
that does the same, it stands at the end of the list. The last three are ours: who switches off the
watchmen, thins out the backups or hands a copy of the data to a stranger.

A filter in the trail's log group counts the calls, an alarm rings when there are more than ``above`` in
five minutes. A deployment rings some of them too: then the name in the trail is the pipeline's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions
from pulumi_aws import cloudwatch

from components.aws.alarm import Metric, alarm
from components.base import Part
from components.naming import Naming

__all__ = ["WATCHED", "Watch", "watch_calls"]

FIVE_MINUTES: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One kind of call, and what the woken person should know about it."""

    name: str
    pattern: str
    """A filter over CloudTrail's events; CloudWatch takes 1024 characters."""
    meaning: str
    action: str
    above: int = 0
    """So many in five minutes are still nothing."""
    cis: str = ""
    """Section of the benchmark; empty for what it does not ask for."""

    @property
    def description(self) -> str:
        """What the alarm says: the meaning first, then what to do, then whose demand it is."""
        return f"{self.meaning} {self.action}{f' (CIS {self.cis})' if self.cis else ''}"


def watch_calls(
    part: Part,
    *,
    naming: Naming,
    log_group_name: pulumi.Input[str],
    topic_arn: pulumi.Input[str],
) -> None:
    """A filter and an alarm of the part for each line of `WATCHED`."""
    namespace = f"{naming.prefix}/audit"
    for watch in WATCHED:
        cloudwatch.LogMetricFilter(
            part.named(watch.name),
            name=naming.of("metric-filter", "audit", watch.name),
            log_group_name=log_group_name,
            pattern=watch.pattern,
            metric_transformation=cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=namespace, name=watch.name, value="1"
            ),
            opts=ResourceOptions(parent=part),
        )
        alarm(
            part,
            watch.name,
            Metric(
                namespace=namespace,
                name=watch.name,
                dimensions={},
                above=watch.above,
                statistic="Sum",
                seconds=FIVE_MINUTES,
                silence="notBreaching",  # a filter that finds nothing says nothing
            ),
            naming=naming,
            topic_arn=topic_arn,
            description=watch.description,
        )


def _calls(service: str, names: str) -> str:
    """Calls of one service, by their names in CloudTrail, with spaces between."""
    named = " || ".join(f'($.eventName = "{name}")' for name in names.split())
    return f'($.eventSource = "{service}.amazonaws.com") && ({named})'


def _any(*conditions: str) -> str:
    """A filter that takes what fulfils one of the conditions."""
    return "{ " + " || ".join(f"({one})" for one in conditions) + " }"


def _by_hand(*conditions: str) -> str:
    """The same, but for what a service of AWS does by itself, such as sweeping its own old backups."""
    either = " || ".join(f"({one})" for one in conditions)
    return f"{{ ($.userIdentity.invokedBy NOT EXISTS) && ({either}) }}"


LOOK: Final = "Look in the trail for who did it and from where; unless it was planned,"
PUT_BACK: Final = f"{LOOK} put it back: pulumi up --refresh."

WATCHED: Final = (
    Watch(
        name="unauthorized-calls",
        cis="4.1",
        pattern=(
            '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*"))'
            ' && ($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }'
        ),
        above=10,  # a mistyped command makes one or two, a search for open doors makes hundreds
        meaning="Somebody or something tries what it may not do.",
        action="Find the identity in the trail: a new version without its rights, or a stolen identity?",
    ),
    Watch(
        name="console-without-mfa",
        cis="4.2",
        pattern=(
            '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes")'
            ' && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }'
        ),
        meaning="Somebody came into the console with a password alone.",
        action="Take the user's password away and ask; nobody needs an IAM user here.",
    ),
    Watch(
        name="root-use",
        cis="4.3",
        pattern=(
            '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS)'
            ' && ($.eventType != "AwsServiceEvent") }'
        ),
        meaning="The root user was used; no policy binds it.",
        action="Unless its keeper did it just now: change its password and its MFA device, call AWS.",
    ),
    Watch(
        name="iam-changes",
        cis="4.4",
        pattern=_any(
            _calls(
                "iam",
                """
                DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy
                PutUserPolicy CreatePolicy DeletePolicy CreatePolicyVersion DeletePolicyVersion
                AttachRolePolicy DetachRolePolicy AttachUserPolicy DetachUserPolicy AttachGroupPolicy
                DetachGroupPolicy SetDefaultPolicyVersion UpdateAssumeRolePolicy
                """,
            )
        ),
        meaning="Who may do what has changed.",
        action=f"{LOOK} take the change back and the identity's session with it.",
    ),
    Watch(
        name="trail-changes",
        cis="4.5",
        pattern=_any(
            _calls(
                "cloudtrail",
                """
                CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging PutEventSelectors
                PutInsightSelectors
                """,
            )
        ),
        meaning="What the account records about itself has changed; what follows may go unseen.",
        action=f"{LOOK} start the trail again and treat the account as entered.",
    ),
    Watch(
        name="console-failures",
        cis="4.6",
        pattern='{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }',
        above=3,  # one mistyped password is no attack
        meaning="Somebody tries passwords in the console.",
        action="Ask the user; if it was not them, give the user no password at all.",
    ),
    Watch(
        name="key-removal",
        cis="4.7",
        pattern=_any(_calls("kms", "DisableKey ScheduleKeyDeletion")),
        meaning="An encryption key is off or will be deleted, and all data under it with it.",
        action=f"{LOOK} cancel the deletion and enable the key at once.",
    ),
    Watch(
        name="bucket-policy-changes",
        cis="4.8",
        pattern=_any(
            _calls(
                "s3",
                """
                PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication
                DeleteBucketPolicy DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication
                PutBucketPublicAccessBlock DeleteBucketPublicAccessBlock
                """,
            )
        ),
        meaning="Who may read a bucket, or how long it keeps things, has changed.",
        action=PUT_BACK,
    ),
    Watch(
        name="config-changes",
        cis="4.9",
        pattern=_any(
            _calls(
                "config",
                """
                StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel
                PutConfigurationRecorder DeleteConfigurationRecorder
                """,
            )
        ),
        meaning="AWS Config records something else than before, or nothing.",
        action=PUT_BACK,
    ),
    Watch(
        name="security-group-changes",
        cis="4.10",
        pattern=_any(
            _calls(
                "ec2",
                """
                AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress
                RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup
                ModifySecurityGroupRules
                """,
            )
        ),
        meaning="Who can reach whom in the network has changed.",
        action=f"{LOOK} take the rule away; pulumi up --refresh brings back what was ours.",
    ),
    Watch(
        name="network-acl-changes",
        cis="4.11",
        pattern=_any(
            _calls(
                "ec2",
                """
                CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry
                ReplaceNetworkAclEntry ReplaceNetworkAclAssociation
                """,
            )
        ),
        meaning="What a whole subnet lets through has changed.",
        action=PUT_BACK,
    ),
    Watch(
        name="gateway-changes",
        cis="4.12",
        pattern=_any(
            _calls(
                "ec2",
                """
                CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway
                DeleteInternetGateway DetachInternetGateway
                """,
            )
        ),
        meaning="A way out of the network, or into it, has come or gone.",
        action=f"{LOOK} detach what is new.",
    ),
    Watch(
        name="route-changes",
        cis="4.13",
        pattern=_any(
            _calls(
                "ec2",
                """
                CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable
                DeleteRoute DisassociateRouteTable
                """,
            )
        ),
        meaning="Traffic goes another way than before.",
        action=f"{PUT_BACK} Where the traffic went meanwhile is in the flow logs.",
    ),
    Watch(
        name="network-changes",
        cis="4.14",
        pattern=_any(
            _calls(
                "ec2",
                """
                CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection
                CreateVpcPeeringConnection DeleteVpcPeeringConnection RejectVpcPeeringConnection
                AttachClassicLinkVpc DetachClassicLinkVpc DisableVpcClassicLink EnableVpcClassicLink
                """,
            )
        ),
        meaning="A network was made, deleted, or joined with another.",
        action=f"{LOOK} take the peering away.",
    ),
    Watch(
        name="organization-changes",
        cis="4.15",
        pattern=_any(
            _calls(
                "organizations",
                """
                AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy
                DeclineHandshake DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy
                DisablePolicyType EnablePolicyType InviteAccountToOrganization LeaveOrganization
                MoveAccount RemoveAccountFromOrganization UpdatePolicy UpdateOrganizationalUnit
                """,
            )
        ),
        meaning="Whom the account belongs to, or what the organisation forbids it, has changed.",
        action="Call the organisation's owner: the guard rails above this account have moved.",
    ),
    Watch(
        name="detection-changes",
        pattern=_any(
            _calls("guardduty", "DeleteDetector UpdateDetector CreateFilter UpdateFilter"),
            _calls("securityhub", "DisableSecurityHub BatchDisableStandards"),
            _calls("inspector2", "Disable"),
            _calls("access-analyzer", "DeleteAnalyzer"),
        ),
        meaning="A watchman was switched off, or told to look away.",
        action=f"{PUT_BACK} Treat the account as entered.",
    ),
    Watch(
        name="backup-deletions",
        pattern=_by_hand(
            _calls(
                "backup",
                """
                DeleteBackupPlan DeleteBackupVault DeleteBackupVaultLockConfiguration DeleteRecoveryPoint
                """,
            ),
            _calls("rds", "DeleteDBClusterSnapshot DeleteDBClusterAutomatedBackup"),
        ),
        meaning="Backups were deleted, as before a demand for ransom.",
        action=f"{LOOK} close the identity's session first, then count what is left.",
    ),
    Watch(
        name="copies-given-away",
        pattern=_by_hand(
            _calls("rds", "ModifyDBClusterSnapshotAttribute ModifyDBSnapshotAttribute"),
            _calls("ec2", "ModifySnapshotAttribute ModifyImageAttribute"),
        ),
        meaning="A copy of a disk or of the database was shared, perhaps with another account.",
        action=f"{LOOK} end the sharing at once, and find out whether it was copied.",
    ),
)
"""In the order of the benchmark, then ours."""
