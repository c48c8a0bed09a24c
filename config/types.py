"""The words a stack file is written in: semantic types, each with its own check and its own example.

A check raises ``ValueError`` whose text is what was expected and why; `config.problems` adds what
was given, where, and the line that mends it. Every check is pure: no network, no credentials.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

__all__ = [
    "Audience",
    "CacheNodeType",
    "CacheVersion",
    "CalendarCode",
    "Cidr",
    "CookieName",
    "CpuQuantity",
    "Cron",
    "DatabaseNodeType",
    "Email",
    "GitUrl",
    "HostPort",
    "Hostname",
    "HttpsUrl",
    "Image",
    "InstanceType",
    "IpAddress",
    "KubernetesVersion",
    "Matching",
    "MemoryQuantity",
    "Money",
    "PostgresVersion",
    "Repository",
    "SecretName",
    "ServiceName",
    "TagValue",
    "cpu_cores",
    "memory_bytes",
]


@dataclass(frozen=True)
class Matching:
    """Text that matches a pattern as a whole; ``expected`` says the pattern in words.

    The JSON schema carries both: editors show ``patternErrorMessage`` in place of the pattern.
    """

    pattern: str
    expected: str
    example: str

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise ValueError(self.expected)
        return value

    def __get_pydantic_core_schema__(self, source: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Check after the type itself was checked."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Say the same to editors."""
        said = {"pattern": f"^(?:{self.pattern})$", "patternErrorMessage": self.expected}
        return handler(schema) | said | {"examples": [self.example]}


_CIDR: Final = Matching(
    r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}",
    "an IPv4 network in CIDR form, for example 10.16.0.0/16",
    "10.16.0.0/16",
)


def _check_cidr(value: str) -> str:
    try:
        return str(ipaddress.IPv4Network(value))
    except ValueError as error:
        msg = f"{_CIDR.expected} ({error})"
        raise ValueError(msg) from None


Cidr = Annotated[str, _CIDR, AfterValidator(_check_cidr)]
"""An IPv4 network whose host bits are zero."""

_OCTET: Final = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"

IpAddress = Annotated[
    str,
    Matching(rf"{_OCTET}(?:\.{_OCTET}){{3}}", "an IPv4 address, for example 203.0.113.10", "203.0.113.10"),
]
"""One machine on the internet or in a network."""

Repository = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9_.@-]{1,100}(?:/[A-Za-z0-9_.@-]{1,100})+",
        "a repository with its owner, for example acme/trading-platform",
        "acme/trading-platform",
    ),
]
"""Where the program lives, as the issuer's tokens name it (new ones on GitHub with ids: ``acme@1/app@2``)."""

SecretName = Annotated[
    str,
    Matching(
        "(?!.*-[a-z0-9]{6}$)[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?",
        "lower-case letters, digits and hyphens, 40 at most, no hyphen before the last six, as broker-key",
        "broker-key",
    ),
]
"""A secret's name, never its value. AWS would take a hyphen and six characters for the end of an ARN."""

CacheNodeType = Annotated[
    str,
    Matching(
        r"cache\.[a-z0-9]+\.[a-z0-9]+|[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)+",
        "a cache size of the cloud, for example cache.m7g.large, HIGHMEM_MEDIUM or Balanced_B3",
        "cache.m7g.large",
    ),
]
"""The machine of a cache, in the words of its cloud."""

CacheVersion = Annotated[
    str, Matching(r"[789]\.[0-9]", 'a Valkey version in quotes, for example "8.1"', "8.1")
]
"""In quotes, or YAML reads a number."""

DatabaseNodeType = Annotated[
    str,
    Matching(
        r"db-(?:perf-optimized-N-[0-9]{1,3}|custom-[0-9]{1,2}-[0-9]{4,6}|f1-micro|g1-small)|Standard_[A-Za-z0-9_]+",
        "a database machine of the cloud, for example db-perf-optimized-N-4 or Standard_D4ds_v5",
        "db-perf-optimized-N-4",
    ),
]
"""The machine of a database, in the words of its cloud. Aurora has none: it counts units."""

InstanceType = Annotated[
    str,
    Matching(
        r"[a-z0-9-]+\.[a-z0-9-]+|[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)+",
        "a machine type of the cloud, for example m7g.large, e2-standard-4 or Standard_D4s_v5",
        "m7g.large",
    ),
]
"""A machine type, in the words of its cloud."""

KubernetesVersion = Annotated[
    str,
    Matching(r"1\.[0-9]{2}", 'a Kubernetes minor version in quotes, for example "1.35"', "1.35"),
]
"""In quotes, or YAML reads a number: 1.30 would become 1.3."""

PostgresVersion = Annotated[
    str,
    Matching(
        r"1[5-9](?:\.[0-9]{1,2})?", 'a PostgreSQL version from 15 on, in quotes, for example "17.7"', "17.7"
    ),
]
"""In quotes, or YAML reads a number: 16.10 would become 16.1."""

TagValue = Annotated[
    str,
    Matching(
        "[a-z0-9][a-z0-9_-]{0,62}",
        "lower-case letters, digits, _ and -, 63 at most, for example trading-platform",
        "trading-platform",
    ),
]
"""A tag or label that all three clouds and Kubernetes accept; Google Cloud's alphabet is the narrowest."""

Hostname = Annotated[
    str,
    Matching(
        r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "a lower-case DNS name with at least one dot, for example trade.example.com",
        "trade.example.com",
    ),
]
"""A fully qualified DNS name, without the last dot."""

Email = Annotated[
    str,
    Matching(
        r"[^@\s]+@(?:[a-z0-9-]+\.)+[a-z]{2,63}",
        "an e-mail address, for example sre@example.com",
        "sre@example.com",
    ),
]
"""An address that alarms go to."""

