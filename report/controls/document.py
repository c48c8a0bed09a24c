"""The control report as JSON. Names are described in docs/policy-checks.md."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from policies.controls.coverage import Status
from report.check.document import exemptions, head

if TYPE_CHECKING:
    from plan.saved import Json
    from policies.controls.coverage import Control, Coverage
    from report.check.model import Check

__all__ = ["KIND", "document", "is_ours", "render"]

KIND: Final = "ControlReport"


def render(check: Check, coverages: Sequence[Coverage]) -> str:
    """The document as text."""
    return json.dumps(document(check, coverages), indent=2, ensure_ascii=False) + "\n"


def is_ours(text: str) -> bool:
    """Whether `render` wrote it."""
    return f'"kind": "{KIND}"' in text[:200]


def document(check: Check, coverages: Sequence[Coverage]) -> Json:
    """All requirements of all frameworks, those without a policy included."""
    return {
        **head(check, KIND),
        "exemptions": exemptions(check),
        "frameworks": [_framework(coverage) for coverage in coverages],
    }


def _framework(coverage: Coverage) -> Json:
    framework = coverage.framework
    return {
        "key": framework.key,
        "name": framework.name,
        "source": framework.source,
        "read": framework.read,
        "note": framework.note,
        "covered": coverage.covered,
        "whole": len(coverage.controls),
        "statuses": {str(status): coverage.count(status) for status in Status},
        "requirements": [_control(control) for control in coverage.controls],
    }


def _control(control: Control) -> Json:
    return {
        "id": control.requirement.id,
        "area": control.requirement.area,
        "status": str(control.status),
        "policies": {policy: str(status) for policy, status in control.policies.items()},
        "resources": {str(status): count for status, count in control.resources.items()},
    }
