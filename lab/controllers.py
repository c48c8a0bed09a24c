"""The controllers that act on the platform's objects: KEDA and Argo Rollouts, as plain processes.

::

    with Cluster(room) as cluster, Prometheus(room / "prometheus", …) as prometheus:
        with Keda(cluster, as_proxy(prometheus)), Rollouts(cluster, as_proxy(prometheus)):
            ...

They are the real ones and do what they do in a cloud's cluster; what surrounds them there is made by
hand: their definitions, their namespace, certificates of the cluster's own authority, and a way by
which the API server finds KEDA's metrics. They may do everything; what they may do in a cloud is asked
of RBAC there, not proved by their running here.

No admission webhook runs: what KEDA's would refuse (two scalers for one target) is not refused.
"""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

import yaml

from lab import crds
from lab.cluster import Cluster
from lab.daemon import Daemon, answers, stop_all
from lab.kubernetes import Json, eventually
from lab.ports import free_port
from lab.toolchain import GATEWAY_PLUGIN, KEDA, ROLLOUTS, build

__all__ = ["EXTERNAL_METRICS", "GATEWAY_PLUGIN_NAME", "Controller", "Keda", "Rollouts"]

HOST: Final = "127.0.0.1"
READY_WITHIN: Final = 90.0
KEDA_NAMESPACE: Final = "keda"
KEDA_METRICS_SERVICE: Final = "keda-operator-metrics-apiserver"
"""As KEDA's Helm chart calls it."""
EXTERNAL_METRICS: Final = "v1beta1.external.metrics.k8s.io"
ROLLOUTS_NAMESPACE: Final = "argo-rollouts"
ROLLOUTS_CONFIG: Final = "argo-rollouts-config"
GATEWAY_PLUGIN_NAME: Final = "argoproj-labs/gatewayAPI"
"""What a Rollout calls the plugin under ``trafficRouting.plugins``."""

Tell = Callable[[str], None]


