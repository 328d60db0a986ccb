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
# in JSON and in nginx's logs it may be escaped, and once more in JSON within JSON.
_CODE: Final = rb"(?:%(?:25)*|\\{1,2}(?:u00|x))"
_LETTER: Final = rb"(?:3[0-9]|4[1-9A-Fa-f]|5[0-9Aa]|6[1-9A-Fa-f]|7[0-9Aa])"
_LINE: Final = rb"(?:_|%b5[Ff])" % _CODE
_ANY: Final = rb"(?:[A-Za-z0-9_-]|%b(?:5[Ff]|2[Dd]|%b))" % (_CODE, _LETTER)
_F: Final = rb"(?:f|%b66)" % _CODE
_KIND: Final = rb"(?:[wtles]|%b(?:6[5Cc]|7[347]))" % _CODE
# Anything may stand before one, such as the n of an escaped end of line. Words, as those behind
# sheriffs_2026, go on in small letters; of five billion secrets one does.
_RANDOM: Final = rb"(?=[a-z0-9_-]{0,%d}[A-Z%%\\])" % (N_RANDOM - 1)
_REST: Final = rb"%b%b%b%b{%d}(%b{%d})" % (
    _KIND, _LINE, _RANDOM, _ANY, N_SHOWN, _ANY, N_RANDOM - N_SHOWN
)  # fmt: skip
_SIGNED: Final = rb"\.e[wy][A-Za-z0-9_-]{%d}([A-Za-z0-9_-]*\.[A-Za-z0-9_-]{%d})" % (
    N_SHOWN - 2, N_RANDOM
)  # fmt: skip
# Each by the byte that it begins with, by which whole files are searched at the speed of memory.
# Only that is read over, for another may begin within what looks like one.
_ISSUED: Final = {
    b"f": re.compile(rb"f(?=%b%b|1%b)" % (_F, _REST, _SIGNED)),
    b"%": re.compile(rb"%%(?=(?:25)*66%b%b)" % (_F, _REST)),
    b"\\": re.compile(rb"\\(?=(?:u00|x)66%b%b)" % (_F, _REST)),
}

_MAX_EXCERPT: Final = 40

LONGEST: Final = len("\\\\u0000") * (len("ffw_") + N_RANDOM)
"""Bytes of a secret, however it is encoded within a text."""


def without_secrets(text: bytes) -> bytes:
    """The text with asterisks in secrets, behind what tells them apart.

    It stays as long as it was, for some formats count their bytes, and places within it hold.

    >>> without_secrets(b"/login?key=ffl%5FZm9vYmFy" + b"x" * 35 + b"!")
    b'/login?key=ffl%5FZm9vYmFy***********************************!'
    """
    hidden = [
        found.span(found.lastindex or 0)
        for begin, issued in _ISSUED.items()
        if begin in text  # which tells at once of most texts that they have none
        for found in issued.finditer(text)
    ]
    if not hidden:
        return text
    kept = bytearray(text)
    for start, end in hidden:
        kept[start:end] = b"*" * (end - start)
    return bytes(kept)


def excerpt(text: str) -> str:
    """The beginning of what somebody sent, quoted for a message, its secrets masked before.

    >>> excerpt("ffw_Zm9vYmFy" + "X" * 35)
    "'ffw_Zm9vYmFy****************************'"
    """
    return repr(without_secrets(text.encode("utf-8", "replace")).decode()[:_MAX_EXCERPT])
