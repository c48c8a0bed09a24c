"""Who may take a role: the trust documents of all rooms, so that none is written loosely by hand.

Source of the condition keys: Amazon EKS user guide, *IAM role with trust policy required by EKS Pod
Identity* (the request tags); IAM user guide, *Cross-service confused deputy prevention*, *Available keys
for AWS OIDC federation*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pulumi

from components.aws.document import document, document_of

__all__ = ["machine_trust", "pod_trust", "reticent_trust", "service_trust", "web_identity_trust"]

_SUBJECT: Final = re.compile(r"[a-z_]+:[^:*?]+/[^:*?]+:[^*?]+\*?")


def machine_trust() -> str:
    """EC2 machines. EC2 gives no source to check: a role reaches a machine only by ``iam:PassRole``."""
    return _trust("ec2.amazonaws.com", ["sts:AssumeRole"])


def service_trust(service: str, *, account: str, source_arn: str) -> str:
    """A service of the cloud, and only on behalf of that one resource of ours."""
    return _trust(
        service,
        ["sts:AssumeRole"],
        {"StringEquals": {"aws:SourceAccount": account}, "ArnEquals": {"aws:SourceArn": source_arn}},
    )


def reticent_trust(
    service: str, *, account: str, source_arn: pulumi.Input[str] | None = None
) -> pulumi.Output[str]:
    """A service that AWS does not say to name its source: where it names one, it must be ours.

    A condition on what the service leaves out would refuse it, and only its failed jobs would tell.
    Strangers stay out all the same: a role reaches such a service only by ``iam:PassRole``, which ends
    at the account.
    """
    condition: dict[str, object] = {"StringEqualsIfExists": {"aws:SourceAccount": account}}
    if source_arn is not None:
        condition["ArnEqualsIfExists"] = {"aws:SourceArn": source_arn}
    return document_of(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": ["sts:AssumeRole"],
            "Condition": condition,
        }
    )


def pod_trust(
    *, account: str, cluster_name: pulumi.Input[str], namespace: str, service_account: str
) -> pulumi.Output[str]:
    """Pods of one service account in one namespace of one cluster, through EKS Pod Identity."""
    return pulumi.Output.from_input(cluster_name).apply(
        lambda cluster: _trust(
            "pods.eks.amazonaws.com",
            ["sts:AssumeRole", "sts:TagSession"],
            {
                "StringEquals": {
                    "aws:SourceAccount": account,
                    "aws:RequestTag/eks-cluster-name": cluster,
                    "aws:RequestTag/kubernetes-namespace": namespace,
                    "aws:RequestTag/kubernetes-service-account": service_account,
                }
            },
        )
    )


def web_identity_trust(
    *, provider_arn: pulumi.Input[str], issuer: str, audience: str, subjects: Sequence[str]
) -> pulumi.Output[str]:
    """Who shows a token of that issuer, meant for that audience, about one of these subjects.

    ``issuer`` is a host, for example ``gitlab.com``. A subject may end in ``*``, after the whole
    repository and the kind of job: ``repo:acme/platform:ref:refs/heads/*``. What stands before the star is
    all that keeps strangers out, as everybody may have an account with the issuer.

    Raises ``ValueError`` for no subject, or one that a stranger could have.
    """
    open_to_strangers = [one for one in subjects if not _SUBJECT.fullmatch(one)]
    if open_to_strangers or not subjects:
        msg = (
            f"the role would trust {open_to_strangers or 'every subject'} of {issuer}, expected subjects "
            "with a whole repository, for example repo:acme/platform:environment:prod: everybody who has "
            "an account there could take the role"
        )
        raise ValueError(msg)
    meant, about = {f"{issuer}:aud": audience}, {f"{issuer}:sub": list(subjects)}
    wide = any(one.endswith("*") for one in subjects)
    return document_of(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider_arn},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": meant, "StringLike": about}
            if wide
            else {"StringEquals": meant | about},
        }
    )


def _trust(service: str, actions: Sequence[str], condition: dict[str, dict[str, str]] | None = None) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
    return document(statement | ({"Condition": condition} if condition else {}))
