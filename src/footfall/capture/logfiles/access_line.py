"""One line of an access log, however odd it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import pyarrow as pa

from footfall.capture.logfiles.clock import log_times
from footfall.capture.records import Flaw
from footfall.intake.secretive import MARK, masked, without_hidden_cells

FIELDS: Final = (
    "timestamp",
    "address",
    "user",
    "method",
    "url",
    "path",
    "protocol",
    "status",
    "bytes",
    "referrer",
    "user_agent",
    "host",
    "request",
    "extra",
)

_QUOTED = r'(?:[^"\\]|\\.)*\\?'
_TAIL: Final = (
    r" \[(?P<time>[^\]]{26})\]"
    rf' "(?P<request>{_QUOTED})"'
    r" (?P<status>[0-9]{3}|-) (?P<bytes>[0-9]{1,18}|-)"
    # The closing quote may be missing where the server cut the line off.
    rf'(?: "(?P<referrer>{_QUOTED})"(?: "(?P<agent>{_QUOTED})(?:"(?: (?P<extra>.*))?)?)?)?\Z'
)
_LINE: Final = re.compile(r"(?P<address>[^ ]+) [^ ]+ (?P<user>[^ ]+)" + _TAIL, re.DOTALL)
# With a host in front the second word is an address; otherwise the user has a space in it.
_HOST_LINE: Final = re.compile(
    r"(?P<host>[^ ]+?)(?::[0-9]+)? (?P<address>[^ ]*[.:][^ ]*) [^ ]+ (?P<user>[^ ]+)" + _TAIL,
    re.DOTALL,
)
_SPACED_LINE: Final = re.compile(r"(?P<address>[^ ]+) [^ ]+ (?P<user>[^\[\]]+)" + _TAIL, re.DOTALL)
_METHOD: Final = re.compile(r"[A-Za-z][A-Za-z-]*")
_ESCAPED: Final = re.compile(r'\\(["\\])')

_NO_TIME: Final = "time is not of the form [17/May/2015:10:05:03 +0000]"
_PROBES: Final = (
    (re.compile(r"[^ ]+ .*?\["), "no time in brackets, such as [17/May/2015:10:05:03 +0000]"),
    (re.compile(r".*?\[[^\]]{26}\]"), _NO_TIME),
    (re.compile(rf'.*?\] "{_QUOTED}"'), "no request in quotes after the time"),
    (
        re.compile(rf'.*?\] "{_QUOTED}" ([0-9]{{3}}|-) '),
        "no status of three digits after the request",
    ),
    (re.compile(rf'.*?\] "{_QUOTED}" [^ ]+ ([0-9]{{1,18}}|-)( |\Z)'), "no size after the status"),
)


def read_lines(texts: Sequence[str]) -> list[tuple[Any, ...] | Flaw]:
    """Values of `FIELDS` in that order for each line, or the reason why it is no request."""
    matches = [_match(text) for text in texts]
    times = _times([match["time"] if match else "" for match in matches])
    return [
        _flaw(text) if match is None else _values(match.groupdict(), time)
        for text, match, time in zip(texts, matches, times, strict=True)
    ]


def _match(text: str) -> re.Match[str] | None:
    return _LINE.match(text) or _HOST_LINE.match(text) or _SPACED_LINE.match(text)


def _values(parts: dict[str, Any], timestamp: int | None) -> tuple[Any, ...] | Flaw:
    if timestamp is None:
        shown = f"time {parts['time']!r} is not a time such as 17/May/2015:10:05:03 +0000"
        return Flaw(shown, "invalid_timestamp")
    request = _request(_plain(parts["request"]) or "")
    return (
        timestamp,
        parts["address"],
        parts["user"] if parts["user"] == "-" else masked(parts["user"]),
        *request[:4],
        _number(parts["status"]),
        _number(parts["bytes"]),
        _plain(parts["referrer"]),
        _plain(parts["agent"]),
        _host(parts.get("host")) or request[4],
        request[5],
        without_hidden_cells(parts["extra"] or "") or None,
    )


def _host(text: str | None) -> str | None:
    """The host in front, unless forwarded addresses stand there: `192.0.2.1, 10.0.0.1 - -`."""
    return None if text is None or masked(text) == MARK + "," else text


def _request(text: str) -> tuple[str | None, ...]:
    """Method, target, path, protocol, host; and the text itself where it is no request."""
    method, _, rest = text.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if not protocol.startswith("HTTP/"):
        target, protocol = rest, ""
    if not target or not _METHOD.fullmatch(method):
        return (None, None, None, None, None, text or None)
    return (method, target, *_path_and_host(target, protocol))


def _path_and_host(target: str, protocol: str) -> tuple[str | None, ...]:
    path, host = re.split(r"[?#]", target, maxsplit=1)[0], None
    if "://" in path:
        try:
            parts = urlsplit(target)
            path, host = parts.path or "/", parts.hostname
        except ValueError:
            host = None
    return (path, protocol or None, host, None)


def _plain(text: str | None) -> str | None:
    return _ESCAPED.sub(r"\1", text) if text and "\\" in text else text


def _number(text: str) -> int | None:
    return int(text) if text != "-" else None


def _times(texts: Sequence[str]) -> list[int | None]:
    """Microseconds since 1970 of times such as `17/May/2015:10:05:03 +0000`."""
    times, valid = log_times(pa.array(texts, pa.string()))
    return [
        time if is_valid else None
        for time, is_valid in zip(times.tolist(), valid.tolist(), strict=True)
    ]


def _flaw(text: str) -> Flaw:
    for probe, reason in _PROBES:
        if not probe.match(text):
            return Flaw(reason, "invalid_timestamp") if reason is _NO_TIME else Flaw(reason)
    return Flaw("text after the size is not a referrer and a user agent in quotes")
