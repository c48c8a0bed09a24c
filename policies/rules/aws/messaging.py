"""Queues, topics and streams on AWS: what waits in them, and what comes and goes, cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["QUEUE"]

QUEUE: Final = "aws:sqs/queue:Queue"
TOPIC: Final = "aws:sns/topic:Topic"
STREAM: Final = "aws:kinesis/stream:Stream"
FIREHOSE: Final = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
KAFKA: Final = "aws:msk/cluster:Cluster"
SOURCES: Final = ("kinesisSourceConfiguration.kinesisStreamArn", "mskSourceConfiguration.mskClusterArn")


@policy(
    id="aws-messaging-encrypted",
    title="Queues, topics, streams are encrypted",
    violation="SQS neither sqsManagedSseEnabled nor kmsMasterKeyId; SNS no kmsMasterKeyId; Kinesis "
    "encryptionType not KMS; Firehose serverSideEncryption.enabled not true (unless a stream feeds it); MSK "
    "clientBroker not TLS, inCluster false, or no encryptionInfo",
    severity="medium",
    category="security",
    reads={
        QUEUE: ("sqsManagedSseEnabled", "kmsMasterKeyId"),
        TOPIC: ("kmsMasterKeyId",),
        STREAM: ("encryptionType",),
        FIREHOSE: (
            "serverSideEncryption.enabled",
            *SOURCES,
        ),
        KAFKA: (
            "encryptionInfo.encryptionInTransit.clientBroker",
            "encryptionInfo.encryptionInTransit.inCluster",
        ),
    },
    parts=("at-rest", "in-transit"),
    fix=Fix(
        "suggest",
        "Encrypt the queue, topic or stream; with a key of ours where alarms or other accounts use it.",
        "sqs_managed_sse_enabled=True",
    ),
    enforcement="RMM",
    soc2=("CC6.1", "CC6.7", "PI1.5"),
    cis=(),
)
def messaging_encrypted(subject: Subject) -> Iterator[Judgement]:
    """Orders and alerts wait in queues for days; in clear, a disk or a wire gives them away.

    Topics and streams are not encrypted by default. AWS encrypts new queues since 2022, but not
    those that are older, and the brokers' default has changed too: so the program says it.
    """
    if subject.type == KAFKA:
        info = subject.at("encryptionInfo")
        wire = info.key("encryptionInTransit")
        broker, inside = wire.key("clientBroker"), wire.key("inCluster")
        unsaid = info.test(lambda _: False, absent=Truth.YES)
        clear = broker.test(lambda value: value != "TLS") | unsaid
        message = f"clients may talk to the brokers in clear ({broker.shown})"
        yield fail_if(clear, broker, message, part="in-transit")
        yield fail_if(inside.is_false, inside, "brokers talk to each other in clear", part="in-transit")
        yield not_applicable("a Kafka cluster's disks are always encrypted", part="at-rest")
        return
    yield not_applicable("its clients can only come over TLS", part="in-transit")
    yield from _at_rest(subject)


def _at_rest(subject: Subject) -> Iterator[Judgement]:
    key = subject.at("kmsMasterKeyId")
    if subject.type == QUEUE:
        flag = subject.at("sqsManagedSseEnabled")
        yield fail_if(~flag.is_true & key.is_empty, flag, "the queue is not encrypted", part="at-rest")
    elif subject.type == TOPIC:
        yield fail_if(key.is_empty, key, "the topic is not encrypted", part="at-rest")
    elif subject.type == STREAM:
        kind = subject.at("encryptionType")
        yield fail_if(~kind.equals("KMS"), kind, "the stream is not encrypted", part="at-rest")
    else:
        fed = some(subject.at(source).exists for source in SOURCES)
        if fed == Truth.YES:
            yield not_applicable("it is encrypted as the stream that feeds it is", part="at-rest")
            return
        flag = subject.at("serverSideEncryption.enabled")
        yield fail_if(~flag.is_true & ~fed, flag, "the delivery stream is not encrypted", part="at-rest")
