"""What every adapter of a tracker protocol is made of: pure functions over plain values.

An adapter says which requests are its own, reads events out of one, and words the answer
that this tracker's clients expect. It sees neither the network nor the lake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, Final

import msgspec

from footfall.errors import ExposedError, InvalidEvents

JSON: Final = "application/json"
TEXT: Final = "text/plain; charset=utf-8"
_GIF: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_PLACE: Final = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Call:
    """One HTTP request, its body unpacked.

    `path` has no prefix any more; header names are in small letters; of query parameters
    that repeat the last counts. `key` is the write key that came in one of Footfall's own
    ways (prefix, header), else "".
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime
    key: str = ""

    def header(self, name: str) -> str:
        """A header's value, "" where it is missing; `name` in small letters."""
        return self.headers.get(name, "")

    @cached_property
    def value(self) -> Any:
        """The JSON that the body holds: plain, as base64, packed, or in a form's `data`.

        That of a GET stands in the query. Raises `InvalidEvents`; see `peeked`.
        """
        from footfall.capture.protocols.content import data_of, read_json

        body = self.query.get("data", "").encode() if self.method == "GET" else self.body
        return read_json(data_of(body))

    @property
    def peeked(self) -> Any:
        """`value`, or None where there is none: to tell by its shape whose request it is."""
        try:
            return self.value
        except ExposedError:
            return None

    @cached_property
    def form(self) -> dict[str, str]:
        """Parameters of the query, and of the body where that is a form."""
        from footfall.capture.protocols.content import is_json, read_form

        if is_json(self.body):
            return dict(self.query)
        try:
            return {**self.query, **read_form(self.body)}
        except InvalidEvents:
            return dict(self.query)

    @cached_property
    def basic_user(self) -> str:
        """User name of Basic authentication, where several trackers put their key."""
        from footfall.capture.protocols.content import basic_user

        return basic_user(self.header("authorization"))

    @cached_property
    def bearer(self) -> str:
        """Token of Bearer authentication."""
        scheme, _, token = self.header("authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One event in a request.

    `event` has the keys of a canonical event (`docs/api.md`), its timestamp as the sender
    wrote it. `key` names the source; `index` is the place in the request. `sent_at` is the
    sender's clock at the moment of sending, where it tells. `address` is that of the
    visitor where a program speaks for it; it is believed with a write key only.
    `token` is a write key beside an id that all can read. `secret_for` says what of the
    event is taken with a write key only, "" for nothing. With `is_anonymous` the
    sender asks that no network address takes part in telling who it was.
    """

    event: dict[str, Any]
    key: str
    index: int = 0
    sent_at: datetime | None = None
    address: str = ""
    token: str = ""
    secret_for: str = ""
    is_anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A part of a request that cannot become an event; `raw` are its bytes."""

    index: int
    code: str
    reason: str
    raw: bytes
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was in a request."""

    sent: Sequence[Sent] = ()
    refused: Sequence[Refused] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    `refused` holds both what the adapter and what the intake could not take, by index.
    With `error` nothing was stored, unless `stored` says so; with both `error` and
    `refused` the request could not be read, and was kept as a reject.
    """

    stored: int = 0
    duplicates: int = 0
    refused: tuple[Refused, ...] = ()
    error: ExposedError | None = None
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer; the server adds CORS, Retry-After and the length."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path, in which `{name}` stands for one part.

    >>> Route("GET", "/array/{token}/config").matches("GET", "/array/phc_1/config")
    True
    """

    method: str
    path: str

    @property
    def is_plain(self) -> bool:
        """Whether the path is one path only."""
        return "{" not in self.path

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is on this route."""
        return method == self.method and self.leads_to(path)

    def leads_to(self, path: str) -> bool:
        """Whether the route has that path, whatever the method."""
        return (
            path == self.path if self.is_plain else _pattern(self.path).fullmatch(path) is not None
        )


@cache
def _pattern(path: str) -> re.Pattern[str]:
    # Every request of the server is held against the few routes that have one.
    return re.compile("[^/]+".join(map(re.escape, _PLACE.split(path))))


def _always(_call: Call) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Adapter:
    """One tracker protocol.

    `name` is the protocol in the ledger. Where several adapters share a route, the first
    whose `claims` says yes to the request gets it; `rank` orders them, lowest first, so
    that one which recognizes its own shape is asked before one which takes anything.
    `read` raises `InvalidEvents` for what it cannot read as a whole. `reply` must have an
    answer for every outcome, errors too: it decides whether this tracker's clients send
    again. `key_parameters` of the query may name the source of a request that cannot be read;
    `exposed_headers` of the answer are for the page to read.
    """

    name: str
    routes: tuple[Route, ...]
    read: Callable[[Call], Reading]
    reply: Callable[[Call, Outcome], Reply]
    claims: Callable[[Call], bool] = _always
    rank: int = 0
    key_parameters: tuple[str, ...] = ()
    exposed_headers: tuple[str, ...] = ()


def json_reply(value: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, msgspec.json.encode(value))


def pixel(status: int = 200) -> Reply:
    """A transparent image of one pixel."""
    return Reply(status, _GIF, "image/gif")


def text_reply(text: str, status: int = 200) -> Reply:
    """An answer in plain text."""
    return Reply(status, text.encode(), TEXT)


def refusal(error: ExposedError) -> Reply:
    """The error as Footfall's own API tells it, with its status."""
    return json_reply({"error": error.to_dict()}, error.status)


def posts(*paths: str) -> tuple[Route, ...]:
    """Routes for POST on these paths, with and without a slash at the end."""
    return routes("POST", *paths)


def routes(method: str, *paths: str) -> tuple[Route, ...]:
    """Routes of one method, with and without a slash at the end."""
    return tuple(Route(method, each) for path in paths for each in (path, f"{path}/"))


def without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping without what says nothing: None, "" and empty objects.

    >>> without_nothing({"a": 0, "b": "", "c": None, "d": {}})
    {'a': 0}
    """
    return {key: value for key, value in values.items() if value not in (None, "", {})}
