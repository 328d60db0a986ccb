"""Error logs of nginx: a message, and behind it what it was about.

http://nginx.org/en/docs/ngx_core_module.html#error_log; times are local to the server.
"""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import pyarrow as pa

from footfall.capture.logfiles.lines import Entries, LineLog
from footfall.capture.logfiles.mapped import FieldMapper
from footfall.capture.records import Fault, Records
from footfall.capture.times import time_reader
from footfall.capture.whereabouts import Whereabouts
from footfall.intake.secretive import masked
from footfall.model.source import Source

_LINE: Final = re.compile(
    r"(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level>[a-z]+)\] "
    r"(?P<pid>\d{1,18})#(?P<tid>\d{1,18}): (?:\*(?P<connection>\d{1,18}) )?(?P<text>.*)",
    re.DOTALL | re.ASCII,
)
_CLIENT: Final = ", client: "
_KEY: Final = r", (server|request|subrequest|upstream|host|referrer): "
_DETAIL: Final = re.compile(rf'{_KEY}("(?:[^"]|"(?!{_KEY}|\Z))*"|[^,]*)')
_REQUEST: Final = re.compile(r"(\S+) (.*?)(?: (HTTP/[0-9.]+))?", re.DOTALL)
_NAMES: Final = (
    *("level", "pid", "tid", "connection", "message", "client", "server", "method", "url"),
    *("protocol", "request", "subrequest", "upstream", "host", "referrer"),
)


class NginxErrorLog(LineLog):
    """Format of error logs; a line without a time at its start is a fault."""

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        super().__init__(FieldMapper(source, secret, ("client",), where))
        self._read_time = time_reader("%Y/%m/%d %H:%M:%S", source.timezone)

    def _read(self, records: Records) -> Entries:
        rows: list[int] = []
        times: list[int] = []
        entries: list[dict[str, str | None]] = []
        faults: list[Fault] = []
        moments: dict[str, int] = {}
        for row, item in enumerate(records.items):
            match = _LINE.fullmatch(item.decode())
            try:
                time = None if match is None else self._time(match["time"], moments)
            except ValueError as error:
                faults.append(Fault(row, f"time {error}", "invalid_timestamp"))
                continue
            if match is None or time is None:
                faults.append(Fault(row, "no time, [level] and pid#tid: at the start"))
                continue
            rows.append(row)
            times.append(time)
            entries.append(read_error(match))
        columns = {
            name: pa.array([entry.get(name) for entry in entries], pa.string()) for name in _NAMES
        }
        return Entries(np.array(rows, np.int64), pa.array(times, pa.int64()), columns, faults)

    def _time(self, text: str, moments: dict[str, int]) -> int:
        time = moments.get(text)
        if time is None:
            time = moments[text] = self._read_time(text)
        return time


def read_error(match: re.Match[str]) -> dict[str, Any]:
    """Fields of one line of an error log."""
    found: dict[str, Any] = {key: match[key] for key in ("level", "pid", "tid", "connection")}
    # Whoever asks can write words of their own into the message, but only before the last.
    message, separator, tail = match["text"].partition(_CLIENT)
    found["message"] = masked(message)
    if not separator:
        return found
    client, comma, rest = tail.partition(",")
    found["client"] = client
    return found | _details(comma + rest)


def _details(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    place = 0
    while (match := _DETAIL.match(text, place)) is not None:
        found[match[1]] = match[2].removeprefix('"').removesuffix('"') or None
        place = match.end()
    request = _REQUEST.fullmatch(found.get("request") or "")
    if request is not None:
        del found["request"]
        found |= {"method": request[1], "url": request[2], "protocol": request[3]}
    return found
