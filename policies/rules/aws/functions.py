"""Functions on AWS: called by those who may, on a runtime that is mended, no secret in plain sight."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.views.secrets import plain_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["FUNCTION"]

FUNCTION: Final = "aws:lambda/function:Function"
URL: Final = "aws:lambda/functionUrl:FunctionUrl"
RUNTIME: Final = re.compile(r"(nodejs|python|dotnet|ruby)(?:core)?([\d.]{0,9}).*")
OLDEST: Final = {"nodejs": (22,), "python": (3, 11), "dotnet": (9,), "ruby": (3, 3)}
"""The oldest version that AWS still mends, by its own table of runtimes, as of November 2026."""
GONE: Final = ("java8", "go1.x", "provided", "provided.al2")
"""Other runtimes that it no longer mends."""
BARE: Final = re.compile(
    r"(?<![\w/+=.-])(?=[\w/+]*[a-z])(?=[\w/+]*[A-Z])(?=[\w/+]*\d)[A-Za-z0-9/+]{40}(?![\w/+=.-])"
    r"|\b[rs]k_test_\w{16,}"
)
"""Keys that a variable holds without a word about what they are: of AWS, and of Stripe's tests."""


@policy(
    id="aws-lambda-hardened",
    title="Lambda: authenticated URL, no secrets in env, supported runtime",
    violation="a function URL's authorizationType NONE; an environment variable whose value looks like a "
    "credential; a runtime that AWS has deprecated (unless in allowedRuntimes)",
    severity="high",
    category="security",
    reads={
        FUNCTION: ("environment.variables[*]", "runtime", "packageType"),
        URL: ("authorizationType",),
    },
    parts=("url", "secrets", "runtime"),
    defaults={"allowedRuntimes": []},
    fix=Fix(
        "none",
        "Sign the calls, read secrets when the function starts, and move to a runtime of today.",
        'authorization_type="AWS_IAM", runtime="python3.13"',
    ),
    enforcement="AMM",
    soc2=("CC6.1", "CC7.1"),
    cis=(),
)
def lambda_hardened(subject: Subject) -> Iterator[Judgement]:
    """Anybody calls an open URL, whoever may look reads the variables, and nobody mends an old runtime."""
    if subject.type == URL:
        kind = subject.at("authorizationType")
        yield fail_if(kind.equals("NONE"), kind, "anybody can call the function", part="url")
        yield not_applicable("that is the function's own")
        return
    yield not_applicable("a function has no URL of itself", part="url")
    for name, value in subject.at("environment.variables").entries():
        kind = _credential(value.text)
        found = value.test(lambda _, kind=kind: kind != "")
        yield fail_if(found, value, f"variable {name} holds {kind or 'a credential'}", part="secrets")
    runtime = subject.at("runtime")
    if runtime.is_absent:
        yield not_applicable("its image brings the runtime", part="runtime")
        return
    allowed = subject.config.texts("allowedRuntimes")
    old = runtime.test(lambda value: value not in allowed and _is_old(str(value)))
    yield fail_if(old, runtime, f"AWS no longer mends {runtime.shown}", part="runtime")


def _credential(text: str) -> str:
    """What credential a value looks like; empty: none."""
    kinds = (hit.kind for hit in plain_secrets(text, names=False))
    return next(kinds, "a secret key" if BARE.search(text) else "")


def _is_old(runtime: str) -> bool:
    """Whether it is one that AWS no longer mends."""
    match = RUNTIME.fullmatch(runtime)
    if match is None:
        return runtime in GONE
    return tuple(int(number) for number in match[2].split(".") if number) < OLDEST[match[1]]
