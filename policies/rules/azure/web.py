"""App Service: web apps and functions, and their slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policies.outcome import fail_if
from policies.policy import Fix, policy
from policies.views.arm import says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.outcome import Judgement
    from policies.subject import Subject

__all__ = ["APPS"]

APPS: Final = ("azure-native:web:WebApp", "azure-native:web:WebAppSlot")
GOOD_VERSIONS: Final = ("1.2", "1.3")
GOOD_TRANSFERS: Final = ("disabled", "ftpsonly")


@policy(
    id="azure-appservice-https",
    title="App Service: HTTPS only, TLS 1.2, no FTP, no remote debugging",
    violation="httpsOnly is not true; siteConfig.minTlsVersion is under 1.2 or not said; "
    "siteConfig.ftpsState is neither Disabled nor FtpsOnly; siteConfig.remoteDebuggingEnabled is true",
    severity="high",
    category="security",
    reads=dict.fromkeys(
        APPS,
        (
            "httpsOnly",
            "siteConfig.minTlsVersion",
            "siteConfig.ftpsState",
            "siteConfig.remoteDebuggingEnabled",
        ),
    ),
    parts=("https", "tls", "ftp", "remote-debugging"),
    fix=Fix(
        "auto",
        "Say all four.",
        'https_only=True, site_config={"min_tls_version": "1.2", "ftps_state": "FtpsOnly", '
        '"remote_debugging_enabled": False}',
    ),
    enforcement="RMM",
    soc2=("CC6.7",),
    cis=(),
)
def appservice_https(subject: Subject) -> Iterator[Judgement]:
    """An app answers plain HTTP unless told not to; what is typed into it that way, the network reads.

    A new app starts with TLS 1.2 and without plain FTP; an old one keeps what it once had.
    """
    site = subject.at("siteConfig")
    https, tls = subject.at("httpsOnly"), site.key("minTlsVersion")
    transfer, debugging = site.key("ftpsState"), site.key("remoteDebuggingEnabled")
    mend = [https.becomes(value=True)]
    yield fail_if(~https.is_true, https, "requests over plain HTTP are answered", part="https", mend=mend)
    message = f"the oldest TLS it speaks is {tls.shown}"
    yield fail_if(~says(tls, *GOOD_VERSIONS), tls, message, part="tls", mend=[tls.becomes("1.2")])
    plain, mend = ~says(transfer, *GOOD_TRANSFERS), [transfer.becomes("FtpsOnly")]
    yield fail_if(plain, transfer, "code and passwords go over plain FTP", part="ftp", mend=mend)
    message = "a debugger can be attached from outside"
    mend = [debugging.becomes(value=False)]
    yield fail_if(debugging.is_true, debugging, message, part="remote-debugging", mend=mend)
