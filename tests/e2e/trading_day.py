"""A day of prod's worker on a real control plane, and what there was of pods at every moment of it.

Prometheus, KEDA, the autoscaler and the scheduler act; a load generator only sets the metrics. The objects are
those of the shipped stack. Nothing of them is changed but time: everything happens `FACTOR` times as fast.
"""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import urllib3

from lab.hpa import SYNC_SECONDS
from lab.kubernetes import Json, Kubernetes, eventually
from lab.keda import compressed, metric_names
from lab.machines import is_ready
from lab.prometheus import Prometheus, QueryError
from lab.workload import Workload
from tests.components.k8s.manifests import objects
from tests.support import planned

FACTOR: Final = 30
"""The platform's times are divided by it: its ten minutes are 20 s here."""
SCRAPED: Final = 15 / FACTOR
SYNC: Final = SYNC_SECONDS / FACTOR
LOOK: Final = SYNC / 2
"""Between two looks at what there is."""
STAYS: Final = 4 * SYNC
"""So long a number has to stay to be the one that was meant: a minute of the platform."""
WITHIN: Final = 150.0
"""Seconds for a number to come, on a machine that does other things too."""
SERVICE: Final = "worker"
NAMESPACE: Final = "trading"
DEPLOYMENT, SCALED, SCALER = "apps/v1/Deployment", "keda.sh/v1alpha1/ScaledObject", "autoscaling/v2/HorizontalPodAutoscaler"
TWIN: Final = "kubernetes-dr-"
"""Begins the names of what is in the second region."""


def shipped() -> list[Json]:
    """What prod has of the worker and around it, in the order in which it is made."""
    found: list[Json] = []
    for resource, manifest in objects(planned("prod")):
        metadata = {"name": resource.outputs["metadata"]["name"], **manifest["metadata"]}
        of_it = metadata["name"] in {SERVICE, "limits", "quota"} or manifest["kind"] == "ConfigMap"
        wanted = manifest["kind"] in BUILT_IN and metadata.get("namespace") == NAMESPACE and of_it
        around = manifest["kind"] == "PriorityClass" or metadata["name"] == NAMESPACE
        if not resource.name.startswith(TWIN) and (wanted or around):
            found.append({**manifest, "metadata": metadata})
    return found
