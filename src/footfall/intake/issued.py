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

# In an address any character may be percent-encoded, and once more in an address within another;
# in JSON it may be escaped.
_CODE: Final = rb"(?:%(?:25)*|\\u00)"
_LETTER: Final = rb"(?:3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa])"
_LINE: Final = rb"(?:_|%b5[Ff])" % _CODE
_ANY: Final = rb"(?:[A-Za-z0-9_-]|%b(?:5[Ff]|2[Dd]|%b))" % (_CODE, _LETTER)
_KIND: Final = rb"(?:[wtles]|%b(?:6[5Cc]|7[347]))" % _CODE
_F: Final = rb"%b66" % _CODE
# No letter stands before one, as in sheriffs_2026; what is encoded there is none.
_BEGIN: Final = rb"(?:(?<![A-Za-z0-9]f%b)|(?<=%%[0-9A-Fa-f]{2}f%b)|(?<=\\u[0-9A-Fa-f]{4}f%b))"
_REST: Final = rb"%b%b%b{%d})(?P<secret>%b{%d}" % (
    _KIND, _LINE, _ANY, N_SHOWN, _ANY, N_RANDOM - N_SHOWN
)  # fmt: skip
_SIGNED: Final = rb"\.e[wy][A-Za-z0-9_-]{%d})(?P<signed>[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{%d}" % (
    N_SHOWN - 2, N_RANDOM
)  # fmt: skip
# One letter before the choice, by which whole files are searched at the speed of memory.
_ISSUED: Final = re.compile(
    rb"f(?:(f%b%b)|(1%b%b))"
    % (_BEGIN % (b"f", b"f", b"f"), _REST, _BEGIN % (b"1", b"1", b"1"), _SIGNED)
)
# Only somebody who hides a secret encodes its first letters. Each begins with plain letters, by
# which it is searched as quickly.
_CODED: Final = (b"%66", b"%2566", b"\\u0066")
_HIDDEN: Final = tuple(
    re.compile(b"%b(?:(%b))" % (re.escape(begin) + second, _REST))
    for code in _CODED
    for begin, second in ((code, b"(?:f|%b)" % _F), (b"f" + code, b""))
)

LONGEST: Final = len("\\u0000") * (len("ffw_") + N_RANDOM)
"""Bytes of a secret, however it is encoded within a text."""


def without_secrets(text: bytes) -> bytes:
    """The text with asterisks in secrets, behind what tells them apart.

    It stays as long as it was, for some formats count their bytes, and places within it hold.

    >>> without_secrets(b"/login?key=ffl%5FZm9vYmFy" + b"x" * 35 + b"!")
    b'/login?key=ffl%5FZm9vYmFy***********************************!'
    """
    text = _ISSUED.sub(_masked, text)
    # One byte is looked for many times as quickly as several.
    if (b"%" in text or b"\\" in text) and any(code in text for code in _CODED):
        for hidden in _HIDDEN:
            text = hidden.sub(_masked, text)
    return text


def _masked(found: re.Match[bytes]) -> bytes:
    hidden = found[found.lastgroup or 0]
    return found[0][: -len(hidden)] + b"*" * len(hidden)
