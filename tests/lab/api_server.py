"""An API server in this process: it knows some kinds, keeps objects, refuses what a test wants refused."""

from __future__ import annotations

import copy
import json
import threading
import uuid
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
KINDS: dict[str, list[tuple[str, str, bool]]] = {
    "/api/v1": [
        ("pods", "Pod", True),
        ("namespaces", "Namespace", False),
        ("nodes", "Node", False),
        ("configmaps", "ConfigMap", True),
        ("secrets", "Secret", True),
    ],
    "/apis/apps/v1": [("deployments", "Deployment", True), ("deployments/scale", "Scale", True)],
    "/apis/authorization.k8s.io/v1": [("subjectaccessreviews", "SubjectAccessReview", False)],
}


@dataclass
class Asked:
    """One request, as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    content_type: str
    body: Any


@dataclass
class ApiServer:
    """What is kept, what was asked, and what is to happen."""

    objects: dict[str, Json] = field(default_factory=dict[str, Json])
    """By path."""
    asked: list[Asked] = field(default_factory=list[Asked])
    warnings: list[str] = field(default_factory=list[str])
    """Sent with the answer to every write; one that begins with 299 as it is."""
    refuse: Callable[[Asked], Mapping[str, Any] | None] = lambda _: None
    """A Status to answer with instead, its ``code`` included."""
    lingers: int = 0
    """How often a deleted object is still there when it is asked for."""
    kinds: dict[str, list[tuple[str, str, bool]]] = field(default_factory=lambda: copy.deepcopy(KINDS))
    port: int = 0

    def writes(self) -> list[Asked]:
        """All that was asked for but not only read, and not only tried."""
        return [asked for asked in self.asked if asked.method != "GET" and "dryRun" not in asked.query]

    def kubeconfig(self, folder: Path) -> Path:
        """For a client of it."""
        file = folder / f"kubeconfig-{self.port}"
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "fake", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}],
            "users": [{"name": "fake", "user": {"token": "fake"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
            "current-context": "fake",
        }
        file.write_text(json.dumps(document), encoding="utf-8")
        return file

    def answer(self, asked: Asked) -> tuple[int, Json]:
        """Status and body."""
        self.asked.append(asked)
        if refusal := self.refuse(asked):
            return int(refusal["code"]), dict(refusal)
        if asked.path in self.kinds:
            names = ("name", "kind", "namespaced")
            resources = [dict(zip(names, kind, strict=True)) for kind in self.kinds[asked.path]]
            return 200, {"resources": resources}
        return getattr(self, f"_{asked.method.lower()}")(asked)

    def _get(self, asked: Asked) -> tuple[int, Json]:
        if found := self.objects.get(asked.path):
            if "deletionTimestamp" in found["metadata"]:
                self.lingers -= 1
                if self.lingers < 0:
                    del self.objects[asked.path]
            return 200, found
        inside = [one for path, one in self.objects.items() if path.rpartition("/")[0] == asked.path]
        if asked.path.rpartition("/")[2] in {name for kinds in self.kinds.values() for name, *_ in kinds}:
            return 200, {"items": inside}
        return 404, {"code": 404, "reason": "NotFound", "message": f"{asked.path} not found"}

    def _post(self, asked: Asked) -> tuple[int, Json]:
        if asked.path.endswith(("reviews", "/eviction", "/token")):
            answers = {"allowed": True, "reason": "the test says so", "token": "a token"}
            return 201, {**asked.body, "status": answers}
        return 201, self._keep(f"{asked.path}/{asked.body['metadata']['name']}", asked.body, asked)

    def _patch(self, asked: Asked) -> tuple[int, Json]:
        return 200, self._keep(asked.path, asked.body, asked)

    def _delete(self, asked: Asked) -> tuple[int, Json]:
        if asked.path not in self.objects:
            return 404, {"code": 404, "reason": "NotFound", "message": "not found"}
        if self.lingers:
            self.objects[asked.path]["metadata"]["deletionTimestamp"] = "now"
        else:
            del self.objects[asked.path]
        return 200, {"kind": "Status"}

    def _keep(self, path: str, body: Any, asked: Asked) -> Json:
        there = self.objects.get(path, {})
        identity = {"uid": str(uuid.uuid4()), "managedFields": [{"manager": "x"}]}
        kept = merge(merge({"metadata": identity}, there), body if isinstance(body, dict) else {})
        kept["status"] = {"phase": "Active"}
        if "dryRun" not in asked.query:
            self.objects[path] = kept
        return copy.deepcopy(kept)


def merge(old: Json, new: Mapping[str, Any]) -> Json:
    merged = copy.deepcopy(old)
    for key, value in new.items():
        there = merged.get(key)
        merged[key] = merge(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return merged


@contextmanager
def serving() -> Generator[ApiServer]:
    """One that answers on a port of its own."""
    state = ApiServer()
    handler = type("Handler", (_Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: ClassVar[ApiServer]

    def _any(self) -> None:
        where = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        query = {key: values[0] for key, values in parse_qs(where.query).items()}
        asked = Asked(self.command, where.path, query, self.headers.get("Content-Type", ""), body)
        status, answer = self.state.answer(asked)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for text in self.state.warnings if self.command != "GET" else ():
            escaped = text.replace('"', '\\"')
            self.send_header("Warning", text if text.startswith("299") else f'299 - "{escaped}"')
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _any  # noqa: N815 - the base class' names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class' name
        """Nobody reads it."""