HttpsUrl = Annotated[
    str,
    Matching(
        r"https://(?:[a-z0-9-]+\.)+[a-z]{2,63}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?",
        "an address that begins with https://, for example https://login.example.com/keys",
        "https://login.example.com/keys",
    ),
]
"""An address on the web, by TLS."""

GitUrl = Annotated[
    str,
    Matching(
        r"https://(?:[a-z0-9-]+\.)+[a-z]{2,63}/[A-Za-z0-9._/-]+|(?:ssh://)?git@(?:[a-z0-9-]+\.)+[a-z]{2,63}[:/][A-Za-z0-9._/-]+",
        "a repository's address, for example https://git.example.com/acme/rendered.git",
        "https://git.example.com/acme/rendered.git",
    ),
]
"""A git repository, by https or ssh."""

Audience = Annotated[
    str,
    Matching(
        "[!-~]{1,255}",
        "a word without spaces, as the tokens' aud claim has it, for example trading",
        "trading",
    ),
]
"""For whom a token was made."""

CookieName = Annotated[
    str,
    Matching(
        "[A-Za-z_][A-Za-z0-9_-]{0,63}", "a cookie's name, for example trading_session", "trading_session"
    ),
]
"""What a browser sends with each request."""

HostPort = Annotated[
    str,
    Matching(
        r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}:[1-9][0-9]{0,4}",
        "a host and its port, for example smtp.example.com:587",
        "smtp.example.com:587",
    ),
]
"""A server and where it listens."""

ServiceName = Annotated[
    str,
    Matching(
        "[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?",
        "a DNS label of 40 lower-case letters, digits and inner hyphens at most, for example market-calendar",
        "market-calendar",
    ),
]
"""Names a Kubernetes Service and an identity; 40 leaves room for suffixes in 63."""

Image = Annotated[
    str,
    Matching(
        r"[a-z0-9][a-z0-9.-]*(?::[0-9]+)?(?:/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}",
        "an image by digest, for example registry.example.com/trading/api@sha256:<64 hex digits>",
        f"registry.example.com/trading/api@sha256:{'0' * 64}",
    ),
]
"""A container image by digest: a tag can be moved after it was tested, a digest cannot."""

CalendarCode = Annotated[
    str,
    Matching("[A-Z0-9]{4}|24/[57]", "an exchange by its ISO 10383 code, for example XNYS", "XNYS"),
]
"""An exchange (four characters), or a market that never closes (24/7) or closes at weekends (24/5)."""

_SCALE: Final = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12} | {
    f"{letter}i": 1024**power for power, letter in enumerate("KMGT", start=1)
}

CpuQuantity = Annotated[
    str,
    Matching(
        r"0*[1-9][0-9]{0,5}m|0*[1-9][0-9]{0,2}(?:\.[0-9]{1,3})?|0\.[0-9]{0,2}[1-9][0-9]{0,2}",
        'cores or thousandths of one, above zero, in quotes, for example "250m" or "2"',
        "250m",
    ),
]
"""A Kubernetes quantity of CPU."""

MemoryQuantity = Annotated[
    str,
    Matching(
        "[1-9][0-9]{0,8}(?:k|M|G|T|Ki|Mi|Gi|Ti)",
        "bytes with a unit, above zero, for example 512Mi or 2Gi",
        "512Mi",
    ),
]
"""A Kubernetes quantity of memory. ``m`` is refused: 512m would be half a byte."""


def cpu_cores(quantity: str) -> float:
    """Cores in a CPU quantity: ``250m`` is 0.25."""
    thousandths = quantity.removesuffix("m")
    return float(quantity) if thousandths == quantity else int(thousandths) / 1000


def memory_bytes(quantity: str) -> int:
    """Bytes in a memory quantity: ``512Mi`` is 536870912."""
    digits = quantity.rstrip("kMGTKi")
    return int(digits) * _SCALE[quantity.removeprefix(digits)]


_CRON_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def _check_cron(value: str) -> str:
    expected = "five cron fields (minute hour day month weekday), for example 30 2 * * 0"
    fields = value.split()
    if len(fields) != len(_CRON_RANGES):
        raise ValueError(expected)
    for text, (low, high) in zip(fields, _CRON_RANGES, strict=True):
        for part in text.split(","):
            found = re.fullmatch(r"(\*|[0-9]{1,3}(?:-[0-9]{1,3})?)(?:/([1-9][0-9]{0,2}))?", part)
            numbers = [int(number) for number in re.findall("[0-9]+", found[1])] if found else [-1]
            if any(not low <= number <= high for number in numbers) or numbers != sorted(numbers):
                msg = f"{expected}; {part!r} is not between {low} and {high}"
                raise ValueError(msg)
    return value


Cron = Annotated[str, AfterValidator(_check_cron), Field(examples=["30 2 * * 0"])]
"""A five-field cron expression in UTC."""


_MONEY: Final = Matching(
    r"(?=.*[1-9])[0-9]{1,9}(?:\.[0-9]{1,2})? USD",
    "an amount above zero in US dollars, for example 24000 USD",
    "24000 USD",
)


def _parse_money(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(_MONEY.pattern, value):
        raise ValueError(_MONEY.expected)
    return Decimal(value.removesuffix(" USD"))


Money = Annotated[
    Decimal,
    BeforeValidator(_parse_money),
    PlainSerializer(lambda amount: f"{amount} USD", return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^(?:{_MONEY.pattern})$",
            "patternErrorMessage": _MONEY.expected,
            "examples": [_MONEY.example],
        }
    ),
]
"""An amount in US dollars, written ``24000 USD``."""
