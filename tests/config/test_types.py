"""The words of a stack file: what each accepts, refuses and is worth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from config import cloud_types, types
from config.types import cpu_cores, memory_bytes

GOOD = {
    "AccountId": ["111122223333", "012345678901"],
    "CalendarCode": ["XNYS", "BATS", "24/7", "24/5"],
    "Cidr": ["10.0.0.0/8", "0.0.0.0/0", "203.0.113.7/32"],
    "CpuQuantity": ["250m", "1", "0.5", "1.5", "2", "08", "0.001", "1500m"],
    "Cron": ["30 2 * * 0", "*/5 * * * *", "0 0 1-15/2 1,6 7", "59 23 31 12 *"],
    "Email": ["sre@example.com", "a.b+c@x-y.example.co.uk"],
    "Hostname": ["trade.example.com", "a.bc", "xn--bcher-kva.example"],
    "Image": [f"registry.example.com:5000/a/b_c@sha256:{'0a' * 32}"],
    "InstanceType": ["m7g.large", "u-6tb1.metal", "m7i.metal-24xl", "e2-standard-4", "Standard_D4s_v5"],
    "KubernetesVersion": ["1.35"],
    "MemoryQuantity": ["512Mi", "1Gi", "2G", "128000k"],
    "Money": ["24000 USD", "0.01 USD", "99.5 USD"],
    "PostgresVersion": ["17.5", "15.0", "16.10", "17"],
    "RoleArn": ["arn:aws:iam::111122223333:role/path/admin", "arn:aws-us-gov:iam::111122223333:role/x"],
    "ServiceName": ["a", "market-calendar", "a" * 40],
    "TagValue": ["trading-platform", "a_b", "0"],
}
BAD = {
    "AccountId": ["11112222333", "1111222233334", "١١١١٢٢٢٢٣٣٣٣", 111122223333, "111122223333\n"],
    "CalendarCode": ["NYSE1", "xnys", "", "24/6"],
    "Cidr": [
        "10.0.0.1/8",
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0/8",
        "::/0",
        "010.0.0.0/8",
        "10.0.0.0/255.0.0.0",
        10,
    ],
    "CpuQuantity": ["0", "0m", "512Mi", "-1", "1e3", "", "0.0", 1, "0.0001", "1.5m"],
    "Cron": [
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "5-1 * * * *",
        "@daily",
        "* * * * mon",
        "*/0 * * * *",
    ],
    "Email": ["sre", "sre@example", "a b@example.com", "@example.com", "a@@example.com", "sre@EXAMPLE.com"],
    "Hostname": [
        "localhost",
        "Trade.example.com",
        "-a.example.com",
        "a..com",
        "a.com.",
        f"{'a' * 64}.com",
        "a.com\n",
    ],
    "Image": [
        "a/b:latest",
        f"a@sha256:{'0' * 64}",
        f"r.example/a@sha256:{'0' * 63}",
        f"r.example/A@sha256:{'0' * 64}",
    ],
    "InstanceType": ["large", "", "m7g.", "m7g large"],
    "KubernetesVersion": ["1.3", "v1.35", "1.35.1", 1.35],
    "MemoryQuantity": ["512", "512m", "0Mi", "1.5Gi", "Mi", 512],
    "Money": [
        "24000",
        "24,000 USD",
        "0 USD",
        "0.00 USD",
        "-1 USD",
        "1.234 USD",
        "$5",
        5,
        None,
        "5 EUR",
        "NaN USD",
    ],
    "PostgresVersion": ["14.1", "17.", "17.123", 17.5],
    "RoleArn": [
        "arn:aws:iam::1:role/x",
        "arn:aws:iam::111122223333:user/x",
        "arn:aws:iam::111122223333:role/",
    ],
    "ServiceName": ["", "1a", "a-", "-a", "a" * 41, "A", "a_b", "a.b"],
    "TagValue": ["", "Trading", "a b", "-a", "a" * 64],
}


def _pairs(table: dict[str, list[Any]]) -> list[tuple[str, Any]]:
    return [(name, value) for name, values in table.items() for value in values]


def _parse(name: str, value: object) -> object:
    return TypeAdapter(_type(name)).validate_python(value, strict=True)


def _type(name: str) -> Any:
    return getattr(types, name, None) or getattr(cloud_types, name)


@pytest.mark.parametrize(("name", "value"), _pairs(GOOD))
def test_a_good_value_is_accepted(name: str, value: str) -> None:
    assert str(_parse(name, value)) in (value, value.removesuffix(" USD"))


@pytest.mark.parametrize(("name", "value"), _pairs(BAD))
def test_a_bad_value_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        _parse(name, value)


@pytest.mark.parametrize("name", [name for name in GOOD if name != "Cron"])
def test_the_schema_of_a_word_accepts_its_own_example_and_says_what_it_is(name: str) -> None:
    said = TypeAdapter(_type(name)).json_schema()
    assert said["patternErrorMessage"]
    for example in said["examples"]:
        _parse(name, example)
        assert example in said["patternErrorMessage"] or name == "Image"


def test_money_is_exact() -> None:
    assert _parse("Money", "0.10 USD") == Decimal("0.10")


@pytest.mark.parametrize(
    ("quantity", "cores"), [("250m", 0.25), ("2", 2.0), ("0.5", 0.5), ("1500m", 1.5), ("08", 8.0)]
)
def test_cpu_is_counted_in_cores(quantity: str, cores: float) -> None:
    assert cpu_cores(quantity) == cores


@pytest.mark.parametrize(
    ("quantity", "size"),
    [("512Mi", 512 * 2**20), ("2G", 2 * 10**9), ("1Ti", 2**40), ("3k", 3000), ("1Ki", 1024)],
)
def test_memory_is_counted_in_bytes(quantity: str, size: int) -> None:
    assert memory_bytes(quantity) == size
