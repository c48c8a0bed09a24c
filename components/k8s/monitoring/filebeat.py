"""Filebeat, made by ECK: one on every machine, that reads what containers write and sends it on.

It knows pod, container and namespace from the names of the files, so it holds no token of the cluster and
asks the API server nothing. It reads them as root, because they are root's, but without a single capability:
it can read what root owns in the one folder that it is shown, and nothing else. Its second folder remembers
how far it has read, so that a new Filebeat neither repeats nor misses a line. Both are folders of the machine
(``hostPath``): that is why the namespace ``logging`` is ``privileged``.

A file counts from its 64th byte on. Filebeat's own default, 1024, would never send the few lines that a
container wrote before it died.

Index template and lifecycle policy are put up by Filebeat itself whenever it connects. Elasticsearch takes
one that it has already as no change.

Settings and reasons: Elastic, *filestream input*, *Configure Elasticsearch index template loading*,
*Configure index lifecycle management*; *Elastic Cloud on Kubernetes* 3.5, *Run Beats on ECK*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi import ResourceOptions
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.networking import v1 as networking

from components.base import Part
from components.k8s.labels import Labels
from components.k8s.monitoring.elasticsearch import HTTP_PORT, STACK_VERSION
from components.k8s.monitoring.elk_lifecycle import Stream, policy, template
from components.k8s.monitoring.elk_redaction import redaction
from components.k8s.objects import custom

__all__ = ["Filebeat", "FilebeatArgs", "Files"]

LOGS: Final = "/var/log/pods"
SETUP: Final = "/etc/filebeat-setup"
FIRST_BYTES: Final = 64
"""The fewest that Filebeat tells files apart by. The time in front of the first line is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Which files are read, and which of their lines are sent. Namespaces are folders."""

    id: str
    """Filebeat remembers under it how far it has read: a new name reads everything again."""
    namespaces: str
    """Pattern of a folder's name, such as ``trading``."""
    but: Sequence[str] = ()
    """Expressions of paths that are left out."""
    only: str | None = None
    """Expression that a line must match."""
    never: str | None = None
    """Expression that a line must not match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilebeatArgs:
    """What is read, and what becomes of it."""

    application: str
    """``filebeat``, or another name where there are several."""
    namespace: pulumi.Input[str]
    labels: Labels
    elasticsearch: pulumi.Input[str]
    """Name of the Elasticsearch object."""
    files: Sequence[Files]
    stream: Stream
    priority: str
    """Name of its PriorityClass: it must find a place on a machine that is full."""
    cpu: str
    memory: str
    after: Sequence[pulumi.Resource] = ()


class Filebeat(Part):
    """The pods, what they put up in Elasticsearch, and their network policy."""

    def __init__(self, name: str, args: FilebeatArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._args = args
        self._labels = args.labels.of(args.application, "logging")
        setup = ConfigMap(
            self.named("setup"),
            # No name of its own: what changes comes under a new one, and the pods roll over to it.
            metadata=ObjectMetaArgs(namespace=args.namespace, labels=self._labels),
            data={"policy.json": policy(args.stream), "template.json": template(args.stream)},
            opts=ResourceOptions(parent=self),
        )
        custom(
            self.named("beat"),
            "beat.k8s.elastic.co/v1beta1/Beat",
            ObjectMetaArgs(name=args.application, namespace=args.namespace, labels=self._labels),
            {
                "type": "filebeat",
                "version": STACK_VERSION,
                "elasticsearchRef": {"name": args.elasticsearch},
                "config": config(args.files, args.stream),
                "daemonSet": {
                    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
                    "podTemplate": {
                        "metadata": {"labels": self._labels},
                        "spec": self._pod(setup.metadata.apply(lambda metadata: metadata.name or "")),
                    },
                },
            },
            ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self._network_policy()
        self.finish()

    def _pod(self, setup: pulumi.Input[str]) -> dict[str, Any]:
        args = self._args
        return {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "priorityClassName": args.priority,
            "terminationGracePeriodSeconds": 30,
            "tolerations": [
                {"operator": "Exists"}
            ],  # every machine's logs, whatever it keeps others off with
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "filebeat",
                    "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
                    "securityContext": {
                        "runAsUser": 0,
                        "allowPrivilegeEscalation": False,
                        "readOnlyRootFilesystem": True,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "resources": {
                        "requests": {"cpu": args.cpu, "memory": args.memory},
                        "limits": {"memory": args.memory},
                    },
                    "volumeMounts": [
                        {"name": "logs", "mountPath": LOGS, "readOnly": True},
                        {"name": "setup", "mountPath": SETUP, "readOnly": True},
                    ],
                }
            ],
            "volumes": [
                {"name": "logs", "hostPath": {"path": LOGS, "type": "Directory"}},
                {"name": "setup", "configMap": {"name": setup}},
            ],
        }

    def _network_policy(self) -> None:
        args = self._args
        networking.NetworkPolicy(
            self.named("network-policy"),
            metadata=ObjectMetaArgs(name=args.application, namespace=args.namespace, labels=self._labels),
            spec=networking.NetworkPolicySpecArgs(
                pod_selector=LabelSelectorArgs(match_labels=args.labels.selector(args.application)),
                policy_types=["Ingress", "Egress"],
                egress=[
                    networking.NetworkPolicyEgressRuleArgs(
                        to=[
                            networking.NetworkPolicyPeerArgs(
                                pod_selector=LabelSelectorArgs(
                                    match_labels=args.labels.selector("elasticsearch")
                                )
                            )
                        ],
                        ports=[networking.NetworkPolicyPortArgs(protocol="TCP", port=HTTP_PORT)],
                    )
                ],
            ),
            opts=ResourceOptions(parent=self),
        )


def config(files: Sequence[Files], stream: Stream) -> dict[str, Any]:
    """Filebeat's configuration. Where Elasticsearch is and who asks it, ECK adds."""
    return {
        "filebeat.inputs": [_input(one) for one in files],
        "processors": [
            redaction(),
            {
                "dissect": {
                    "field": "log.file.path",
                    "tokenizer": f"{LOGS}/%{{kubernetes.namespace}}_%{{kubernetes.pod.name}}"
                    "_%{kubernetes.pod.uid}/%{kubernetes.container.name}/%{?file}",
                    "target_prefix": "",
                    "ignore_failure": True,
                }
            },
            {"add_fields": {"target": "kubernetes", "fields": {"node": {"name": "${NODE_NAME}"}}}},
            {
                # Under a name of its own: a line must not be able to say which pod it comes from.
                "decode_json_fields": {
                    "when": {"regexp": {"message": r"^\{"}},
                    "fields": ["message"],
                    "target": "json",
                    "add_error_key": True,
                }
            },
            {
                "drop_fields": {
                    "fields": ["agent", "ecs", "host", "input", "log"],  # the same for every line
                    "ignore_missing": True,
                }
            },
        ],
        "output.elasticsearch.index": stream.name,
        "setup.ilm": {
            "enabled": True,
            "overwrite": True,  # or a changed retention would never arrive
            "policy_name": stream.name,
            "policy_file": f"{SETUP}/policy.json",
        },
        "setup.template": {
            "enabled": True,
            "overwrite": True,
            # Both names are asked for by Filebeat as soon as the index is not its own default.
            "name": stream.name,
            "pattern": stream.name,
            "json": {
                "enabled": True,
                "name": stream.name,  # also the data stream's, which Filebeat makes
                "path": f"{SETUP}/template.json",
                "data_stream": True,
            },
        },
        "logging.metrics.enabled": False,
    }


def _input(files: Files) -> dict[str, Any]:
    made: dict[str, Any] = {
        "type": "filestream",
        "id": files.id,
        # Also what the kubelet has put aside when the file was full; it keeps the newest uncompressed.
        "paths": [f"{LOGS}/{files.namespaces}_*/*/*.log*"],
        "prospector.scanner": {
            "exclude_files": [r"\.gz$", r"\.tmp$", *files.but],
            "fingerprint": {"enabled": True, "length": FIRST_BYTES},
        },
        "parsers": [{"container": {}}],
    }
    if files.only is not None:
        made["include_lines"] = [files.only]
    if files.never is not None:
        made["exclude_lines"] = [files.never]
    return made
