"""A real Kubernetes control plane on this machine, with simulated machines: nothing but processes.

::

    with Cluster(room) as cluster:
        cluster.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "trading"}})

etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kwok, each on ports of its own on
loopback, so that several clusters run side by side. Admission is as a cloud's is: Pod Security,
quotas, limits, priorities and all other default plugins are on; who may do what is decided by RBAC;
aggregation is on. Off is only what a machine of one person has no use for: the audit log, and
what protects data from a power cut.

Everything that it writes, keys too, is in one folder that only its owner may read. It is thrown away.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Self

from lab.certificates import Authority, write_key_pair, write_private
from lab.daemon import Daemon, Ready, answers, stop_all
from lab.kubernetes import Kubernetes, eventually
from lab.machines import SIMULATED, STAGES, Machines, add_machines
from lab.ports import free_port
from lab.toolchain import ETCD, KUBERNETES, KWOK, build
from lab.toolchain.parts import executable

__all__ = ["PODS", "POOLS", "SERVICES", "Cluster"]

HOST: Final = "127.0.0.1"
SERVICES: Final = "10.96.0.0/16"
"""Addresses of Services; the API server itself is the first."""
PODS: Final = "10.128.0.0/14"
POOLS: Final = (
    Machines(name="on-demand", each=2),
    Machines(name="spot", each=2, spot=True),
)
"""What a cluster begins with: room for what the platform runs at its largest (100 pods and the rest)."""
READY_WITHIN: Final = 90.0
"""Seconds for the API server, on a machine that does other things too."""
GRACE: Final = 1.0
"""Seconds to end in. What they hold is thrown away, and an API server would wait for its watchers."""

Flags = Mapping[str, str]


class Cluster:
    """One cluster, from `start` to `stop`. A context manager, which starts it if it is not running."""

    def __init__(self, room: Path, *, flags: Mapping[str, Flags] | None = None) -> None:
        """Nothing is started or written here.

        ``room``: an empty or new folder. ``flags``: by program (``kube-controller-manager`` …), what to
        add to its flags or say otherwise, such as ``{"horizontal-pod-autoscaler-sync-period": "1s"}``.
        """
        self.room = room.resolve()
        self.daemons: list[Daemon] = []
        """What runs, in the order of its start."""
        self.port = 0
        """The API server's."""
        self._flags = flags or {}
        self._authority: Authority | None = None
        self._client: Kubernetes | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and not stopped since."""
        return bool(self.daemons)

    @property
    def kubeconfig(self) -> Path:
        """For kubectl and for controllers: who has it may do everything."""
        return self.room / "kubeconfig"

    @property
    def address(self) -> str:
        """The API server's."""
        return f"https://{HOST}:{self.port}"

    @property
    def client(self) -> Kubernetes:
        """As the administrator. The cluster must be running."""
        if self._client is None:
            self._client = Kubernetes(self.kubeconfig)
        return self._client

    @property
    def authority(self) -> Authority:
        """Who vouches for this cluster's parts: also for a controller that serves something to them."""
        if self._authority is None:
            msg = "the cluster was not started: it has no certificates"
            raise RuntimeError(msg)
        return self._authority

    def start(
        self, tell: Callable[[str], None] = lambda _: None, *, pools: tuple[Machines, ...] = POOLS
    ) -> Self:
        """Build what is missing, start everything, and wait until pods can run. ``tell`` gets a line a step.

        Raises `lab.Unavailable` when a part cannot be had here, `DaemonError` when one does not come up;
        then nothing is left running.
        """
        folders = {part.name: build(part, tell) for part in (ETCD, KUBERNETES, KWOK)}
        started = time.monotonic()
        try:
            self._start(folders, tell)
            for machines in pools:
                add_machines(self.client, machines)
        except BaseException:
            self.stop()
            raise
        tell(f"the cluster is ready at {self.address} after {time.monotonic() - started:.0f} s")
        return self

    def stop(self) -> None:
        """End everything, the newest first. What is in the room stays, and is of no use any more."""
        if self._client is not None:
            self._client.close()
            self._client = None
        stop_all(self.daemons[::-1], grace=GRACE)
        self.daemons.clear()

    def kubeconfig_of(self, user: str, groups: tuple[str, ...] = ()) -> Path:
        """Write a kubeconfig for somebody else, who may do what RBAC says."""
        file = self.room / f"kubeconfig-{user.rpartition(':')[2]}"
        self._write_kubeconfig(file, user, groups)
        return file

    # ---------------------------------------------------------------------------------------------

    def _start(self, folders: Mapping[str, Path], tell: Callable[[str], None]) -> None:
        self.room.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.room.chmod(0o700)
        self._authority = Authority(self.room / "pki")
        write_key_pair(self.room / "pki", "service-accounts")
        self.port = free_port()
        self._write_kubeconfig(self.kubeconfig, "lab", ("system:masters",))
        kubernetes = folders["kubernetes"]
        tell("starting etcd and the API server")
        etcd = self._etcd(folders["etcd"] / executable(ETCD.packages[0]))
        etcd.wait()
        server = self._api_server(kubernetes / "kube-apiserver", etcd.address)
        server.wait()
        tell("starting the controller manager, the scheduler and the simulated machines")
        rest = [
            self._controller_manager(kubernetes / "kube-controller-manager"),
            self._scheduler(kubernetes / "kube-scheduler"),
            self._kwok(folders["kwok"] / "kwok"),
        ]
        for daemon in rest:
            daemon.wait()
        # until it is there, admission refuses every pod
        eventually(
            lambda: self.client.find("v1/ServiceAccount", "default", namespace="default"),
            "the controller manager has made the first service account",
        )

    def _etcd(self, binary: Path) -> Daemon:
        own = self.authority.issue("etcd")
        client, peer = f"https://{HOST}:{free_port()}", f"https://{HOST}:{free_port()}"
        tls = {"cert-file": own.certificate, "key-file": own.key}
        trusted = {"client-cert-auth": "true", "trusted-ca-file": self.authority.certificate}
        return self._launch(
            "etcd",
            binary,
            {
                "name": "lab",
                "data-dir": self.room / "etcd",
                "listen-client-urls": client,
                "advertise-client-urls": client,
                "listen-peer-urls": peer,
                "initial-advertise-peer-urls": peer,
                "initial-cluster": f"lab={peer}",
                **tls,
                **trusted,
                **{f"peer-{name}": value for name, value in (tls | trusted).items()},
                "unsafe-no-fsync": "true",
                "log-level": "warn",
            },
            self._asks(f"{client}/health"),
            client,
        )

    def _api_server(self, binary: Path, etcd: str) -> Daemon:
        own = self.authority.issue(
            "kube-apiserver",
            hosts=("kubernetes", "kubernetes.default", "kubernetes.default.svc", "10.96.0.1"),
        )
        etcd_client = self.authority.issue("etcd-client")
        proxy = self.authority.issue("front-proxy")
        return self._launch(
            "kube-apiserver",
            binary,
            {
                "etcd-servers": etcd,
                "etcd-cafile": self.authority.certificate,
                "etcd-certfile": etcd_client.certificate,
                "etcd-keyfile": etcd_client.key,
                "bind-address": HOST,
                "secure-port": str(self.port),
                "advertise-address": HOST,
                "endpoint-reconciler-type": "none",  # no pod has a way to it, and loopback is no endpoint
                "service-cluster-ip-range": SERVICES,
                "tls-cert-file": own.certificate,
                "tls-private-key-file": own.key,
                "client-ca-file": self.authority.certificate,
                "service-account-key-file": self._pki("service-accounts.pub"),
                "service-account-signing-key-file": self._pki("service-accounts.key"),
                "service-account-issuer": "https://kubernetes.default.svc",
                "requestheader-client-ca-file": self.authority.certificate,
                "requestheader-allowed-names": "front-proxy",
                "requestheader-username-headers": "X-Remote-User",
                "requestheader-group-headers": "X-Remote-Group",
                "requestheader-extra-headers-prefix": "X-Remote-Extra-",
                "proxy-client-cert-file": proxy.certificate,
                "proxy-client-key-file": proxy.key,
                "authorization-mode": "Node,RBAC",
                "allow-privileged": "true",  # Pod Security decides, namespace by namespace
                "event-ttl": "15m",
                "profiling": "false",
            },
            self._asks(f"{self.address}/readyz"),
            self.address,
        )

    def _controller_manager(self, binary: Path) -> Daemon:
        port = free_port()
        address = f"https://{HOST}:{port}"
        return self._launch(
            "kube-controller-manager",
            binary,
            {
                **self._serving("kube-controller-manager", port),
                "leader-elect": "false",
                "use-service-account-credentials": "true",
                "service-account-private-key-file": self._pki("service-accounts.key"),
                "root-ca-file": self.authority.certificate,
                "cluster-signing-cert-file": self.authority.certificate,
                "cluster-signing-key-file": self.authority.pair.key,
                "horizontal-pod-autoscaler-sync-period": "5s",  # 15 s in a cloud
                "resource-quota-sync-period": "30s",
                "kube-api-qps": "100",
                "kube-api-burst": "200",
                "profiling": "false",
            },
            self._asks(f"{address}/healthz"),
            address,
        )

    def _scheduler(self, binary: Path) -> Daemon:
        port = free_port()
        address = f"https://{HOST}:{port}"
        flags = {**self._serving("kube-scheduler", port), "leader-elect": "false", "profiling": "false"}
        return self._launch("kube-scheduler", binary, flags, self._asks(f"{address}/healthz"), address)

    def _kwok(self, binary: Path) -> Daemon:
        server = f"{HOST}:{free_port()}"
        return self._launch(
            "kwok",
            binary,
            {
                "kubeconfig": self.kubeconfig,
                "config": STAGES,
                "manage-nodes-with-annotation-selector": "=".join(SIMULATED),
                "node-lease-duration-seconds": "40",
                "cidr": PODS,
                "server-address": server,
            },
            answers(f"http://{server}/healthz"),
            f"http://{server}",
        )

    def _serving(self, name: str, port: int) -> dict[str, str | Path]:
        """What the two programs that only talk to the API server have in common."""
        own = self.authority.issue(name)
        return {
            "kubeconfig": self.kubeconfig,
            "authentication-kubeconfig": self.kubeconfig,
            "authorization-kubeconfig": self.kubeconfig,
            "bind-address": HOST,
            "secure-port": str(port),
            "tls-cert-file": own.certificate,
            "tls-private-key-file": own.key,
        }

    def _launch(
        self, name: str, binary: Path, flags: Mapping[str, str | Path], ready: Ready, address: str
    ) -> Daemon:
        said = {**flags, **self._flags.get(name, {})}
        command = [binary, *(f"--{flag}={value}" for flag, value in said.items())]
        daemon = Daemon(name, command, room=self.room, ready=ready, timeout=READY_WITHIN, address=address)
        self.daemons.append(daemon)
        daemon.launch()
        return daemon

    def _asks(self, url: str) -> Callable[[], str]:
        admin = self._pki("lab.crt"), self._pki("lab.key")
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.load_cert_chain(*admin)
        return answers(url, context=context)

    def _pki(self, name: str) -> Path:
        return self.room / "pki" / name

    def _write_kubeconfig(self, file: Path, user: str, groups: tuple[str, ...]) -> None:
        pair = self.authority.issue(user.rpartition(":")[2], user=user, groups=groups)
        name = self.room.name
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "server": self.address,
                        "certificate-authority": str(self.authority.certificate),
                    },
                }
            ],
            "users": [
                {
                    "name": user,
                    "user": {"client-certificate": str(pair.certificate), "client-key": str(pair.key)},
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
            "current-context": name,
        }
        write_private(file, json.dumps(document, indent=2).encode())

    def __enter__(self) -> Self:
        return self if self.is_running else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
