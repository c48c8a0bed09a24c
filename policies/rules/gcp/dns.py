"""Names on Google Cloud: answers that nobody can forge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if, not_applicable
from policies.policy import Fix, policy
from policies.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["ZONE"]

ZONE: Final = "gcp:dns/managedZone:ManagedZone"


@policy(
    id="gcp-dns-dnssec",
    title="DNSSEC on, no RSASHA1",
    violation="a public zone whose dnssecConfig.state is not on, or with a key of rsasha1",
    severity="low",
    category="security",
    reads={ZONE: ("visibility", "dnssecConfig.state", "dnssecConfig.defaultKeySpecs[*].algorithm")},
    parts=("signed", "algorithm"),
    fix=Fix("auto", "Sign the zone, with Google's default keys.", 'dnssec_config={"state": "on"}'),
    enforcement="AAM",
    soc2=("CC6.6",),
    cis=("G3.3", "G3.4", "G3.5"),
)
def dns_dnssec(subject: Subject) -> Iterator[Judgement]:
    """Without a signature whoever is in between can answer for us, and get a certificate for it too."""
    private = subject.at("visibility").equals("private")
    if private == Truth.YES:
        yield not_applicable("a private zone cannot be signed")
        return
    config = subject.at("dnssecConfig")
    state = config.key("state")
    unsigned, mend = ~state.equals("on") & ~private, [state.becomes("on")]
    yield fail_if(unsigned, state, "the zone's answers are not signed", part="signed", mend=mend)
    for spec in config.key("defaultKeySpecs").items():
        algorithm = spec.key("algorithm")
        weak, mend = algorithm.equals("rsasha1") & ~private, [algorithm.becomes("rsasha256")]
        yield fail_if(weak, algorithm, "the zone is signed with SHA-1", part="algorithm", mend=mend)
