"""What is not kept of people beside events: their network addresses, cookies, credentials.

Trackers send them beside what they tell, and servers write them into their texts; what records
of servers hold is told by its name, in `unkept`. One's own properties and texts are kept as
they are; a mapping that names such a field keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, Final, cast

from footfall.intake.canonical import MAX_DEPTH

MARK: Final = "[address]"
"""Stands in texts of servers where an address was."""

SENT: Final = ("ip", "$ip", "ip_address", "client_ip", "remote_addr", "address")
"""Members beside the properties of a sent event, as trackers name them."""

OWN: Final = ("$ip",)
"""Properties that trackers fill with the address by themselves."""

Members = dict[str, Any]

SCHEME: Final = (
    r"(?i:bearer|negotiate|ntlm|hawk|apikey|aws4-hmac-sha256)\s+\S"
    r"|(?i:basic|digest|token)\s+\S*(?:[0-9=]|\S[A-Z])|eyJ[\w-]+\."
)
"""What a credential begins with, as a regular expression: how it is to be read, or a JSON token."""
COOKIE: Final = r"[\w!#$%&'*+.^`|~-]+"
"""A regular expression of the name of a cookie (RFC 6265, 4.1.1)."""

# Digits before one may belong to a character that nginx wrote as \x22.
_FOUR: Final = re.compile(
    r"(?:(?<![\d.])|(?<=\\x[0-9A-Fa-f]{2}))(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![^\W_]|\.[0-9])"
)
# A name that is no part of it may stand before it with a colon. Bounded, as whoever asks a
# server may write what he likes into its log.
_SIX: Final = re.compile(
    r"(?<![^\W_])(?<![.:])((?=[0-9A-Fa-f]*[G-Zg-z])[0-9A-Za-z]{1,30}:)?"
    r"((?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]{2,60})(?![^\W_]|:)"
)
# What a version stands behind, as in v1.2.3.4 and curl/7.1.2.3; a path has a slash before it.
_NAMED: Final = re.compile(r"(?:(?:\A|[\s\"'(,;])[A-Za-z][\w-]{1,30}/|(?<![^\W_])[vV])\Z")
_PORT: Final = re.compile(r":[0-9]")
_LONGEST: Final = 40
_LIST: Final = re.compile(r"[\[\]():0-9\s,-]*")
# One pair alone is a cookie if it is too long for a time or a state, as servers log them.
_SECRET: Final = re.compile(
    rf' ?"(?:{SCHEME}|{COOKIE}=[^\s;"]*(?:; {COOKIE}=[^\s;"]*)+;?"|{COOKIE}=[^\s;"]{{16,}}")'
)
_CELL: Final = re.compile(r' ?(?:"(?:[^"\\]|\\.)*"?|[^ "]+)', re.DOTALL)


def masked(text: str) -> str:
    """The text with `[address]` in the place of every network address.

    >>> masked("client 198.51.100.15 closed, [2001:db8::1]:443 at 10:00:00 did not")
    'client [address] closed, [[address]]:443 at 10:00:00 did not'
    """
    return _FOUR.sub(_mark_four, _SIX.sub(_mark_six, text))


def _mark_four(match: re.Match[str]) -> str:
    return match[0] if _is_version(match) or not _is_address(match[0]) else MARK


def _mark_six(match: re.Match[str]) -> str:
    found = match[2]
    # A sentence may go on behind it with a colon or a full stop.
    for end in range(len(found), len(found.rstrip(":.")) - 1, -1):
        if _is_address(found[:end]):
            return (match[1] or "") + MARK + found[end:]
    return match[0]


def without_hidden_cells(cells: str) -> str:
    """Cells of a log line, quoted or not, but for those of addresses, cookies or credentials alone.

    Addresses within others are masked.

    >>> without_hidden_cells('"198.51.100.91, 10.0.0.1" 0.005 "for=192.0.2.1" "a=1; sid=x"')
    '0.005 "for=[address]"'
    """
    found = [cell for cell in _CELL.findall(cells) if not _SECRET.match(cell)]
    return masked("".join(cell for cell in found if not _is_list(cell))).strip()


def drop_addresses(
    members: Members, names: Iterable[str] = SENT, *, depth: int = MAX_DEPTH
) -> Members:
    """The members but for those of that name, and for what trackers fill at any depth.

    What lies deeper than `depth` stays as it is: it is in no event that is taken.
    """
    hidden = frozenset(names)
    return {
        name: _without_own(value, depth - 1) if isinstance(value, dict | list) else value
        for name, value in members.items()
        if name not in hidden
    }


def without_sent(event: Members) -> Members:
    """A sent event without the addresses beside its properties: where it came from is not its own.

    >>> without_sent({"name": "a", "ip": "192.0.2.1", "context": {"ip": "192.0.2.1", "x": 1}})
    {'name': 'a', 'context': {'x': 1}}
    """
    kept = {name: value for name, value in event.items() if name not in SENT}
    context = kept.get("context")
    if isinstance(context, dict) and "ip" in context:
        inner = {name: value for name, value in cast("Members", context).items() if name != "ip"}
        kept["context"] = inner
        if not inner:
            del kept["context"]
    return kept


def _without_own(value: Any, depth: int) -> Any:
    if depth <= 0:
        return value
    if isinstance(value, dict):
        return drop_addresses(cast("Members", value), OWN, depth=depth)
    if isinstance(value, list):
        return [_without_own(each, depth - 1) for each in cast("list[Any]", value)]
    return value


def _is_version(match: re.Match[str]) -> bool:
    """Whether four numbers are those of a version: small ones behind a program's name or a `v`.

    Behind names of hosts stand addresses, often with a port, and those of nets of one's own
    begin with 10.
    """
    before = _NAMED.search(match.string, max(0, match.start() - _LONGEST), match.start())
    if before is None or _PORT.match(match.string, match.end()):
        return False
    numbers = [int(number) for number in match[0].split(".")]
    return numbers[1:] == [0, 0, 0] or (numbers[0] < 10 and max(numbers) < 100)


def _is_list(cell: str) -> bool:
    words = cell.strip().strip('"')
    rest = masked(words)
    if rest == words:
        return False
    return _LIST.fullmatch(rest.replace(MARK, "").replace("unknown", "")) is not None


def _is_address(text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    # Letters alone with colons between are names of programs, such as a::b.
    return found.version == 4 or any(letter.isdigit() for letter in text)
