"""What a request says of itself, read once from WSGI's or ASGI's form of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SAFE = "/:@!$&'()*+,;=~-._%"
_CHARACTERS = frozenset('"<>?#[]{}|\\^` ')
# What advertising networks append to the addresses they send people to.
_CLICK_IDS = frozenset(
    ("dclid", "fbclid", "gbraid", "gclid", "li_fat_id", "msclkid", "ttclid", "twclid", "wbraid")
)
_WANTED = frozenset(
    {b"host", b"referer", b"user-agent", b"accept-language", b"cookie", b"dnt", b"sec-gpc",
     b"x-forwarded-for"}
)  # fmt: skip


class Facts:
    """Method, address and headers of one request, as text; "" where there is nothing."""

    __slots__ = ("address", "agent", "cookies", "dnt", "forwarded", "gpc", "host", "languages",
                 "method", "path", "query", "referrer", "scheme")  # fmt: skip

    def __init__(self) -> None:
        self.method, self.scheme, self.host, self.path, self.query = "GET", "http", "", "", ""
        self.address = self.forwarded = self.referrer = self.agent = self.languages = ""
        self.cookies = self.dnt = self.gpc = ""

    @classmethod
    def of_environ(cls, environ: Mapping[str, Any], scheme: str = "") -> Facts:
        """Of WSGI's environment (PEP 3333), or of Django's META, which looks much the same."""
        get = environ.get
        facts = cls()
        facts.method = get("REQUEST_METHOD") or "GET"
        facts.scheme = scheme or get("wsgi.url_scheme") or "http"
        facts.host = get("HTTP_HOST") or get("SERVER_NAME") or ""
        facts.path = _text((get("SCRIPT_NAME") or "") + (get("PATH_INFO") or ""))
        facts.query = get("QUERY_STRING") or ""
        facts.address = get("REMOTE_ADDR") or ""
        facts.forwarded = get("HTTP_X_FORWARDED_FOR") or ""
        facts.referrer = get("HTTP_REFERER") or ""
        facts.agent = get("HTTP_USER_AGENT") or ""
        facts.languages = get("HTTP_ACCEPT_LANGUAGE") or ""
        facts.cookies = get("HTTP_COOKIE") or ""
        facts.dnt = get("HTTP_DNT") or ""
        facts.gpc = get("HTTP_SEC_GPC") or ""
        return facts

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any]) -> Facts:
        """Of ASGI's scope (version 3)."""
        found = {key: value for key, value in scope["headers"] if key in _WANTED}

        def header(name: bytes) -> str:
            value = found.get(name)
            return value.decode("latin-1") if value else ""

        client = scope.get("client")
        facts = cls()
        facts.method = scope.get("method") or "GET"
        facts.scheme = scope.get("scheme") or "http"
        facts.host = header(b"host")
        facts.path = scope["path"]
        facts.query = scope.get("query_string", b"").decode("latin-1")
        facts.address = client[0] if client else ""
        facts.forwarded = header(b"x-forwarded-for")
        facts.referrer = header(b"referer")
        facts.agent = header(b"user-agent")
        facts.languages = header(b"accept-language")
        facts.cookies = header(b"cookie")
        facts.dnt = header(b"dnt")
        facts.gpc = header(b"sec-gpc")
        return facts

    @property
    def language(self) -> str:
        """The language that is liked most, such as "de-AT"."""
        return self.languages.partition(",")[0].partition(";")[0].strip().strip("*")

    def cookie(self, name: str) -> str:
        """Value of a cookie."""
        if name not in self.cookies:
            return ""
        for part in self.cookies.split(";"):
            key, _, value = part.partition("=")
            if key.strip() == name:
                return value.strip()
        return ""

    def url(self, query: str) -> str:
        """The page's address with the given query."""
        path = self.path
        if not path.isascii() or not _CHARACTERS.isdisjoint(path):
            from urllib.parse import quote

            path = quote(path, _SAFE)
        return f"{self.scheme}://{self.host}{path}{'?' if query else ''}{query}"

    def sender(self, n_proxies: int) -> str:
        """Address of the visitor, `n_proxies` trusted proxies being in between."""
        if n_proxies and self.forwarded:
            hops = self.forwarded.split(",")
            return hops[max(len(hops) - n_proxies, 0)].strip()
        return self.address


def campaign(query: str) -> str:
    """Of a query only what names a campaign; the rest may be anybody's secret.

    >>> campaign("token=abc&utm_source=mail&gclid=1&q=x")
    'utm_source=mail&gclid=1'
    """
    return "&".join(filter(_is_campaign, query.split("&")))


def _is_campaign(part: str) -> bool:
    return part.startswith("utm_") or part.partition("=")[0] in _CLICK_IDS


def _text(path: str) -> str:
    """WSGI hands paths over as bytes in the guise of Latin-1."""
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode()
    except ValueError:
        return path
