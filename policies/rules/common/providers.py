"""Which credentials a resource is made with: those that the program names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__: list[str] = []

KUBERNETES: Final = "pulumi:providers:kubernetes"
DEFAULT: Final = "default"
COMPOSED: Final = (
    "kubernetes:helm.sh/v4:Chart",
    "kubernetes:kustomize/v2:Directory",
    "kubernetes:yaml/v2:ConfigFile",
    "kubernetes:yaml/v2:ConfigGroup",
)
"""Components of the SDK: what they hold has a provider, they themselves need none."""


@policy(
    id="ops-explicit-provider",
    title="Explicit providers in multi-cloud stacks",
    violation="a resource uses the default provider of its package, or a Kubernetes provider has no "
    "kubeconfig of its own (or only the path of one) and takes that of the machine",
    severity="low",
    category="operations",
    reads={
        "aws:*": ("@provider",),
        "gcp:*": ("@provider",),
        "azure-native:*": ("@provider",),
        "kubernetes:*": ("@provider",),
        KUBERNETES: ("@name", "kubeconfig", "renderYamlToDirectory"),
    },
    fix=Fix(
        "none",
        "Make a provider with an account and a region, and hand it down.",
        "opts=ResourceOptions(provider=provider)",
    ),
    enforcement="DAM",
    soc2=("CC8.1",),
    cis=(),
)
def explicit_provider(subject: Subject) -> Iterator[Judgement]:
    """A default provider deploys to whichever account or cluster the shell of the day is logged in to."""
    resource = subject.body.resource
    if subject.type == KUBERNETES:
        yield from _kubeconfig(subject)
        return
    if subject.type in COMPOSED:
        yield not_applicable("it is a component, and needs no provider")
        return
    # The SDK records no provider where the default one is used; the engine then adds its URN.
    name = resource.provider.partition(f"{subject.type.split(':', 1)[0]}::")[2]
    default = known(value=not resource.provider or name.startswith(DEFAULT))
    yield fail_if(default, subject.root, "it uses the default provider, whatever that is logged in to")


def _kubeconfig(subject: Subject) -> Iterator[Judgement]:
    if subject.body.resource.name.startswith(DEFAULT):
        yield not_applicable("the engine made it for the resources that name no provider, which are judged")
        return
    given = subject.at("kubeconfig")
    ambient = given.test(
        lambda text: not isinstance(text, dict) and "clusters" not in str(text), absent=Truth.YES
    )
    rendered = subject.at("renderYamlToDirectory").exists
    yield fail_if(ambient & ~rendered, given, "it takes the kubeconfig of the machine that it runs on")
