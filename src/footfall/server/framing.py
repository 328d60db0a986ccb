"""Which origins may show a page of this server in a frame."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from footfall.errors import InvalidInput
from footfall.server.guard import SECURITY_HEADERS

# No path, no bare "*", and nothing that could end the directive.
_ORIGIN: Final = re.compile(
    r"https?://(\*\.)?([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?", re.IGNORECASE
)
_POLICY: Final = "Content-Security-Policy"
_NOBODY: Final = "frame-ancestors 'none'"


def check_origins(origins: Iterable[str], parameter: str) -> tuple[str, ...]:
    """The same origins; raises `InvalidInput` for one that is not like `https://a.example`.

    >>> check_origins(["https://*.a.example", "http://localhost:8000"], "origins")
    ('https://*.a.example', 'http://localhost:8000')
    """
    found = tuple(origins)
    for origin in found:
        if not _ORIGIN.fullmatch(origin):
            raise InvalidInput(
                f"{parameter}: {origin!r} is no origin; write scheme, host and port alone, such "
                "as 'https://intranet.example' or 'https://*.example.org'.",
                parameter=parameter,
            )
    return found


def framing_headers(origins: Iterable[str]) -> dict[str, str]:
    """Headers of a page that these origins may frame, and whose address nobody is told."""
    sources = " ".join(origins) or "'none'"
    policy = SECURITY_HEADERS[_POLICY].replace(_NOBODY, f"frame-ancestors {sources}")
    return {_POLICY: policy, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
