"""How resources are called in the program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__: list[str] = []

STACK: Final = "pulumi:pulumi:Stack"
DEFAULT_PROVIDER: Final = re.compile(r"default(_[\w.+-]*)?")
EXPANDED: Final = (
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:helm.sh/v3:Chart",
    "kubernetes:kustomize/v2:Directory",
    "kubernetes:yaml/v2:ConfigFile",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:yaml:ConfigFile",
    "kubernetes:yaml:ConfigGroup",
)
"""Components whose children the SDK names, after the objects in their files."""


@policy(
    id="ops-naming",
    title="Names follow the convention",
    violation="a logical name does not match `pattern`, or does not begin with `prefix` where one is given",
    severity="low",
    category="operations",
    reads={"*": ("@name",)},
    defaults={"pattern": "^[a-z][a-z0-9-]{2,62}$", "prefix": ""},
    fix=Fix(
        "none",
        "Rename it, with an alias so that nothing is replaced.",
        'opts=ResourceOptions(aliases=[pulumi.Alias(name="Old_Name")])',
    ),
    enforcement="AAA",
    soc2=("CC2.1",),
    cis=(),
)
def naming(subject: Subject) -> Iterator[Judgement]:
    """A name is what people search for in a state, an alarm and a bill; two conventions are two searches."""
    resource = subject.body.resource
    parent = resource.parent.rpartition("::")[0].rpartition("$")[2].rpartition("::")[2]
    made = subject.type == STACK or (
        subject.type.startswith("pulumi:providers:") and DEFAULT_PROVIDER.fullmatch(resource.name)
    )
    if made or parent in EXPANDED:
        yield not_applicable("the program did not choose its name")
        return
    pattern, prefix = subject.config.text("pattern"), subject.config.text("prefix")
    strange = known(value=re.search(pattern, resource.name) is None)
    yield fail_if(strange, subject.root, f"it is called {resource.name}, which does not match {pattern}")
    foreign = known(value=not resource.name.startswith(prefix))
    yield fail_if(foreign, subject.root, f"it is called {resource.name}, which does not begin with {prefix}")
