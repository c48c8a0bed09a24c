"""Who may take a role: the trust documents of all rooms, so that none is written loosely by hand.

Source of the condition keys: Amazon EKS user guide, *IAM role with trust policy required by EKS Pod
Identity* (the request tags) and *Cross-service confused deputy prevention*.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.aws.document import document

__all__ = ["machine_trust", "pod_trust", "service_trust"]


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


def _trust(service: str, actions: Sequence[str], condition: dict[str, dict[str, str]] | None = None) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": actions}
    return document(statement | ({"Condition": condition} if condition else {}))
