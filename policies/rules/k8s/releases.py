"""What is put into the cluster without being seen here."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["RELEASE"]

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
ARCHIVE: Final = re.compile(r"-v?\d+\.\d+\S*\.tgz$")
"""The end of a packed chart's name: its version."""


@policy(
    id="k8s-opaque-release",
    title="helm.sh/v3:Release and yaml ConfigFile are not opaque to policy",
    violation="a Helm Release, which is rendered on its way to the cluster, so that no policy sees its "
    "objects; unless its chart is allowed, by its name or by its whole address",
    severity="medium",
    category="operations",
    reads={RELEASE: ("chart",)},
    defaults={"allowedCharts": []},
    fix=Fix(
        "none",
        "Use a Chart, whose objects are resources of the stack, or pin and look at the chart and allow it.",
        "kubernetes.helm.v4.Chart(name, chart=chart, version=version, values=values)",
    ),
    enforcement="AAM",
    soc2=("CC8.1",),
    cis=(),
)
def opaque_release(subject: Subject) -> Iterator[Judgement]:
    """What a release makes is judged by nobody here: it may be privileged, public or without limits."""
    chart, allowed = subject.at("chart"), subject.config.texts("allowedCharts")
    hidden = (
        chart.test(
            lambda said: not any(fnmatchcase(name, one) for name in _names(str(said)) for one in allowed),
            absent=Truth.YES,
        )
        if allowed
        else Truth.YES
    )
    yield fail_if(hidden, chart, f"nobody sees here what the chart {chart.shown} makes")


def _names(chart: str) -> tuple[str, str]:
    """The address of a chart, and its name: of a registry's path or of an archive, too."""
    return chart, ARCHIVE.sub("", chart.rstrip("/").rpartition("/")[2])
