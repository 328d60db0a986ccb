"""Parts of addresses of pages: host, path, campaign marks."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

UTM: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")

# What advertising networks append to the addresses they send people to.
_CLICK_IDS: Final = frozenset(
    {"dclid", "fbclid", "gbraid", "gclid", "li_fat_id", "msclkid", "ttclid", "twclid", "wbraid"}
)
# Most queries hold none of these, and need not be taken apart.
_HINT: Final = re.compile("utm_|clk?id|braid|li_fat_id")
_MAX_PARAMETERS: Final = 200


class UrlParts(NamedTuple):
    """Parts of one address; None where it has no such part."""

    host: str | None
    path: str | None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    has_click_id: bool = False


def split_link(url: str) -> UrlParts:
    """Parts of an address, absolute or starting at the path; never raises.

    >>> split_link("https://Shop.example:8443/cart?utm_source=news#top")[:3]
    ('shop.example', '/cart', 'news')
    """
    rest, _, _ = url.partition("#")
    rest, _, query = rest.partition("?")
    host, path = _host_and_path(rest)
    if _HINT.search(query):
        marks, has_click_id = _marks(query)
        return UrlParts(host, path, *marks, has_click_id=has_click_id)
    return UrlParts(host, path)


def link_host(url: str) -> str | None:
    """Host of an absolute address in lower case, without port and user.

    >>> link_host("https://www.google.com/"), link_host("/cart")
    ('www.google.com', None)
    """
    return _host_and_path(url.partition("#")[0].partition("?")[0])[0]


def _host_and_path(address: str) -> tuple[str | None, str | None]:
    scheme, separator, rest = address.partition("://")
    if not separator or "/" in scheme:
        if not address.startswith("//"):
            return None, address or None
        rest = address[2:]
    authority, slash, path = rest.partition("/")
    return _host(authority), slash + path or "/"


def _host(authority: str) -> str | None:
    name = authority.rpartition("@")[2]
    is_ipv6 = name.startswith("[")
    name = name.partition("]")[0] + "]" if is_ipv6 else name.partition(":")[0]
    return name.rstrip(".").lower() or None


def _marks(query: str) -> tuple[list[str | None], bool]:
    try:
        # A few separators too many are no reason to lose the rest.
        found = dict(parse_qsl(query, max_num_fields=_MAX_PARAMETERS, errors="replace"))
    except ValueError:
        return [], False
    return [found.get(key) or None for key in UTM], any(key in found for key in _CLICK_IDS)
