"""What is not kept of people beside events: their network addresses, cookies, credentials.

Programs write them under names of their own beside what they tell. One's own properties and
texts are kept as they are; a mapping that names such a field keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, Final

MARK: Final = "[address]"
"""Stands in texts of servers where an address was."""

FORWARDING: Final = (
    *("x-forwarded-for", "x-original-forwarded-for", "forwarded", "forwarded-for", "x-real-ip"),
    *("true-client-ip", "cf-connecting-ip", "cf-connecting-ipv6", "fastly-client-ip"),
    *("x-client-ip", "x-cluster-client-ip", "x-envoy-external-address", "x-azure-clientip"),
    *("originalip", "original-ip", "x-original-ip", "clientip", "client-ip"),
    "x-appengine-user-ip",
)
"""Headers and columns of servers that tell the client's address."""

COOKIES: Final = ("cookie", "cookie2", "set-cookie", "authorization", "proxy-authorization")
"""Headers that let somebody pass for another."""

PEERS: Final = (
    *("ip", "ip_address", "ipaddress", "ipAddress", "client", "client_ip", "clientIp", "clientIP"),
    *("client_address", "clientAddress", "client_addr", "clientAddr", "remote_ip", "remoteIp"),
    *("remote_address", "remoteAddress", "remote_addr", "remoteAddr", "peer", "peer_address"),
    *("source_ip", "sourceIp", "user_ip", "userIp", "forwarded_for", "x_forwarded_for"),
    *("x_real_ip", "x-forwarded-for", "x-real-ip"),
)
"""Names that programs give the address of whom they speak with, in records of their own."""

ATTRIBUTES: Final = (
    *("client.ip", "client.nat.ip", "client.address", "client.port", "source.ip"),
    *("source.nat.ip", "source.address", "source.port", "related.ip", "network.forwarded_ip"),
    *("network.peer.address", "network.peer.port", "net.peer.ip", "net.sock.peer.addr"),
    *("http.client_ip",),
)
"""The same in the common schemas of logs: ECS and OpenTelemetry."""

SENT: Final = ("ip", "$ip", "ip_address", "address")
"""Members beside the properties of a sent event, as trackers name them."""

OWN: Final = ("$ip",)
"""Properties that trackers fill with the address by themselves."""

EXTENSIONS: Final = ("ip", "clientip", "sourceip", "remoteip", "remoteaddr", "ipaddress")
"""Extensions of CloudEvents, whose names are small letters only."""

# Of either kind; behind a name and a slash stands a version, as in Chrome/120.0.0.0.
_FOUR: Final = r"(?<![\w.])(?<![A-Za-z]/)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w]|\.[0-9])"
# Bounded, as whoever asks a server may write what he likes into its log.
_SIX: Final = r"(?<![\w.:])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]{2,60}(?![\w:.])"
_ADDRESS: Final = re.compile(f"{_FOUR}|{_SIX}")
_LIST: Final = re.compile(r"[\[\]():0-9\s,-]*")
_CELL: Final = re.compile(r' ?(?:"(?:[^"\\]|\\.)*"?|[^ "]+)', re.DOTALL)


def masked(text: str) -> str:
    """The text with `[address]` in the place of every network address.

    >>> masked("client 198.51.100.15 closed, [2001:db8::1]:443 at 10:00:00 did not")
    'client [address] closed, [[address]]:443 at 10:00:00 did not'
    """
    return _ADDRESS.sub(_mark, text)


def _mark(match: re.Match[str]) -> str:
    found = match[0]
    # A sentence may go on behind it with a colon or a full stop.
    for end in range(len(found), len(found.rstrip(":.")) - 1, -1):
        if _is_address(found[:end]):
            return MARK + found[end:]
    return found


def without_addresses(cells: str) -> str:
    """Cells of a log line, quoted or not, but for those that hold addresses alone.

    Addresses within others are masked.

    >>> without_addresses('"198.51.100.91, 10.0.0.1" 0.005 "for=192.0.2.1"')
    '0.005 "for=[address]"'
    """
    found = _CELL.findall(cells)
    return masked("".join(cell for cell in found if not _is_list(cell))).strip()


def drop_addresses(members: dict[str, Any], names: Iterable[str] = SENT) -> dict[str, Any]:
    """The members but for those of that name that could hold an address."""
    hidden = frozenset(names)
    return {name: value for name, value in members.items() if name not in hidden}


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
