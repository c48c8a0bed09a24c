"""How planning time grows: one, four and sixteen copies of dev's rooms in one plan."""

from __future__ import annotations

import statistics
from pathlib import Path

from pulumi import ResourceOptions

from bench.timing import once
from config.loader import load_file
from plan.record import PROGRAM, record_program
from plan.resource import Plan

__all__ = ["measure"]

COPIES = (1, 4, 16)
RUNS = 3


def _plan(copies: int) -> Plan:
    from components.k8s.places import TRADING  # noqa: PLC0415
    from components.tagging import Tags, tag_everything  # noqa: PLC0415 - the SDK loads in the warm-up
    from stacks.aws import AwsCloud, AwsCloudArgs  # noqa: PLC0415
    from stacks.cloud import WorkloadNames  # noqa: PLC0415
    from stacks.workloads import Workloads, WorkloadsArgs  # noqa: PLC0415

    settings = load_file(Path(PROGRAM).parent / "Pulumi.dev.yaml").settings
    assert settings.cloud.provider == "aws"  # noqa: S101 - narrows the union
    cloud = settings.cloud

    def program() -> None:
        tags = Tags("dev", "owner", "cost-center")
        tag_everything(tags)
        for copy in range(copies):
            names = WorkloadNames(
                TRADING, {name: service.secrets for name, service in settings.services.items()}
            )
            built = AwsCloud(
                f"aws-{copy}", AwsCloudArgs(settings=settings, cloud=cloud, tags=tags, workloads=names)
            )
            args = WorkloadsArgs(settings=settings, tags=tags, region=built.active)
            Workloads(f"kubernetes-{copy}", args, ResourceOptions(provider=built.active.kubernetes))

    return record_program(program, stack="dev")


def measure() -> list[tuple[str, float, str, float, str]]:
    """Time a resource at 16 copies over time a resource at 1: linear is 1.0."""
    _plan(1)
    rows = [
        (len(_plan(copies)), statistics.median(once(lambda n=copies: _plan(n)) for _ in range(RUNS)))
        for copies in COPIES
    ]
    each = [seconds / resources for resources, seconds in rows]
    note = ", ".join(f"{resources} in {seconds:.2f} s" for resources, seconds in rows)
    return [("time a resource, 16 copies / 1", each[-1] / each[0], "x", 1.1, note)]
