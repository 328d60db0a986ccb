"""Extended logs of the W3C, whose headers name their fields: IIS and CloudFront.

https://www.w3.org/TR/WD-logfile.html; times are UTC. CloudFront writes the same fields as
JSON as well, one object a line.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.logfiles.clock import iso_times
from footfall.capture.logfiles.jsonlines import read_object
from footfall.capture.logfiles.lines import Entries, LineLog, timed
from footfall.capture.logfiles.mapped import FieldMapper, each, known, numbers
from footfall.capture.logfiles.split import Columns, SplitRows, merged, select, split_at
from footfall.capture.records import BOM, Fault, Flaw, Indices, Records, line_records
from footfall.capture.whereabouts import Whereabouts
from footfall.model.source import Source

MAX_FIELDS: Final = 200
MAX_HEADERS: Final = 16
_FIELDS: Final = b"#Fields:"
_TAB, _SPACE, _HASH = 9, 32, 35
_NO_HEADER: Final = -1
_LOST: Final = "which #Fields hold there is not known, or there are too many different ones"
_PER_SECOND: Final = {"s": 1.0, "ms": 1000.0}
_HOSTS: Final = ("x-host-header", "cs(host)", "cs-host")


class W3CLog(LineLog):
    """Format of logs with `#Fields:`; the names it gives are read in lower case.

    A header holds up to the next one. Options: `columns` where a file has none, `time_taken`
    (`s`, `ms`), `agent` (how spaces in it are written: `percent` or `plus`). `url` and
    `duration` in seconds are made of several fields.
    """

    def __init__(
        self,
        source: Source,
        secret: bytes,
        head: bytes = b"",
        where: Whereabouts | None = None,
    ) -> None:
        super().__init__(FieldMapper(source, secret, ("c-ip",), where))
        options = source.mapping.options
        self._columns = [str(name).lower() for name in options.get("columns", ())]
        self._per_second = _PER_SECOND[str(options.get("time_taken", "s"))]
        self._is_plus = options.get("agent") == "plus"
        self._is_json = head.removeprefix(BOM).lstrip().startswith(b"{")
        # By the lines they stand on, which of the different `_kinds` the headers are.
        self._headers: dict[int, int] = {}
        self._kinds: dict[tuple[str, ...], int] = {}
        self._last_line = 0

    def begin(self, head: bytes) -> int:
        """Length of a byte order mark; headers in `head` are learnt."""
        start = super().begin(head)
        self.records(head[: head.rfind(b"\n") + 1][start:], 1)
        return start

    def records(self, data: bytes, line: int) -> Records:
        """One record a line that is no header; headers are remembered by their line."""
        records = line_records(data, line)
        if not len(records) or self._is_json:
            return records
        self._last_line = max(self._last_line, int(records.lines[-1]))
        is_header = np.frombuffer(data, np.uint8)[records.starts] == _HASH
        if not data.endswith(b"\n"):
            # It may be written further, and then is read once more.
            is_header[-1] = False
        for row in np.flatnonzero(is_header).tolist():
            text = data[records.starts[row] : records.ends[row]]
            if text.startswith(_FIELDS):
                names = tuple(_names(text))
                kind = self._kinds.setdefault(names, len(self._kinds))
                self._headers[int(records.lines[row])] = kind
        return select(records, np.flatnonzero(~is_header))

    def _read(self, records: Records) -> Entries:
        part, faults = self._objects(records) if self._is_json else self._lines(records)
        columns = {name: known(values) for name, values in part.columns.items()}
        if "date" not in columns or "time" not in columns:
            flaw = Flaw("it has no date and time", "missing_timestamp")
            missing = [Fault(int(row), *flaw) for row in part.rows]
            none = Entries(part.rows[:0], pa.array([], pa.int64()), {}, [*faults, *missing])
            return none if len(part.rows) else Entries(part.rows, none.times, {}, faults)
        moments = pc.binary_join_element_wise(columns.pop("date"), columns.pop("time"), " ")
        reason = "time: date and time are not of the form 2019-12-04 21:02:31"
        columns = self._completed(columns)
        return timed(part.rows, columns, iso_times(moments), reason, faults)

    def _lines(self, records: Records) -> tuple[SplitRows, list[Fault]]:
        """Cells under the names that the header before each line gives."""
        data = np.frombuffer(records.data, np.uint8)
        tabs = np.flatnonzero(data == _TAB)
        has_tab = np.searchsorted(tabs, records.ends) > np.searchsorted(tabs, records.starts)
        kind = self._kind_of(records)
        is_cut = data[records.starts] == _HASH if len(records) else has_tab
        parts: list[SplitRows] = []
        faults: list[Fault] = []
        for place, names in self._choices():
            for separator, by_tab in ((_TAB, True), (_SPACE, False)):
                rows = np.flatnonzero((kind == place) & (has_tab == by_tab) & ~is_cut)
                if len(rows):
                    part, found = _split(records, rows, separator, names)
                    parts.append(part)
                    faults += found
        lost = np.flatnonzero((kind < _NO_HEADER) | (kind >= MAX_HEADERS))
        faults += [Fault(row, _LOST) for row in lost[~is_cut[lost]].tolist()]
        return merged(parts), faults

    def _kind_of(self, records: Records) -> Indices:
        """Which kind of header holds at each line."""
        lines = sorted(self._headers)
        kinds = np.array([_NO_HEADER, *(self._headers[line] for line in lines)], np.int64)
        kind = kinds[np.searchsorted(np.array(lines, np.int64), records.lines)]
        # Rejects come from anywhere in their file, of which only the beginning was looked at.
        if lines:
            kind = np.where(records.lines > self._last_line, _NO_HEADER - 1, kind)
        return kind

    def _choices(self) -> list[tuple[int, list[str]]]:
        # As one step: meanwhile the records of the next piece may bring another kind.
        known = list(self._kinds.items())
        kinds = [(place, list(names)) for names, place in known]
        return [(_NO_HEADER, self._columns), *kinds[:MAX_HEADERS]]

    def _objects(self, records: Records) -> tuple[SplitRows, list[Fault]]:
        rows: list[int] = []
        objects: list[dict[str, str | None]] = []
        names: dict[str, None] = {}
        faults: list[Fault] = []
        for row, item in enumerate(records.items):
            value = read_object(item)
            if isinstance(value, str):
                faults.append(Fault(row, value))
            else:
                names |= dict.fromkeys(key.lower() for key in value)
                if len(names) > MAX_FIELDS:
                    faults.append(Fault(row, f"more than {MAX_FIELDS} different fields"))
                    names = dict.fromkeys(list(names)[:MAX_FIELDS])
                    continue
                objects.append({key.lower(): _text(cell) for key, cell in value.items()})
                rows.append(row)
        columns = {
            name: pa.array([item.get(name) for item in objects], pa.string()) for name in names
        }
        return SplitRows(np.array(rows, np.int64), columns), faults

    def _completed(self, columns: Columns) -> Columns:
        """The same with `url`, `host`, `duration` in place of what they are made of."""
        if "time-taken" in columns:
            taken = numbers(columns.pop("time-taken"))
            columns["duration"] = pc.divide(taken, self._per_second)
        agent = columns.get("cs(user-agent)")
        if agent is not None:
            spaced = pc.replace_substring(agent, "+", " ") if self._is_plus else agent
            columns["cs(user-agent)"] = spaced if self._is_plus else each(agent, _decoded)
        hosts = [columns.pop(name) for name in _HOSTS if name in columns]
        if hosts:
            columns["host"] = pc.utf8_lower(pc.coalesce(*hosts))
        _add_url(columns)
        return columns


def _split(
    records: Records, rows: Indices, separator: int, names: list[str]
) -> tuple[SplitRows, list[Fault]]:
    if not names:
        reason = f"no #Fields line stands before it, of up to {MAX_FIELDS} names"
        return SplitRows(rows[:0], {}), [Fault(int(row), reason) for row in rows]
    part, n_cells = split_at(select(records, rows), separator, names)
    faults = [
        Fault(int(rows[row]), f"{n_cells[row]} cells where the header names {len(names)}")
        for row in np.flatnonzero(n_cells != len(names)).tolist()
    ]
    return SplitRows(rows[part.rows], part.columns), faults


def _names(header: bytes) -> list[str]:
    """Names of a `#Fields` line; repeated ones get a number."""
    names: dict[str, None] = {}
    for name in header[len(_FIELDS) :].decode("utf-8", "replace").replace("\0", "").split():
        if len(names) == MAX_FIELDS:
            return []
        name = lower = name.lower()
        count = 1
        while name in names:
            count += 1
            name = f"{lower}_{count}"
        names[name] = None
    return list(names)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) or value is None else str(value)


def _decoded(agent: str) -> str:
    # Until 2020 CloudFront encoded what was encoded already.
    text = unquote(agent, errors="replace")
    if "%20" in text:
        text = unquote(text, errors="replace")
    return text.replace("\0", "\ufffd")


def _add_url(columns: Columns) -> None:
    if "cs-uri-stem" not in columns:
        return
    stem = columns.pop("cs-uri-stem")
    query = columns.pop("cs-uri-query", pa.nulls(len(stem), pa.string()))
    query = pc.fill_null(pc.binary_join_element_wise("?", query, ""), "")
    url = pc.binary_join_element_wise(stem, query, "")
    host, scheme = columns.get("host"), columns.pop("cs-protocol", None)
    if host is not None and scheme is not None:
        url = pc.coalesce(pc.binary_join_element_wise(scheme, "://", host, url, ""), url)
    columns["url"] = url
