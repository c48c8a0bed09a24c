"""How long logs are kept: long enough to find out what happened, and not for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["LOG_GROUP"]

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
BUCKETS: Final = (
    "gcp:logging/projectBucketConfig:ProjectBucketConfig",
    "gcp:logging/folderBucketConfig:FolderBucketConfig",
    "gcp:logging/organizationBucketConfig:OrganizationBucketConfig",
    "gcp:logging/billingAccountBucketConfig:BillingAccountBucketConfig",
)
REQUIRED: Final = "_Required"
CLOUDWATCH: Final = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""The days that CloudWatch takes, and no others."""


@policy(
    id="ops-log-retention",
    title="Log retention is set and within bounds",
    violation="the retention is not set (CloudWatch then keeps for ever, Azure and Google for 30 days), "
    "or is shorter or longer than the environment allows",
    severity="medium",
    category="cost",
    reads={
        LOG_GROUP: ("retentionInDays", "logGroupClass"),
        "azure-native:operationalinsights:Workspace": ("retentionInDays",),
        **dict.fromkeys(BUCKETS, ("retentionDays", "bucketId")),
    },
    defaults={"min": {"prod": 365}, "max": {"dev": 14, "staging": 30, "prod": 400}},
    fix=Fix("auto", "Say how many days the logs are kept.", "retention_in_days=365"),
    enforcement="RRM",
    soc2=("CC7.2", "A1.1"),
    cis=(),
)
def log_retention(subject: Subject) -> Iterator[Judgement]:
    """Logs that nobody limits are paid for until the end of time; those cut short cannot tell what happened.

    A retention of 0 days is CloudWatch's way to say for ever, -1 is Azure's.
    """
    if subject.at("logGroupClass").text == "DELIVERY":
        yield not_applicable("CloudWatch keeps a group of this class for two days, whatever is said")
        return
    if subject.at("bucketId").text == REQUIRED:
        yield not_applicable("Google keeps this bucket for 400 days, whatever is said")
        return
    days = subject.at("retentionDays" if subject.type in BUCKETS else "retentionInDays")
    least = subject.config.table("min").get(subject.environment, 1)
    most = subject.config.table("max").get(subject.environment)
    mend = [days.becomes(nearest) for nearest in _nearest(subject, days, least, most)]
    unset = ~days.exists | _for_ever(days)
    yield fail_if(unset, days, "nobody says how long the logs are kept", mend=mend)
    short = _compared(days, lambda given: given < least) & ~_for_ever(days)
    yield fail_if(short, days, f"logs are kept for {days.shown} days, expected at least {least}", mend=mend)
    if most is not None:
        long = _compared(days, lambda given: given > most)
        yield fail_if(long, days, f"logs are kept for {days.shown} days, expected at most {most}", mend=mend)


def _for_ever(days: Node) -> Truth:
    return _compared(days, lambda given: given <= 0)


def _compared(days: Node, condition: Callable[[float], bool]) -> Truth:
    if days.is_known and days.number is None:
        return Truth.UNKNOWN
    return days.test(lambda _: days.number is not None and condition(days.number))


def _nearest(subject: Subject, days: Node, least: int, most: int | None) -> list[int]:
    """The bound that is nearest to what was asked for, as the cloud takes it; the longer one for no limit.

    None where CloudWatch takes no number of days within the bounds.
    """
    asked = days.number
    low = asked is not None and 0 < asked < least
    wanted = least if low or most is None or (asked is None and least > 1) else most
    if subject.type != LOG_GROUP:
        return [wanted]
    fitting = [step for step in CLOUDWATCH if step >= least and (most is None or step <= most)]
    return sorted(fitting, key=lambda step: abs(step - wanted))[:1]
