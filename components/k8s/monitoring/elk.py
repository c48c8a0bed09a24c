"""Logs inside the cluster: Elasticsearch, Kibana and two Filebeats, all made by ECK.

What goes where:

* What containers write, the gateway's log of requests among it, goes to ``filebeat-logs``: fast machines,
  then cheap ones, then deleted after weeks.
* Who did what on the platform (a service's line of JSON with ``"stream": "audit"``) goes to
  ``filebeat-audit`` and to nowhere else, and is kept as long as the auditors look back. It has a Filebeat of
  its own, so that a flood of logs does not hold it up.
* Who did what to the cluster (the API server's audit log) is not here. EKS and GKE hand it to the cloud's own
  log store, and from there it goes to the locked bucket: an intruder in the cluster can reach neither. So it
  is with Kubernetes' events: each is a write to the API server, and in that log.
* Who called the entry is in the edge's own log, in a bucket.

Nothing here speaks Prometheus' language, so nothing lets it in: that disks fill up and pods fail is seen from
outside, by the kubelet's and the cluster's own measurements. The namespace must deny what is not opened and
let names be looked up (`components.k8s.namespaces`); what passes beyond that is said in each part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi import ResourceOptions

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.monitoring.elasticsearch import Elasticsearch, ElasticsearchArgs, copies
from components.k8s.monitoring.elk_lifecycle import Stream
from components.k8s.monitoring.filebeat import Filebeat, FilebeatArgs, Files
from components.k8s.monitoring.kibana import Kibana, KibanaArgs
from components.k8s.places import LOGGING, TRADING

__all__ = ["Elk", "ElkArgs"]

AUDIT: Final = r'"stream"\s*:\s*"audit"'
"""A service's line that says who did what."""
LOGS_ROLLOVER_DAYS: Final = 1
AUDIT_ROLLOVER_DAYS: Final = 7
"""It is little: an index a day would be hundreds of small ones a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElkArgs:
    """How much is kept for how long, and what it runs on."""

    namespace: pulumi.Input[str]
    labels: Labels
    nodes: int
    """Elasticsearch servers."""
    disk_gib: int
    """Of each."""
    cpu: str
    """Kubernetes quantity that each server asks for."""
    memory: str
    storage_class: pulumi.Input[str]
    kibana_replicas: int
    hot_days: int
    """Days on fast machines."""
    keep_days: int
    """Days until logs are deleted."""
    audit_days: int
    """The same for who did what."""
    priority: str
    """Name of Filebeat's PriorityClass."""
    after: Sequence[pulumi.Resource] = ()
    """What brings ECK's kinds of object."""


class Elk(Part):
    """All of it."""

    kibana_service: pulumi.Output[str]

    def __init__(self, name: str, args: ElkArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        elasticsearch = Elasticsearch(
            self.named("elasticsearch"),
            ElasticsearchArgs(
                namespace=args.namespace,
                labels=args.labels,
                nodes=args.nodes,
                disk_gib=args.disk_gib,
                storage_class=args.storage_class,
                cpu=args.cpu,
                memory=args.memory,
                after=args.after,
            ),
            ResourceOptions(parent=self),
        )
        kibana = Kibana(
            self.named("kibana"),
            KibanaArgs(
                namespace=args.namespace,
                labels=args.labels,
                replicas=args.kibana_replicas,
                elasticsearch=elasticsearch.cluster_name,
                cpu="200m",
                memory="2Gi",
                after=args.after,
            ),
            ResourceOptions(parent=self),
        )
        self.kibana_service = kibana.service_name
        logs = self._stream("filebeat-logs", LOGS_ROLLOVER_DAYS, args.keep_days)
        audit = self._stream("filebeat-audit", AUDIT_ROLLOVER_DAYS, args.audit_days)
        self._filebeat("filebeat", elasticsearch, logs, _LOGS)
        self._filebeat("filebeat-audit", elasticsearch, audit, _AUDIT)
        self.finish()

    def _stream(self, name: str, rollover_days: int, keep_days: int) -> Stream:
        args = self._args
        return Stream(
            name=name,
            rollover_days=rollover_days,
            hot_days=args.hot_days,
            keep_days=keep_days,
            copies=copies(args.nodes),
            disk_gib=args.disk_gib,
        )

    def _filebeat(
        self, application: str, elasticsearch: Elasticsearch, stream: Stream, files: Sequence[Files]
    ) -> None:
        args = self._args
        Filebeat(
            self.named(application),
            FilebeatArgs(
                application=application,
                namespace=args.namespace,
                labels=args.labels,
                elasticsearch=elasticsearch.cluster_name,
                files=files,
                stream=stream,
                priority=args.priority,
                cpu="50m",
                memory="256Mi",
                after=args.after,
            ),
            ResourceOptions(parent=self),
        )


_LOGS: Final = (
    Files(id="trading", namespaces=TRADING, never=AUDIT),
    Files(
        id="platform",
        namespaces="*",
        # its own: a Filebeat that cannot send would write, for ever, that it cannot send what it wrote
        but=(f"^/var/log/pods/{TRADING}_", f"^/var/log/pods/{LOGGING}_filebeat"),
    ),
)
_AUDIT: Final = (Files(id="audit", namespaces=TRADING, only=AUDIT),)
