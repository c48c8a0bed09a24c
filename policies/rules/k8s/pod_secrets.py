"""Secrets that a pod is given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.views.pod import container_reads, pod_reads, see_pod

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject
    from policies.truth import Truth

__all__ = ["CREDENTIAL", "HARMLESS", "KEYS"]

JOINT: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
"""Between two words of a variable's name, whichever way it is written."""
CREDENTIAL: Final = re.compile(
    r"(?:password|passwd|passphrase|_pwd|secret|token|credentials?|jwt|bearer"
    r"|(?:api|access|account|auth|encryption|master|private|secret|shared|signing|storage)_?key)"
    r"\d*(?:_(?:\d+|value|base|base64|b64|current|new|old))*$"
)
"""How the name of a credential ends. ``PASSWORD_FILE`` and ``TOKEN_URL`` are about one, and hold none."""
HARMLESS: Final = re.compile(
    r"|true|false|yes|no|on|off|none|null"
    r"|(?:\$\([\w.-]+\))+"
    r"|/[\w.@-]+/[\w.@/-]*"
    r"|(?:https?://|arn:|projects/|vault:)\S*",
    re.IGNORECASE,
)
"""What under such a name is none: a switch, another variable, a file, an address, the name of a secret."""
KEYS: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"
    r"|\b(?:gh[pousr]_\w{36}|github_pat_\w{22}|glpat-[\w-]{20}|xox[abeoprs]-[\w-]{10}|[rs]k_live_\w{16})"
    r"|\bAIza[\w-]{35}\b"
    r"|\bBearer [\w.~+/-]{16}"
    r"|\bAccountKey=[\w+/]{20}"
    r"|://[^\s/:@]*:(?!\$\()[^\s/@]+@"
    r"|[Pp]assword\s*=\s*[\"']?(?!\$\(|true\b|false\b)[^\s;&\"']{3}"
)
"""Credentials by their own form: private keys, keys of clouds and services, and passwords in an address."""


@policy(
    id="k8s-no-secrets-in-env",
    title="Secrets are files, not environment variables; no literal credentials",
    violation="env.valueFrom.secretKeyRef or envFrom.secretRef (reference); a literal value under the name "
    "of a credential, or in the form of a key (literal)",
    severity="medium",
    category="security",
    reads=pod_reads(
        *container_reads(
            "env[*].name", "env[*].value", "env[*].valueFrom.secretKeyRef", "envFrom[*].secretRef"
        )
    ),
    parts=("reference", "literal"),
    fix=Fix(
        "none",
        "Mount the secret as a volume and let the program read the file; change a credential that was "
        "written here.",
        "volumes: [{name: secrets, secret: {secretName: api, defaultMode: 0400}}]",
    ),
    enforcement="AAM",
    soc2=("CC6.1", "CC6.7", "C1.1"),
    cis=("K5.4.1",),
)
def no_secrets_in_env(subject: Subject) -> Iterator[Judgement]:
    """A variable is in every crash report, in each child process, and in what `describe` prints of the node.

    A literal one is in the cluster's database and in the state of the program too, for all who read pods.
    """
    for container in subject.view(see_pod).containers:
        for variable in container.node.key("env").items():
            name, value = variable.key("name"), variable.key("value")
            reference = variable.at("valueFrom.secretKeyRef")
            called = f"container {container.name} has in its variable {name.text or '?'}"
            yield fail_if(reference.exists, reference, f"{called} a secret", part="reference")
            yield fail_if(
                _is_credential(name, value), value, f"{called} a literal credential", part="literal"
            )
        for source in container.node.key("envFrom").items():
            reference = source.key("secretRef")
            message = f"container {container.name} has all of a secret in its variables"
            yield fail_if(reference.exists, reference, message, part="reference")


def _is_credential(name: Node, value: Node) -> Truth:
    """Whether a value has the form of a key, or is one by its name."""
    text = value.text
    is_key = value.test(lambda _: KEYS.search(text) is not None)
    is_literal = value.test(
        lambda _: value.number is not None or (text != "" and HARMLESS.fullmatch(text) is None)
    )
    named = name.test(lambda _: _names_a_credential(name.text))
    return is_key | (is_literal & named)


def _names_a_credential(name: str) -> bool:
    return CREDENTIAL.search(JOINT.sub("_", name).lower()) is not None
