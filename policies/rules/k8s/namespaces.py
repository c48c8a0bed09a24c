"""Namespaces: closed to traffic that nobody allowed, and to pods that nobody restricted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.families import WORKLOADS
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, known, some
from policies.views.namespace import NAMESPACE, inside, name_of, namespace_of, together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["LEVELS"]

NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
DIRECTIONS: Final = ("Ingress", "Egress")
ENFORCE: Final = "pod-security.kubernetes.io/enforce"
LEVELS: Final = ("privileged", "baseline", "restricted")
"""The Pod Security Standards, from the weakest."""


@policy(
    id="k8s-namespace-default-deny",
    title="Each namespace has a default-deny NetworkPolicy, for ingress and egress",
    violation="a namespace that the stack creates or deploys to has no NetworkPolicy with podSelector {}, "
    "both policyTypes and no allow rule (two policies, one for each direction, do as well)",
    severity="high",
    category="security",
    scope="stack",
    reads={NAMESPACE: ("metadata.name",), **dict.fromkeys(WORKLOADS, ("metadata.namespace",))},
    related={
        NETWORK_POLICY: (
            "metadata.namespace",
            "spec.podSelector.matchLabels",
            "spec.podSelector.matchExpressions",
            "spec.policyTypes[*]",
            "spec.ingress",
            "spec.egress",
        )
    },
    defaults={"exemptNamespaces": ["kube-system"]},
    fix=Fix(
        "suggest",
        "Deny everything first, then allow what is needed.",
        "spec: {podSelector: {}, policyTypes: [Ingress, Egress]}",
    ),
    enforcement="AMM",
    soc2=("CC6.6", "CC6.1"),
    cis=("K5.3.2",),
)
def namespace_default_deny(subject: Subject) -> Iterator[Judgement]:
    """Without a default, every pod of the cluster speaks with every other, and with the internet."""
    around, body = subject.stack, subject.body
    if subject.type != NAMESPACE:
        own = some(inside(around, body, namespace) for namespace in around.of(NAMESPACE))
        if own == Truth.YES:
            yield not_applicable("its namespace is in the stack, and is judged there")
            return
    name = _called(subject)
    if name in subject.config.texts("exemptNamespaces"):
        yield not_applicable(f"the namespace {name} is exempt by configuration")
        return
    place = subject.at("metadata.name" if subject.type == NAMESPACE else "metadata.namespace")
    near = inside if subject.type == NAMESPACE else together
    found = [(near(around, one, body), one.root.key("spec")) for one in around.of(NETWORK_POLICY)]
    for direction in DIRECTIONS:
        closed = some(here & _denies(spec, direction) for here, spec in found)
        message = f"nothing denies {direction.lower()} by default in the namespace {name}"
        yield fail_if(~closed, place, message if name else f"{message}of a name yet unknown")


def _denies(spec: Node, direction: str) -> Truth:
    kinds = spec.key("policyTypes")
    # Kubernetes adds Ingress unasked, and Egress only to a policy that has egress rules.
    unsaid = known(value=direction == DIRECTIONS[0]) & kinds.is_empty
    says = some(kind.equals(direction) for kind in kinds.items()) | unsaid
    selector = spec.key("podSelector")
    everyone = selector.key("matchLabels").is_empty & selector.key("matchExpressions").is_empty
    return says & everyone & spec.key(direction.lower()).is_empty


def _called(subject: Subject) -> str:
    """What the namespace is called, or the one that the object is in; empty if that is not known."""
    if subject.type == NAMESPACE:
        return subject.at("metadata.name").text
    name = namespace_of(subject.body)
    return "" if name.is_open else name_of(name)


@policy(
    id="k8s-namespace-pod-security",
    title="The namespace enforces a Pod Security level",
    violation="the label pod-security.kubernetes.io/enforce is missing or weaker than the configured level",
    severity="high",
    category="security",
    reads={NAMESPACE: ("metadata.name", "metadata.labels[*]")},
    defaults={"level": "restricted", "exemptNamespaces": {"kube-system": "privileged"}},
    fix=Fix("auto", "Label the namespace.", "pod-security.kubernetes.io/enforce: restricted"),
    enforcement="RRM",
    soc2=("CC6.1", "CC6.8"),
    cis=("K5.2.1",),
)
def namespace_pod_security(subject: Subject) -> Iterator[Judgement]:
    """A policy checks what this program deploys; the label makes the cluster check what anybody deploys."""
    name = subject.at("metadata.name").text
    wanted = str(subject.config.table("exemptNamespaces").get(name, subject.config.text("level")))
    label = subject.at("metadata.labels").key(ENFORCE)
    weaker = label.test(lambda value: _rank(value) < _rank(wanted), absent=known(value=_rank(wanted) > 0))
    message = f"the namespace enforces {label.shown}, expected {wanted}"
    yield fail_if(weaker, label, message, mend=[label.becomes(wanted)])


def _rank(level: object) -> int:
    """How strict a level is; a word that is none enforces nothing."""
    return LEVELS.index(level) if isinstance(level, str) and level in LEVELS else 0
