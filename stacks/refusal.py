"""Why a platform is not declared, in words for the person who asked for it: no traceback reaches them."""

from __future__ import annotations

__all__ = ["CloudNotBuiltError", "RefusalError"]


class RefusalError(Exception):
    """The settings are in order, each for itself, and yet no platform can be made of them.

    The text says what was asked, why it is refused, and the line that mends it.
    """


class CloudNotBuiltError(RefusalError):
    """The settings name a cloud whose rooms this version does not have."""

    def __init__(self, provider: str) -> None:
        super().__init__(
            f"cloud.provider is {provider}: this version has rooms for aws and gcp only.\n"
            "  A stack file for another cloud is checked, but nothing can be planned from it.\n"
            "  fix: trading-platform:cloud: {provider: aws, …}"
        )
