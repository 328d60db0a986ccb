"""Secrets that Footfall issues, with asterisks wherever somebody wrote them into what is kept.

Write keys, tokens, logins, sessions and secrets for embedding are a prefix and 43 characters;
what a host application signs for embedding is `f1.`, a JSON object in base64 and a signature.
"""

from __future__ import annotations

import re
from typing import Final

N_RANDOM: Final = 43
"""Characters of a secret behind its prefix."""
N_SHOWN: Final = 8
"""How many of them tell secrets apart, and are kept."""

# In an address `_` and `-` may be percent-encoded, and once more in an address within another;
# in JSON any character may be escaped.
_LINE: Final = rb"(?:_|(?:%(?:25)*|\\u00)5[Ff])"
_ANY: Final = rb"(?:[A-Za-z0-9_-]|(?:%(?:25)*|\\u00)(?:5[Ff]|2[Dd]))"
_SECRET: Final = rb"f[wtles]%b%b{%d})(?P<secret>%b{%d}" % (
    _LINE, _ANY, N_SHOWN, _ANY, N_RANDOM - N_SHOWN
)  # fmt: skip
_SIGNED: Final = rb"1\.e[wy][A-Za-z0-9_-]{%d})(?P<signed>[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{%d}" % (
    N_SHOWN - 2, N_RANDOM
)  # fmt: skip
# One letter before the choice, by which whole files are searched at the speed of memory.
_ISSUED: Final = re.compile(rb"f(?:(%b)|(%b))" % (_SECRET, _SIGNED))

LONGEST: Final = len("ffw%5F") + 3 * N_RANDOM
"""Bytes of a secret, however it is encoded within an address."""


def without_secrets(text: bytes) -> bytes:
    """The text with asterisks in secrets, behind what tells them apart.

    It stays as long as it was, for some formats count their bytes, and places within it hold.

    >>> without_secrets(b"/login?key=ffl%5FZm9vYmFy" + b"x" * 35 + b"!")
    b'/login?key=ffl%5FZm9vYmFy***********************************!'
    """
    return text if _ISSUED.search(text) is None else _ISSUED.sub(_masked, text)


def _masked(found: re.Match[bytes]) -> bytes:
    hidden = found["secret"] or found["signed"]
    return found[0][: -len(hidden)] + b"*" * len(hidden)
