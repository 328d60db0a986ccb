"""Logs of a learning platform: kind, date, user, address and more between `|`.

`1` log-in and `2` log-out: date, user, address, agent. `3` and `4` start and end of an
exercise: date, user, address, type of simulation, exercise, host, in newer files the id of
a container, agent. `5` and `6` errors, without a date, some with user and address. The
agent may be missing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import Final

import numpy as np
import pyarrow as pa

from footfall.capture.logfiles.lines import Entries, LineLog
from footfall.capture.logfiles.mapped import FieldMapper
from footfall.capture.records import MAX_RECORD, Fault, Flaw, Records, line_records
from footfall.capture.times import TimeReader, time_reader
from footfall.capture.whereabouts import Whereabouts
from footfall.intake.secretive import MARK, masked
from footfall.model.source import Source

EVENTS: Final = {
    "1": "session.start",
    "2": "session.end",
    "3": "exercise.start",
    "4": "exercise.end",
    "5": "error",
    "6": "error",
}
DATE: Final = "%d/%m/%Y %H:%M:%S"
_DATE: Final = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", re.ASCII)
_DATED: Final = re.compile(rb"^ *[1-6] *\| *(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d) *(?:\||\Z)")
# An agent has a slash, a space or brackets somewhere.
_CONTAINER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
_WHO: Final = ("user", "ip")
_WHAT: Final = ("simulation", "exercise", "exercise_host", "container")
_NAMES: Final = ("kind", "event", *_WHO, *_WHAT, "agent", "message")

Entry = dict[str, str | None]


class LearningLog(LineLog):
    """Format of the platform's logs; its dates are in the source's time zone.

    An error takes the time of the last line before it that has a date.
    """

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        super().__init__(FieldMapper(source, secret, ("ip",), where))
        read = time_reader(DATE, source.timezone)
        # Many lines of a busy second have the same date.
        self._read_time = lru_cache(maxsize=4096)(lambda date: _time(date, read))
        # For each chunk, by its first line: the number and the time of its last dated line.
        self._chunks: dict[int, tuple[int, int] | None] = {}

    def records(self, data: bytes, line: int) -> Records:
        """One record a line; the last date is remembered for what follows."""
        records = line_records(data, line)
        self._chunks[line] = self._last_dated(records)
        return records

    def _last_dated(self, records: Records) -> tuple[int, int] | None:
        for row in range(len(records) - 1, -1, -1):
            item = records.data[records.starts[row] : records.ends[row]]
            time = self._dated(item) if len(item) <= MAX_RECORD else None
            if time is not None:
                return int(records.lines[row]), time
        return None

    def _before(self, line: int) -> int | None:
        """Time of the last dated line of the chunks before the one that `line` is in.

        Lines that came some other way, such as rejects, have no line before them.
        """
        starts = sorted(self._chunks)
        chunk = bisect_right(starts, line) - 1
        found = [self._chunks[start] for start in starts[: max(chunk, 0)]]
        return next((dated[1] for dated in reversed(found) if dated is not None), None)

    def _dated(self, item: bytes) -> int | None:
        match = _DATED.match(item)
        return None if match is None else self._read_time(match[1].decode())

    def _read(self, records: Records) -> Entries:
        is_chunk = len(self._chunks) > 0
        before = self._before(int(records.lines[0])) if is_chunk and len(records) else None
        rows: list[int] = []
        times: list[int] = []
        entries: list[Entry] = []
        faults: list[Fault] = []
        for row, item in enumerate(records.items):
            dated = self._dated(item)
            before = dated if is_chunk and dated is not None else before
            entry, date = read_entry(item.decode())
            if isinstance(entry, Flaw):
                faults.append(Fault(row, *entry))
                continue
            time = before if date is None else self._read_time(date)
            if time is None:
                faults.append(Fault(row, *_without_time(date)))
                continue
            rows.append(row)
            times.append(time)
            entries.append(entry)
        columns = {
            name: pa.array([entry.get(name) for entry in entries], pa.string()) for name in _NAMES
        }
        return Entries(np.array(rows, np.int64), pa.array(times, pa.int64()), columns, faults)


def read_entry(text: str) -> tuple[Entry | Flaw, str | None]:
    """Fields of a line and its date, if it has one; or the reason why it is none.

    >>> read_entry("2 | 01/03/2024 09:00:00 | anna | 192.0.2.7")[1]
    '01/03/2024 09:00:00'
    """
    kind, _, rest = text.partition("|")
    kind = kind.strip()
    if kind not in EVENTS:
        return Flaw("it does not begin with a kind from 1 to 6 and |"), None
    date, _, following = rest.partition("|")
    entry: Entry = {"kind": kind, "event": EVENTS[kind]}
    if kind in "56":
        if _DATE.fullmatch(date.strip()):
            return entry | _said(following), date.strip()
        return entry | _said(rest), None
    if not date.strip():
        return Flaw("timestamp: the line has no date", "missing_timestamp"), None
    cells = [_known(cell) for cell in following.split("|")]
    fewest = len(_WHO) if kind in "12" else len(_WHO) + len(_WHAT) - 1
    if len(cells) < fewest:
        return Flaw(f"{len(cells) + 2} cells where kind {kind} has {fewest + 2} or more"), None
    entry |= _who_and_what(cells, kind)
    if entry["user"] is None:
        return Flaw("the line names no user"), None
    return entry, date.strip()


def _said(text: str) -> Entry:
    """The message of an error, and to whom it came where it begins with user and address."""
    user, _, rest = text.partition("|")
    address, _, message = rest.partition("|")
    if masked(address.strip()) != MARK:
        return {"message": masked(text).strip() or None}
    who = dict(zip(_WHO, (_known(user), address.strip()), strict=True))
    return who | {"message": masked(message).strip() or None}


def _who_and_what(cells: list[str | None], kind: str) -> Entry:
    entry: Entry = dict(zip(_WHO, cells, strict=False))
    rest = cells[len(_WHO) :]
    if kind in "34":
        entry |= dict(zip(_WHAT[:-1], rest, strict=False))
        rest = rest[len(_WHAT) - 1 :]
        is_container = len(rest) > 1 or _CONTAINER.fullmatch((rest or [""])[0] or "")
        if rest and is_container:
            entry["container"], rest = rest[0], rest[1:]
    agent = " | ".join(cell or "-" for cell in rest)
    return entry | {"agent": _known(agent)}


def _known(cell: str) -> str | None:
    cell = cell.strip()
    return None if cell in ("", "-") else cell


def _time(date: str, read: TimeReader) -> int | None:
    try:
        return read(date)
    except ValueError:
        return None


def _without_time(date: str | None) -> Flaw:
    if date is None:
        reason = "timestamp: an error has no date, and no line before it has one"
        return Flaw(reason, "missing_timestamp")
    shown = f"timestamp: {date!r} is not a date such as 31/12/2024 23:59:59"
    return Flaw(shown, "invalid_timestamp")
