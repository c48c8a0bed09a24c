"""The cases of the rules, as they are written in ``cases/``, and as promtool reads them.

An alert's case says what is measured, when nothing may ring, and what rings then: the labels, and
``value`` as the text shows it. Severity, texts and the link are the alert's own, so that promtool also
proves that each label a text names is there. A recording's case says which series have which value;
``none``: there is no such series.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, cast

import yaml

from components.k8s.monitoring.alerts import files, groups
from components.k8s.monitoring.limits import Limits
from components.k8s.monitoring.rule_file import RUNBOOKS, Alert, Recording, Rule

CASES: Final = Path(__file__).parent / "cases"
SERVICES: Final = ("orchestrator", "api", "dashboard", "worker", "market-calendar", "forecaster")
LIMITS: Final = Limits(services=SERVICES, budget=Decimal(1000), standby=True)
RULES: Final = files(LIMITS)
ORDER: Final = [group["name"] for spec in RULES.values() for group in spec["groups"]]
"""What is read is worked out before what reads it; promtool's own order is that of chance."""
_INTERVAL: Final = "1m"
_LABEL: Final = re.compile(r"{{ \$labels\.(\w+) }}")
_ZEROS: Final = re.compile(r"(^| )0x")
"""promtool takes ``0x20`` for the hexadecimal number 32, not for a zero and twenty more."""
_VALUE: Final = re.compile(r"{{ \$value[^}]* }}")


@dataclass(frozen=True)
class Case:
    """One scene, and what is expected of it."""

    file: str
    about: str
    interval: str
    given: Mapping[str, str]
    silent: tuple[str, ...]
    fires: Mapping[str, list[dict[str, str]]]
    samples: Mapping[str, Mapping[str, str]]


def every_rule() -> list[tuple[str, Rule]]:
    """All rules of a platform that has everything, with their file."""
    return [
        (file, rule) for file, inside in groups(LIMITS).items() for group in inside for rule in group.rules
    ]


def alerts() -> dict[str, Alert]:
    """By name."""
    return {rule.name: rule for _, rule in every_rule() if isinstance(rule, Alert)}


def recordings() -> list[Recording]:
    """In the order in which they are worked out."""
    return [rule for _, rule in every_rule() if isinstance(rule, Recording)]


def cases() -> list[Case]:
    """All that is written in the folder."""
    return [case for path in sorted(CASES.glob("*.yaml")) for case in _read(path)]


def _read(path: Path) -> Iterable[Case]:
    # Text alone: YAML, too, would read 0x20 as 32.
    written = cast("dict[str, Any]", yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader))  # noqa: S506
    for about, scenes in written.items():
        for scene in scenes if isinstance(scenes, list) else [scenes]:
            unknown = set(scene) - {"interval", "given", "silent", "fires", "samples"}
            assert not unknown, f"{path.name}, {about}: {unknown}"
            yield Case(
                file=path.stem,
                about=about,
                interval=scene.get("interval", _INTERVAL),
                given=scene["given"],
                silent=tuple(scene.get("silent", ())),
                fires=scene.get("fires", {}),
                samples=scene.get("samples", {}),
            )


def documents(file: str) -> list[dict[str, Any]]:
    """The file's cases as test files of promtool, one for each pace."""
    mine = [case for case in cases() if case.file == file]
    return [
        {
            "evaluation_interval": interval,
            "group_eval_order": ORDER,
            "tests": [_test(case) for case in mine if case.interval == interval],
        }
        for interval in sorted({case.interval for case in mine})
    ]


def _test(case: Case) -> dict[str, Any]:
    alert = alerts().get(case.about)
    return {
        "name": case.about,
        "interval": case.interval,
        "input_series": [
            {"series": name, "values": _ZEROS.sub(r"\g<1>0+0x", values)}
            for name, values in case.given.items()
        ],
        "alert_rule_test": [
            *({"alertname": case.about, "eval_time": at, "exp_alerts": []} for at in case.silent),
            *(
                {
                    "alertname": case.about,
                    "eval_time": at,
                    "exp_alerts": [_rung(alert, expected) for expected in ringing] if alert else [],
                }
                for at, ringing in case.fires.items()
            ),
        ],
        "promql_expr_test": [
            {
                # To six digits: what comes out of a division is compared, not how it was rounded.
                "expr": f"round({series}, 0.000001)",
                "eval_time": at,
                "exp_samples": [] if value == "none" else [_sample(series, value)],
            }
            for at, values in case.samples.items()
            for series, value in values.items()
        ],
    }


def _sample(series: str, value: str) -> dict[str, Any]:
    _, brace, labels = series.partition("{")
    return {"labels": brace + labels or "{}", "value": round(float(value), 6)}


def _rung(alert: Alert, expected: Mapping[str, str]) -> dict[str, Any]:
    labels = {name: text for name, text in expected.items() if name != "value"}

    def text(template: str) -> str:
        named = _LABEL.sub(lambda found: labels[found[1]], template)
        return _VALUE.sub(lambda _: str(expected["value"]), named)

    return {
        "exp_labels": {**labels, **alert.labels, "severity": alert.severity},
        "exp_annotations": {
            "summary": text(alert.summary),
            "description": text(alert.description),
            "runbook_url": f"{RUNBOOKS}#{alert.name.lower()}",
        },
    }
