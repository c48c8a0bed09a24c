from __future__ import annotations

import json
import re

import pytest

from components.k8s.monitoring.elk_redaction import PATTERNS, REDACTED, redaction

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLWFsaWNl"


def shipped(line: str) -> str:
    """The line as it leaves the machine. RE2 and Python agree on all that these patterns use."""
    for pattern, replacement in PATTERNS:
        line = re.sub(pattern, lambda _, text=replacement: text, line)
    return line


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ('{"msg":"in","authorization":"Bearer abc"}', "abc"),
        ('{"headers":{"X-Api-Key": "k-1234"}}', "k-1234"),
        ('{"db.password":"a\\"b c"}', "b c"),
        ('{"exchange_secret":"s3"}', "s3"),
        ('{"set-cookie":"sid=77; Path=/"}', "77"),
        ('{"body":"{\\"password\\":\\"hunter2\\",\\"user\\":\\"al\\"}"}', "hunter2"),
        ("GET /orders?token=t0k3n&page=2 200", "t0k3n"),
        ("connecting with password=hunter2 as al", "hunter2"),
        ("Authorization: Basic YWxpY2U6c2VjcmV0LXBhc3N3b3Jk", "YWxpY2U6"),
        (f"retry with {JWT} failed", JWT),
        ("postgres://trader:pa55@db.internal:5432/orders", "pa55"),
        ("redis://:pa55@cache.internal:6379", "pa55"),
        ("uses AKIAABCDEFGHIJKLMNOP in us-east-1", "AKIAABCDEFGHIJKLMNOP"),
        ("key AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSyA1234567890"),
        ('{"key":"-----BEGIN EC PRIVATE KEY-----\\nMHcCAQEE\\n-----END EC PRIVATE KEY-----"}', "MHcCAQEE"),
    ],
)
def test_a_secret_does_not_leave_the_machine(line: str, secret: str) -> None:
    assert secret in line
    sent = shipped(line)
    assert secret not in sent
    assert REDACTED in sent


@pytest.mark.parametrize(
    "line",
    [
        '{"level":"info","message":"order accepted","venue":"XNYS","price":101.5}',
        '{"message":"10 tokens of 12 are left","user":"alice","reason":"no password was given"}',
        "GET /orders?page=2&from=2026-11-23 200 12ms",
        "pulled registry.example.com/api@sha256:" + "ab12" * 16,
        "https://api.example.com/v1/orders and alice@example.com",
        "basic checks passed: bearer of news",
    ],
)
def test_what_is_no_secret_stays_as_it_was(line: str) -> None:
    assert shipped(line) == line


def test_a_line_of_json_is_json_afterwards() -> None:
    line = json.dumps(
        {
            "password": 'quote " and \\ backslash',
            "body": json.dumps({"token": "t", "order": 7}),
            "order": {"id": 7, "api_key": "k"},
        }
    )
    sent = json.loads(shipped(line))
    assert sent["order"]["id"] == 7
    assert json.loads(sent["body"])["order"] == 7


def test_no_pattern_holds_what_filebeat_would_take_for_a_variable_of_its_own() -> None:
    assert not [text for pair in PATTERNS for text in pair if "$" in text]


def test_a_pattern_that_fails_does_not_stop_the_others() -> None:
    assert redaction()["replace"]["fail_on_error"] is False
