"""The entry on Google Cloud: what a balancer speaks with its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.truth import Truth, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["SSL_POLICIES"]

SSL_POLICIES: Final = ("gcp:compute/sSLPolicy:SSLPolicy", "gcp:compute/regionSslPolicy:RegionSslPolicy")
GOOD_VERSIONS: Final = ("TLS_1_2", "TLS_1_3")


@policy(
    id="gcp-ssl-policy",
    title="SSL policy is MODERN/RESTRICTED with TLS 1.2",
    violation="minTlsVersion under TLS_1_2 (the RESTRICTED profile speaks nothing older anyway), profile "
    "COMPATIBLE, or a CUSTOM profile with a cipher without forward secrecy (TLS_RSA_…)",
    severity="medium",
    category="security",
    reads=dict.fromkeys(SSL_POLICIES, ("minTlsVersion", "profile", "customFeatures")),
    fix=Fix(
        "auto",
        "Speak TLS 1.2 or newer, with ciphers of today.",
        'min_tls_version="TLS_1_2", profile="RESTRICTED"',
    ),
    enforcement="RMM",
    soc2=("CC6.7",),
    cis=("G3.11",),
)
def ssl_policy(subject: Subject) -> Iterator[Judgement]:
    """Old TLS and old ciphers are broken, and a client can be talked down to what the entry accepts."""
    version, profile = subject.at("minTlsVersion"), subject.at("profile")
    old = ~version.one_of(GOOD_VERSIONS) & ~profile.equals("RESTRICTED")
    yield fail_if(old, version, "versions of TLS before 1.2 are spoken", mend=[version.becomes("TLS_1_2")])
    broken, mend = profile.equals("COMPATIBLE"), [profile.becomes("RESTRICTED")]
    yield fail_if(broken, profile, "the profile has the oldest ciphers", mend=mend)
    features = subject.at("customFeatures")
    ciphers = [(cipher, cipher.test(_is_weak)) for cipher in features.items()]
    weak = some(truth for _, truth in ciphers) & profile.equals("CUSTOM")
    strong = [one.value for one, truth in ciphers if truth != Truth.YES and not one.is_absent]
    mend = [features.becomes(strong)] if strong else [*mend, features.removed()]
    yield fail_if(weak, features, "a cipher without forward secrecy is spoken", mend=mend)


def _is_weak(cipher: object) -> bool:
    return str(cipher).startswith("TLS_RSA_")
