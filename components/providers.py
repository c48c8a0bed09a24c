"""The only way a stack gets a provider: explicit, pinned to one account and one region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    import pulumi_aws
    import pulumi_gcp
    import pulumi_kubernetes

__all__ = ["aws_provider", "gcp_provider", "kubernetes_provider"]


def aws_provider(
    name: str,
    *,
    account: str,
    region: str,
    sts_region: str | None = None,
    opts: pulumi.ResourceOptions | None = None,
) -> pulumi_aws.Provider:
    """AWS in one region. Credentials of any other account are refused before anything is made.

    ``sts_region`` is asked whose credentials they are. The region itself, unless it says otherwise: were
    that one lost, nothing could be deployed to the others either.
    """
    from pulumi_aws import Provider  # noqa: PLC0415 - an SDK loads only for the cloud that is used

    return Provider(name, region=region, sts_region=sts_region, allowed_account_ids=[account], opts=opts)


def gcp_provider(
    name: str,
    *,
    project: str,
    region: str,
    opts: pulumi.ResourceOptions | None = None,
) -> pulumi_gcp.Provider:
    """Google Cloud in one project and region.

    Calls are counted and billed in the project itself, not in the one that the caller's credentials are
    of: a person's own credentials reach some services (budgets, IAP) in no other way.
    """
    from pulumi_gcp import Provider  # noqa: PLC0415 - as above

    return Provider(
        name,
        project=project,
        region=region,
        user_project_override=True,
        billing_project=project,
        add_pulumi_attribution_label=False,  # everything carries who made it already (tagging)
        opts=opts,
    )


def kubernetes_provider(
    name: str,
    *,
    cluster_name: pulumi.Input[str],
    kubeconfig: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None = None,
) -> pulumi_kubernetes.Provider:
    """Kubernetes through a kubeconfig that says how to get a token and holds none.

    ``cluster_identifier`` tells the cluster by its name, so that a changed way of logging in never
    looks like a changed cluster (which would replace every object in it).
    """
    from pulumi_kubernetes import Provider  # noqa: PLC0415 - as above

    return Provider(
        name,
        kubeconfig=kubeconfig,
        cluster_identifier=cluster_name,
        enable_server_side_apply=True,
        opts=opts,
    )
