"""What can be reached from outside the cluster: services and ingresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth, every, some
from policies.views.namespace import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.node import Node
    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["INGRESS", "SERVICE"]

SERVICE: Final = "kubernetes:core/v1:Service"
INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
AWS: Final = "service.beta.kubernetes.io/aws-load-balancer-"
INTERNAL_MARKS: Final = {
    f"{AWS}scheme": ("internal",),
    f"{AWS}internal": ("true", "0.0.0.0/0"),
    "networking.gke.io/load-balancer-type": ("internal",),
    "cloud.google.com/load-balancer-type": ("internal",),
    "service.beta.kubernetes.io/azure-load-balancer-internal": ("true",),
}
"""Annotations that keep a load balancer inside the network, in any case."""
INTERNAL_CLASSES: Final = ("networking.gke.io/l4-regional-internal",)
AWS_CLASSES: Final = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
AWS_TYPES: Final = ("external", "nlb-ip")
"""Of these AWS's own controller makes the balancer, and keeps it inside unless it is told otherwise."""
CERTIFICATES: Final = (
    "alb.ingress.kubernetes.io/certificate-arn",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "networking.gke.io/managed-certificates",
)
"""Annotations by which a cloud's own ingress has its certificate."""
SNIPPET: Final = re.compile(r"nginx\.(ingress\.kubernetes\.io|org)/.*snippets?")


@policy(
    id="k8s-service-exposure",
    title="Services are not exposed publicly without approval",
    violation="type NodePort; type LoadBalancer without what keeps it internal in its cloud; externalIPs set",
    severity="high",
    category="security",
    reads={
        SERVICE: (
            "metadata.name",
            "metadata.namespace",
            "metadata.annotations[*]",
            "spec.type",
            "spec.loadBalancerClass",
            "spec.externalIPs[*]",
        )
    },
    parts=("node-port", "load-balancer", "external-ips"),
    defaults={"allowedPublicServices": []},
    fix=Fix(
        "none",
        "Let traffic in through the gateway, and keep the service inside.",
        "spec: {type: ClusterIP}",
    ),
    enforcement="AMM",
    soc2=("CC6.6",),
    cis=(),
)
def service_exposure(subject: Subject) -> Iterator[Judgement]:
    """A public service goes past the gateway, where logging in, limits and the firewall are."""
    allowed = subject.config.texts("allowedPublicServices")
    place, name = subject.at("metadata.namespace"), subject.at("metadata.name")
    if f"{name_of(place)}/{name.text}" in allowed and name.is_known and not place.is_open:
        yield not_applicable("the service may be public, by configuration")
        return
    kind, addresses = subject.at("spec.type"), subject.at("spec.externalIPs")
    node_port, balancer = kind.equals("NodePort"), kind.equals("LoadBalancer")
    yield fail_if(node_port, kind, "every machine has a port for it", part="node-port")
    internal = _internal(subject)
    yield fail_if(balancer & ~internal, kind, "its load balancer is public", part="load-balancer")
    given = ~addresses.is_empty
    yield fail_if(given, addresses, "it takes traffic for addresses of its own choice", part="external-ips")


def _internal(subject: Subject) -> Truth:
    marks, class_ = subject.at("metadata.annotations"), subject.at("spec.loadBalancerClass")
    marked = some(_says(marks.key(key), words) for key, words in INTERNAL_MARKS.items())
    of_controller = class_.one_of(AWS_CLASSES) | _says(marks.key(f"{AWS}type"), AWS_TYPES)
    opened = _says(marks.key(f"{AWS}scheme"), ("internet-facing",)) | _says(
        marks.key(f"{AWS}internal"), ("false",)
    )
    return marked | class_.one_of(INTERNAL_CLASSES) | of_controller & ~opened


def _says(mark: Node, words: tuple[str, ...]) -> Truth:
    return mark.test(lambda value: str(value).lower() in words)


@policy(
    id="k8s-ingress-tls",
    title="Ingress has TLS and a concrete host",
    violation="spec.tls is empty (and no annotation names a certificate of the cloud), or does not cover a "
    "rule's host; a rule with no host or a wildcard; an nginx snippet annotation",
    severity="high",
    category="security",
    reads={INGRESS: ("metadata.annotations[*]", "spec.tls[*].hosts[*]", "spec.rules[*].host")},
    fix=Fix(
        "none",
        "Name each host, and the secret with its certificate.",
        "spec: {tls: [{hosts: [api.example.com], secretName: api-tls}]}",
    ),
    enforcement="AMM",
    soc2=("CC6.7",),
    cis=(),
)
def ingress_tls(subject: Subject) -> Iterator[Judgement]:
    """Without TLS the network reads every request; without a host an ingress answers for names of others."""
    tls, rules, marks = subject.at("spec.tls"), subject.at("spec.rules"), subject.at("metadata.annotations")
    by_cloud = some(~marks.key(key).is_empty for key in CERTIFICATES)
    yield fail_if(tls.is_empty & ~by_cloud, tls, "nothing says which certificate it has")
    yield fail_if(rules.is_empty, rules, "it answers for every host")
    for rule in rules.items():
        host = rule.key("host")
        vague = host.is_empty | host.test(lambda value: str(value).startswith("*"))
        yield fail_if(vague, host, f"a rule is for the host {host.shown}")
        covered = some(_covers(entry, host) for entry in tls.items())
        bare = every([~tls.is_empty, ~by_cloud, ~vague, ~covered])
        yield fail_if(bare, host, f"no certificate covers the host {host.shown}")
    for name, mark in marks.entries():
        snippet = Truth.YES if SNIPPET.fullmatch(name) else Truth.UNKNOWN if name == "*" else Truth.NO
        yield fail_if(snippet & ~mark.is_empty, mark, f"{name} changes the proxy's own configuration")


def _covers(entry: Node, host: Node) -> Truth:
    """Whether an entry of ``tls`` is for a host. One that names none is for all."""
    hosts = entry.key("hosts")
    if host.is_open or not host.text:
        return Truth.UNKNOWN
    parent = host.text.partition(".")[2]
    return hosts.is_empty | some(one.one_of((host.text, f"*.{parent}")) for one in hosts.items())
