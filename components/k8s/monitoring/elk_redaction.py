"""What must not be in a log is taken out before it leaves the machine: tokens, passwords, keys.

A service should not log them; this is for the day that one does. It works on the line as it was written,
before anything else looks at it, and rather takes out a word too many. The patterns are RE2's, which
Filebeat speaks, and hold no dollar sign: Filebeat would look for one of its variables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["PATTERNS", "REDACTED", "redaction"]

REDACTED: Final = "[redacted]"

_NAMES: Final = (
    "access[_-]?token|api[_-]?key|authorization|client[_-]?secret|cookie|credentials?|id[_-]?token|passphrase"
    "|passw(?:or)?d|private[_-]?key|refresh[_-]?token|secret(?:[_-]?key)?|session[_-]?(?:id|token)|signature"
    "|token"
)
"""Endings of the names of fields, headers and parameters whose value is nobody's business."""

PATTERNS: Final[Sequence[tuple[str, str]]] = (
    # "db.password": "…"
    (rf'"(?i:[\w.-]*(?:{_NAMES}))"\s*:\s*"(?:[^"\\]|\\.)*"', f'"redacted":"{REDACTED}"'),
    # the same in a text that is itself quoted
    (rf'\\"(?i:[\w.-]*(?:{_NAMES}))\\"\s*:\s*\\"[^"\\]*\\"', rf"\"redacted\":\"{REDACTED}\""),
    # ?token=…&, password=…
    (rf"(?i:[\w.-]*(?:{_NAMES}))=[^\s&,;\"'\\]+", REDACTED),
    # Authorization: Bearer …, wherever it stands
    (r"\b(?i:bearer|basic|digest|negotiate)\s+[A-Za-z0-9._~+/=-]{12,}", REDACTED),
    # a JSON Web Token without its header
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*", REDACTED),
    # scheme://user:password@host
    (r"://[^/\s:@\"']*:[^@/\s\"']+@", f"://{REDACTED}@"),
    # keys of AWS and of Google, by their form
    (r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", REDACTED),
    (r"\bAIza[0-9A-Za-z_-]{35}", REDACTED),
    # a private key that was written as one text
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----[^\"]*", REDACTED),
)
"""A pattern and what stands in its place, in the order in which they are used."""


def redaction() -> dict[str, Any]:
    """Filebeat's processor. A pattern that fails does not keep the others from their work."""
    return {
        "replace": {
            "fields": [
                {"field": "message", "pattern": pattern, "replacement": replacement}
                for pattern, replacement in PATTERNS
            ],
            "ignore_missing": True,
            "fail_on_error": False,
        }
    }
