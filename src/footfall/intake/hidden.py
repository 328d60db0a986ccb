"""Which names of fields stand for a network address, a cookie or a credential.

Programs, servers and proxies write them under names of their own: `X-Forwarded-For`,
`client.address`, `remoteIP`, `HTTP_COOKIE`. They are told by their words, not by a list.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

Hides = Literal["nothing", "address", "perhaps", "secret"]
"""What a name stands for: `perhaps` an address, where its value holds one."""

_IPS: Final = (
    *("ip", "ips", "iplist", "ipaddr", "ipaddrs", "ipaddress", "ipaddresses"),
    *("ipv4", "ipv6", "ip4", "ip6", "ipv4address", "ipv6address"),
)
_PEERS: Final = ("client", "remote", "peer", "source", "src")
_PEOPLE: Final = (
    *("user", "visitor", "enduser", "viewer", "caller", "sender", "requester", "real"),
    *("original", "originating", "connecting", "forwarded", "pseudo", "nat", "proxyuser"),
)
_PLACES: Final = ("address", "addresses", "addr", "addrs", "port", "socketaddress", "socketport")
# With no word before it an address may be a postal one, and belongs to whom the object is about.
_ADDRESSES: Final = frozenset(
    {
        *(who + what for who in _PEERS for what in (*_IPS, *_PLACES)),
        *(who + what for who in _PEOPLE for what in _IPS),
        *("forwardedfor", "proxiedfor", "externaladdress", "natport", "socketip"),
        # nginx: whom a proxy before it speaks for.
        *("protocoladdr", "protocolport"),
    }
)
_PERHAPS: Final = frozenset(
    {
        *(*_PEERS, "forwarded", "peername"),
        *("clienthost", "clienthostname", "remotehost", "remotehostname"),
    }
)
_SECRETS: Final = frozenset({"setcookie", "setcookie2", "proxyauthorization"})
_OF_REQUESTS: Final = frozenset(
    {"cookie", "cookie2", "cookies", "signedcookies", "authorization", *_SECRETS}
)
_PREFIXES: Final = (
    *("request", "response", "headers", "header", "http", "req", "res", "sent"),
    *("cs", "sc", "ce", "x"),
)
_MACHINES: Final = frozenset(
    {
        *("server", "host", "destination", "dest", "dst", "local", "observer", "upstream"),
        *("target", "backend", "service", "node", "pod", "container", "agent", "gateway"),
        *("broker", "endpoint", "dns", "machine", "instance", "database", "db"),
    }
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=8192)
def hides(name: str, path: str = "") -> Hides:
    """What a field of that name hides, within objects at that path (names joined by dots).

    >>> hides("X-Forwarded-For"), hides("ip", "network.client"), hides("ip", "server")
    ('address', 'address', 'nothing')
    """
    parts = [part for part in f"{path}.{name}".split(".") if part]
    if not parts:
        return "nothing"
    last = _plain(parts[-1])
    bare = _without_prefixes(last)
    words = [word.lower() for part in parts[-4:] for word in _WORD.findall(part)]
    ends = {"".join(words[place:]) for place in range(len(words))} | {bare}
    above = [_plain(part) for part in parts[:-1]]
    if ends & _ADDRESSES or (bare in _IPS and not _MACHINES.intersection(above)):
        return "address"
    if ends & _SECRETS or (bare in _OF_REQUESTS and _is_of_request(last != bare, above)):
        return "secret"
    return "perhaps" if bare in _PERHAPS else "nothing"


def _is_of_request(has_prefix: bool, above: list[str]) -> bool:
    """Whether the name is that of a header, and not somebody's word for something else."""
    return has_prefix or any(part != _without_prefixes(part) for part in above[-1:])


def _plain(name: str) -> str:
    return "".join(_WORD.findall(name)).lower()


def _without_prefixes(word: str) -> str:
    """The word without what says that it is a header, and of what."""
    while True:
        rest = next((word.removeprefix(each) for each in _PREFIXES if word.startswith(each)), word)
        if rest == word:
            return word
        word = rest
