"""GET /footfall.js: the browser tracker, shrunk and packed once, for pages of any origin.

A raw ASGI handler: a page that is measured may reach this server by any name.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from footfall.errors import InvalidSetting
from footfall.server.openapi import EVENTS_PATH
from footfall.server.shrink import shrink
from footfall.settings import TrackerSettings

SCRIPT_PATH: Final = "/footfall.js"

_FILE: Final = "footfall.js"
# What an installed package brings along, and where it comes from in a checkout.
_PLACES: Final = (
    Path(__file__).parent / _FILE,
    Path(__file__).parents[3] / "clients" / "browser" / _FILE,
)
_PATH_IN_SCRIPT: Final = f'"{EVENTS_PATH}"'
_OWN: Final = ("/api/", "/docs/", "/k/", "/login/", "/sql/", "/static/", "/v1/events/")
_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    # An hour: what is changed here reaches every page within it, mostly by a 304.
    "Cache-Control": "public, max-age=3600, stale-while-revalidate=86400",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is sent: plain, and packed with gzip."""

    plain: bytes
    packed: bytes
    digest: str


class ScriptEndpoint:
    """The handler; `settings` add a path of the site's own to the usual one."""

    def __init__(self, settings: TrackerSettings) -> None:
        _check("script", settings.script)
        _check("endpoint", settings.endpoint, EVENTS_PATH)
        self._endpoint = settings.endpoint
        scripts = {SCRIPT_PATH, settings.script}
        self._modules = frozenset(str(PurePosixPath(path).with_suffix(".mjs")) for path in scripts)
        self._paths = self._modules | scripts

    def is_asked(self, path: str) -> bool:
        """Whether the script is to be had there, as it is or as a module (`.mjs`)."""
        return path in self._paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] in ("GET", "HEAD"):
            script = make_script(self._endpoint, is_module=scope["path"] in self._modules)
            response = _response(script, Headers(scope=scope))
        else:
            response = Response(status_code=405, headers={"Allow": "GET, HEAD"})
        await response(scope, receive, send)


@cache
def make_script(endpoint: str = EVENTS_PATH, *, is_module: bool = False) -> Script:
    """The tracker that sends to that path; a module sends to where it came from."""
    source = tracker_file().read_text("utf-8")
    target = msgspec.json.encode(endpoint).decode()
    if is_module:
        target = f"new URL({target},import.meta.url)"
        source += "export default footfall;"
    plain = shrink(source).replace(_PATH_IN_SCRIPT, target, 1).encode()
    digest = hashlib.sha256(plain).hexdigest()[:16]
    return Script(plain, gzip.compress(plain, 9, mtime=0), digest)


def tracker_file() -> Path:
    """The hand-written script, in the package or in the checkout it was installed from."""
    return next(path for path in _PLACES if path.exists())


def _response(script: Script, asked: Headers) -> Response:
    is_packed = "gzip" in asked.get("accept-encoding", "")
    tag = f'"{script.digest}{"-gz" if is_packed else ""}"'
    headers = {**_HEADERS, "ETag": tag}
    if tag in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    body = script.packed if is_packed else script.plain
    return Response(body, headers=headers, media_type="text/javascript")


def _check(key: str, path: str, *allowed: str) -> None:
    is_plain = path.startswith("/") and not path.startswith("//") and not set(path) & set("?#% ")
    if path in allowed or (is_plain and path != "/" and not f"{path}/".startswith(_OWN)):
        return
    raise InvalidSetting(
        f"{key} in [tracker] of footfall.toml is {path!r}: write a path that begins with one "
        f"slash and is none of the server's own ({', '.join(_OWN)}), such as '/js/app.js'."
    )
