"""The namespace that an object is in: one of its own, and one with bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.families import WORKLOADS
from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, some
from policies.views.namespace import NAMESPACE, inside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Body, Subject

__all__ = ["DEFAULT"]

DEFAULT: Final = "default"
QUOTA: Final = "kubernetes:core/v1:ResourceQuota"
LIMITS: Final = "kubernetes:core/v1:LimitRange"
LIVING: Final = (
    *WORKLOADS,
    "kubernetes:core/v1:Service",
    "kubernetes:core/v1:ConfigMap",
    "kubernetes:core/v1:Secret",
    "kubernetes:core/v1:ServiceAccount",
    "kubernetes:core/v1:PersistentVolumeClaim",
    "kubernetes:networking.k8s.io/v1:Ingress",
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
)
BUILT_IN: Final = {
    "kubernetes:core/v1:Service": "kubernetes",
    "kubernetes:core/v1:ServiceAccount": "default",
    "kubernetes:core/v1:ConfigMap": "kube-root-ca.crt",
}
"""What Kubernetes itself puts there."""


@policy(
    id="k8s-no-default-namespace",
    title="Nothing is deployed to the default namespace",
    violation="metadata.namespace is missing or default (unless the provider's namespace is set to another)",
    severity="low",
    category="security",
    reads=dict.fromkeys(LIVING, ("metadata.name", "metadata.namespace")),
    fix=Fix(
        "none",
        "Make a namespace with its own rules, and put the object there.",
        'metadata={"namespace": namespace.metadata["name"]}',
    ),
    enforcement="AMM",
    soc2=("CC6.1",),
    cis=("K5.6.4",),
)
def no_default_namespace(subject: Subject) -> Iterator[Judgement]:
    """All that nobody placed meets in the default namespace: one role, one quota and one mistake for all."""
    if subject.at("metadata.name").text == BUILT_IN.get(subject.type, "-"):
        yield not_applicable("Kubernetes itself puts it there")
        return
    own, elsewhere = subject.at("metadata.namespace"), subject.body.provider.key("namespace")
    unsaid = own.is_empty & elsewhere.test(lambda value: value in ("", DEFAULT), absent=Truth.YES)
    yield fail_if(own.equals(DEFAULT) | unsaid, own, "it is in the default namespace")


@policy(
    id="k8s-namespace-quota",
    title="Each namespace has a ResourceQuota and a LimitRange",
    violation="a namespace that the stack makes, without a ResourceQuota for all its pods (one with "
    "scopes is for some) or without a LimitRange",
    severity="medium",
    category="cost",
    scope="stack",
    reads={NAMESPACE: ("metadata.name",)},
    related={
        QUOTA: ("metadata.namespace", "spec.hard", "spec.scopes", "spec.scopeSelector.matchExpressions"),
        LIMITS: ("metadata.namespace", "spec.limits"),
    },
    defaults={"exemptNamespaces": ["kube-system"]},
    fix=Fix(
        "suggest",
        "Say what the namespace may take, and what a container gets that does not say.",
        "ResourceQuota: {hard: {requests.cpu: 10, requests.memory: 20Gi, pods: 50}}; "
        "LimitRange: {limits: [{type: Container, default: {memory: 256Mi}}]}",
    ),
    enforcement="AAM",
    soc2=("A1.1",),
    cis=(),
)
def namespace_quota(subject: Subject) -> Iterator[Judgement]:
    """One namespace without bounds takes what all others need, and the cluster grows to pay for it."""
    name = subject.at("metadata.name")
    if subject.body.resource.type.endswith("Patch"):
        yield not_applicable("the namespace is made elsewhere")
        return
    if name.text in subject.config.texts("exemptNamespaces"):
        yield not_applicable("the namespace is exempt by configuration")
        return
    bounded = some(_bounds(quota, subject) for quota in subject.stack.of(QUOTA))
    limited = some(
        inside(subject.stack, one, subject.body) & ~one.root.at("spec.limits").is_empty
        for one in subject.stack.of(LIMITS)
    )
    yield fail_if(~bounded, name, f"nothing bounds what the namespace {name.shown} takes")
    yield fail_if(~limited, name, f"containers of the namespace {name.shown} have no limits unless they say")


def _bounds(quota: Body, subject: Subject) -> Truth:
    """Whether it is for all pods of the namespace. One with scopes is for those alone."""
    spec = quota.root.key("spec")
    scoped = ~spec.key("scopes").is_empty | ~spec.at("scopeSelector.matchExpressions").is_empty
    return inside(subject.stack, quota, subject.body) & ~spec.key("hard").is_empty & ~scoped
