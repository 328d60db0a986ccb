"""Which names of fields stand for a network address, a cookie or a credential.

Programs, servers and proxies write them under names of their own: `X-Forwarded-For`,
`client.address`, `remoteIP`, `HTTP_COOKIE`. They are told by their words, not by a list.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

Hides = Literal["nothing", "address", "port", "perhaps", "secret", "credential", "headers"]
"""What a name stands for, where its value is of that kind.

`perhaps` is an address in the name of a side that may be something else, `port` one beside an
address; a `secret` is one by its name, a `credential` only where it reads so. `headers` may be
a list or a text of headers.
"""

_IPS: Final = frozenset(
    {
        *("ip", "ips", "iplist", "ipaddr", "ipaddrs", "ipaddress", "ipaddresses"),
        *("ipv4", "ipv6", "ip4", "ip6", "ipv4address", "ipv6address"),
    }
)
_PEERS: Final = ("client", "remote", "peer", "source", "src")
_PEOPLE: Final = (
    *("user", "visitor", "enduser", "viewer", "caller", "sender", "requester", "real"),
    *("original", "originating", "connecting", "forwarded", "pseudo", "nat", "proxyuser"),
    *("actor", "browser", "customer", "device", "principal", "public"),
)
_PLACES: Final = ("address", "addresses", "addr", "addrs", "socketaddress")
# With no word before it an address may be a postal one, and belongs to whom the object is about.
_ADDRESSES: Final = frozenset(
    {
        *(who + what for who in _PEERS for what in (*_IPS, *_PLACES)),
        *(who + what for who in _PEOPLE for what in _IPS),
        *("forwardedfor", "xforwardedfor", "xff", "proxiedfor", "externaladdress", "socketip"),
        *("cip", "xrealip", "saddr", "peernameaddress"),
        # nginx: whom a proxy before it speaks for; Zeek: who began.
        *("protocoladdr", "origh"),
    }
)
_PORTS: Final = frozenset(
    {
        *(who + what for who in _PEERS for what in ("port", "socketport")),
        *("natport", "protocolport", "origp", "peernameport"),
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
_HEADERS: Final = frozenset({"header", "headers"})
_REQUESTS: Final = _HEADERS | {"request", "response", "http", "req", "res", "resp"}
_PREFIXES: Final = _REQUESTS | {"sent", "cs", "sc", "ce", "x"}
_MACHINES: Final = frozenset(
    {
        *("server", "host", "destination", "dest", "dst", "local", "observer", "upstream", "s"),
        *("target", "backend", "service", "node", "pod", "container", "agent", "gateway"),
        *("broker", "endpoint", "dns", "machine", "instance", "database", "db", "cluster"),
        *("balancer", "lb", "router", "listener", "bind", "resolver", "nameserver"),
    }
)
# Whoever is named so is somebody, also where the name tells of a machine: `client_host_ip`.
_SOMEBODY: Final = frozenset({*_PEERS, "user", "visitor", "viewer", "caller", "customer"})
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@lru_cache(maxsize=8192)
def hides(name: str, path: str = "") -> Hides:
    """What a field of that name hides, within objects at that path (names joined by dots).

    >>> hides("X-Forwarded-For"), hides("last_ip", "user"), hides("ip", "server")
    ('address', 'address', 'nothing')
    """
    above = [words for part in path.split(".") if (words := _words(part))]
    parts = [words for part in name.split(".") if (words := _words(part))]
    if not parts:
        return "nothing"
    above, words = [*above, *parts[:-1]], parts[-1]
    ends = _ends([word for part in (*above[-3:], words) for word in part])
    bare = _without_prefixes(words)
    whole = "".join(bare)
    if ends & _ADDRESSES or (_is_ip(words) and not _is_of_machine(words, above)):
        return "address"
    if ends & _PORTS:
        return "port"
    if ends & _SECRETS:
        return "secret"
    if whole in _OF_REQUESTS:
        is_header = bare != words or any(_REQUESTS.intersection(part) for part in above[-1:])
        return "secret" if is_header else "credential"
    if words[-1] in _HEADERS:
        return "headers"
    return "perhaps" if whole in _PERHAPS else "nothing"


def is_machine(name: str) -> bool:
    """Whether a name tells of a machine of one's own, such as `dst` beside `src`."""
    return not _MACHINES.isdisjoint(_words(name))


def _is_ip(words: list[str]) -> bool:
    """Whether the words begin or end with those for a network address."""
    begins = {"".join(words[:place]) for place in range(1, 4)}
    is_one = words[-1].endswith(("ipaddress", "ipaddresses", "ipaddr"))
    return is_one or not _IPS.isdisjoint(begins | _ends(words))


def _is_of_machine(words: list[str], above: list[list[str]]) -> bool:
    """Whether an address is that of a machine of one's own rather than of somebody."""
    if not _SOMEBODY.isdisjoint(words):
        return False
    owners = {"".join(part) for part in above} | {part[-1] for part in above}
    return not _MACHINES.isdisjoint(owners.union(words))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _ends(words: list[str]) -> set[str]:
    """Every run of words up to the last one, written together."""
    # No name that is looked for has more than this many.
    return {"".join(words[place:]) for place in range(max(0, len(words) - 8), len(words))}


def _without_prefixes(words: list[str]) -> list[str]:
    """The words without those that say that it is a header, and of what."""
    for place, word in enumerate(words):
        if word not in _PREFIXES:
            return words[place:]
    return words
