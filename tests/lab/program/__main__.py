"""The smallest program with everything that is hard to get right: a component, two explicit
providers of which one hangs on an output of the other, a secret, a password that is made anew in every
run and that only its cloud knows, a second region, a data function, resource options.
"""

from __future__ import annotations

import json
import secrets

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as k8s

config = pulumi.Config()
replicas = config.require_int("replicas")
zones = config.get_int("zones") or 1


def kubeconfig(endpoint: str) -> str:
    """What the cluster's provider is configured with."""
    cluster = {"name": "small", "cluster": {"server": endpoint}}
    context = {"name": "small", "context": {"cluster": "small", "user": "small"}}
    return json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "contexts": [context]})


class Cell(pulumi.ComponentResource):
    """A network, a cluster in it, and a data store that only the cluster's service may reach."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("trading-platform:test:Cell", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True, opts=inside)
        subnets = [
            aws.ec2.Subnet(
                f"subnet-{zone}",
                vpc_id=vpc.id,
                cidr_block=f"10.0.{zone}.0/24",
                opts=pulumi.ResourceOptions(parent=vpc, ignore_changes=["tags"]),
            )
            for zone in range(zones)
        ]
        role = aws.iam.Role(
            "cluster-role",
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": []}),
            opts=inside,
        )
        cluster = aws.eks.Cluster(
            "cluster",
            name="small",
            role_arn=role.arn,
            vpc_config={"subnet_ids": [subnet.id for subnet in subnets]},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[vpc], replace_on_changes=["roleArn"]),
        )
        password = pulumi.Output.secret("correct horse battery staple")
        aws.rds.Cluster(
            "store",
            cluster_identifier="small-store",
            engine="aurora-postgresql",
            master_username="trader",
            master_password=password,
            skip_final_snapshot=True,
            opts=pulumi.ResourceOptions(parent=self, protect=False, delete_before_replace=True),
        )
        self.endpoint = cluster.endpoint
        self.register_outputs({"endpoint": self.endpoint})


provider = aws.Provider("aws", region="us-east-1")
cell = Cell("cell", pulumi.ResourceOptions(providers=[provider]))
cluster = k8s.Provider("kubernetes", kubeconfig=cell.endpoint.apply(kubeconfig))
namespace = k8s.core.v1.Namespace(
    "apps",
    metadata={"name": "apps", "annotations": {"replicas": str(replicas)}},
    opts=pulumi.ResourceOptions(provider=cluster),
)
k8s.core.v1.ConfigMap(
    "settings",
    metadata={"namespace": namespace.metadata.name},  # no name of its own: the provider makes one up
    data={"replicas": str(replicas)},
    opts=pulumi.ResourceOptions(provider=cluster),
)
elsewhere = aws.Provider("elsewhere", region="us-west-2", sts_region=config.get("stsRegion"))
there = pulumi.ResourceOptions(provider=elsewhere)
aws.secretsmanager.SecretVersion(
    "password",
    secret_id=aws.secretsmanager.Secret("passwords", name="small", opts=there).id,
    secret_string_wo=secrets.token_urlsafe(24),
    secret_string_wo_version=1,
    opts=there,
)
pulumi.export("endpoint", cell.endpoint)
pulumi.export("replicas", replicas)