class Controller:
    """One controller of a cluster, from `start` to `stop`. A context manager."""

    groups: frozenset[str]
    """API groups that must be defined before it starts."""
    namespace: str

    def __init__(self, cluster: Cluster, environment: Mapping[str, str] | None = None) -> None:
        """Nothing is started here. ``environment``: such as `lab.prometheus.as_proxy`."""
        self.cluster = cluster
        self.daemons: list[Daemon] = []
        self._environment = dict(environment or {})

    def start(self, tell: Tell = lambda _: None) -> Self:
        """Build it where it is missing, bring what it needs into the cluster, and wait until it works.

        Raises `lab.Unavailable` or `DaemonError`; then nothing of it is left running.
        """
        try:
            self._start(tell)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End its processes. What it made in the cluster stays; nobody acts on it any more."""
        stop_all(self.daemons[::-1])
        self.daemons.clear()

    def _start(self, tell: Tell) -> None:
        """What the controller is made of."""
        crds.install(self.cluster.client, self.groups)
        self.cluster.client.apply(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace}}
        )
        tell(f"the cluster knows the kinds of {', '.join(sorted(self.groups))}")

    def _launch(
        self, name: str, binary: Path, flags: Mapping[str, str | Path], ready: str, **variables: str
    ) -> Daemon:
        command = [binary, *(f"--{flag}={value}" for flag, value in flags.items())]
        environment = {**self._environment, **variables}
        daemon = Daemon(
            name,
            command,
            room=self.cluster.room,
            ready=answers(ready),
            timeout=READY_WITHIN,
            environment=environment,
            address=ready.rpartition("/")[0],
        )
        self.daemons.append(daemon)
        daemon.launch()
        return daemon

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class Keda(Controller):
    """KEDA's operator, which makes an HPA of each ScaledObject, and the adapter that gives it its metrics."""

    groups = frozenset({"keda.sh", "eventing.keda.sh"})
    namespace = KEDA_NAMESPACE

    def _start(self, tell: Tell) -> None:
        super()._start(tell)
        folder = build(KEDA, tell)
        certificates = self._certificates()
        service, secure = f"{HOST}:{free_port()}", free_port()
        common = {
            "WATCH_NAMESPACE": "",  # all of them; unset, the adapter does not start
            "POD_NAMESPACE": self.namespace,
            "KEDA_CLUSTER_OBJECT_NAMESPACE": self.namespace,
        }
        operator = self._operator(folder / "operator", service, certificates, common)
        operator.wait()
        adapter = self._adapter(folder / "adapter", service, secure, certificates, common)
        adapter.wait()
        self._register(secure, certificates)
        tell("KEDA works, and the API server hands on its metrics")

    def _operator(self, binary: Path, service: str, certificates: Path, common: Mapping[str, str]) -> Daemon:
        health = f"{HOST}:{free_port()}"
        flags = {
            "kubeconfig": self.cluster.kubeconfig,
            "cert-dir": certificates,
            "metrics-service-bind-address": service,
            "metrics-bind-address": f"{HOST}:{free_port()}",
            "health-probe-bind-address": health,
            "kube-api-qps": "100",
            "kube-api-burst": "200",
        }
        return self._launch("keda-operator", binary, flags, f"http://{health}/readyz", **common)

    def _adapter(
        self, binary: Path, service: str, secure: int, certificates: Path, common: Mapping[str, str]
    ) -> Daemon:
        kubeconfig, metrics = self.cluster.kubeconfig, free_port()
        flags = {
            "kubeconfig": kubeconfig,
            "lister-kubeconfig": kubeconfig,
            "authentication-kubeconfig": kubeconfig,
            "authorization-kubeconfig": kubeconfig,
            "bind-address": HOST,
            "secure-port": str(secure),
            "port": str(metrics),
            "client-ca-file": certificates / "ca.crt",
            "tls-cert-file": certificates / "tls.crt",
            "tls-private-key-file": certificates / "tls.key",
            "cert-dir": certificates,
            "metrics-service-address": service.replace(HOST, "localhost"),
            "kube-api-qps": "100",
            "kube-api-burst": "200",
        }
        return self._launch("keda-adapter", binary, flags, f"http://{HOST}:{metrics}/metrics", **common)

    def _certificates(self) -> Path:
        """Where both look for theirs, under the names that they look for."""
        service = f"{KEDA_METRICS_SERVICE}.{self.namespace}.svc"
        pair = self.cluster.authority.issue("keda", hosts=(service,))
        folder = self.cluster.room / "keda-certificates"
        folder.mkdir(mode=0o700, exist_ok=True)
        for source, name in (
            (self.cluster.authority.certificate, "ca.crt"),
            (pair.certificate, "tls.crt"),
            (pair.key, "tls.key"),
        ):
            shutil.copy(source, folder / name)
        return folder

    def _register(self, port: int, certificates: Path) -> None:
        """Tell the API server where external metrics come from. A pod would be found by its Service."""
        client = self.cluster.client
        client.apply(
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": KEDA_METRICS_SERVICE, "namespace": self.namespace},
                "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": port}]},
            }
        )
        client.apply(_api_service(self.namespace, port, certificates / "ca.crt"))

        def is_available() -> bool:
            found = client.get("apiregistration.k8s.io/v1/APIService", EXTERNAL_METRICS)
            conditions = found.get("status", {}).get("conditions") or []
            return any(one["type"] == "Available" and one["status"] == "True" for one in conditions)

        eventually(is_available, "the API server reaches KEDA's metrics", within=READY_WITHIN)


class Rollouts(Controller):
    """Argo Rollouts, with our stand-in for its Gateway API plugin (``toolchain/gateway-plugin``)."""

    groups = frozenset({"argoproj.io", "gateway.networking.k8s.io"})
    namespace = ROLLOUTS_NAMESPACE

    def _start(self, tell: Tell) -> None:
        super()._start(tell)
        binary = build(ROLLOUTS, tell) / "rollouts-controller"
        plugin = build(GATEWAY_PLUGIN, tell) / "gateway-plugin"
        named = [{"name": GATEWAY_PLUGIN_NAME, "location": f"file://{plugin}"}]
        self.cluster.client.apply(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": ROLLOUTS_CONFIG, "namespace": self.namespace},
                "data": {"trafficRouterPlugins": yaml.safe_dump(named)},
            }
        )
        health = free_port()
        flags = {
            "kubeconfig": self.cluster.kubeconfig,
            "namespace": self.namespace,
            "leader-elect": "false",
            "healthzPort": str(health),
            "metricsPort": str(free_port()),
            "qps": "100",
            "burst": "200",
        }
        ready = f"http://{HOST}:{health}/healthz"
        self._launch("argo-rollouts", binary, flags, ready, KUBECONFIG=str(self.cluster.kubeconfig)).wait()
        tell("Argo Rollouts works")


def _api_service(namespace: str, port: int, authority: Path) -> Json:
    """Who serves external metrics; trusted by the cluster's own authority."""
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": EXTERNAL_METRICS},
        "spec": {
            "group": "external.metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "caBundle": base64.b64encode(authority.read_bytes()).decode(),
            "service": {"name": KEDA_METRICS_SERVICE, "namespace": namespace, "port": port},
        },
    }
