"""Access logs in the common and the combined form, as Apache and nginx write them.

Whole chunks are taken apart with vector operations; lines that are not shaped as usual
(escaped quotes, a host in front, requests that are no HTTP) are read one at a time.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.logfiles.access_line import FIELDS, read_lines
from footfall.capture.logfiles.byline import ByLine
from footfall.capture.logfiles.clock import WIDTH, read_times
from footfall.capture.logfiles.jsontext import json_objects
from footfall.capture.logfiles.slices import Slices, read_numbers
from footfall.capture.pseudonyms import address_id
from footfall.capture.records import (
    Fault,
    Flaw,
    Indices,
    Parsed,
    Records,
    readable,
    too_long,
    without,
)
from footfall.capture.whereabouts import Whereabouts
from footfall.lake.schema import ARROW_TYPES
from footfall.model.source import Source, property_column

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Fields = dict[str, pa.Array]

NAME: Final = "request"
PROPERTIES: Final = ("method", "status", "bytes", "protocol", "user", "request", "extra")
_TYPES: Final[dict[str, pa.DataType]] = {
    name: pa.int64() if name in ("status", "bytes", "timestamp") else pa.string() for name in FIELDS
}
_QUOTE, _SPACE, _BACKSLASH = 34, 32, 92


class AccessLog(ByLine):
    """Format of access logs; a line needs at least address, time, request, status and size.

    The client's address becomes a keyed hash in `distinct_id`, and tells the country; it is
    stored nowhere else, but for what the source's policy keeps of it.
    """

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        self._where = where or Whereabouts(source, secret, None)
        self._source = source
        self._secret = secret
        rule = source.mapping.fields.get("name")
        self._name = rule.constant if rule is not None and rule.constant else NAME
        self._actors: dict[str, str] = {}

    def parse(self, records: Records) -> Parsed:
        """Events out of lines; a line that is no request to anybody is a fault."""
        faults = too_long(records)
        usable, places = without(records, faults)
        usable = readable(usable)
        usual, fields = _split_usual(usable)
        unusual = np.flatnonzero(~usual)
        if len(unusual):
            fields, rows, found = _add_unusual(usable, usual, unusual, fields)
            faults += [fault.at(places[fault.record]) for fault in found]
            places = places[rows]
        return Parsed(self._table(fields), places, faults)

    def _table(self, fields: Fields) -> pa.Table:
        n_rows = len(fields["timestamp"])
        addresses = fields["address"].dictionary_encode()
        table: dict[str, pa.Array] = {
            "timestamp": fields["timestamp"].cast(ARROW_TYPES["time"]),
            "name": pa.array([self._name], pa.string()).take(pa.array(np.zeros(n_rows, np.int64))),
            "distinct_id": self._actor_ids(addresses),
            "url": fields["url"],
            "host": fields["host"],
            "path": fields["path"],
            "referrer": _known(fields["referrer"]),
            "user_agent": _known(fields["user_agent"]),
        }
        table |= self._where.columns(addresses, {})
        values = {name: fields[name] for name in PROPERTIES}
        values["user"] = _known(values["user"])
        declared = {name: values.pop(name) for name in PROPERTIES if self._fits(name)}
        table |= {property_column(name): self._typed(name, declared[name]) for name in declared}
        table["properties"] = json_objects(values, n_rows)
        return pa.table(table)

    def _fits(self, name: str) -> bool:
        """Whether every value of that property can stand in its declared column."""
        kind = self._source.properties.get(name)
        if kind is None:
            return False
        if _TYPES[name] == pa.int64():
            return kind in ("int", "float")
        return kind == "text"

    def _typed(self, name: str, values: pa.Array) -> pa.Array:
        return values.cast(ARROW_TYPES[self._source.properties[name]])

    def _actor_ids(self, encoded: pa.Array) -> pa.Array:
        known = self._actors
        if len(known) > 1_000_000:
            known.clear()
        ids: list[str] = []
        for address in encoded.dictionary.to_pylist():
            found = known.get(address)
            if found is None:
                found = known[address] = address_id(address, self._secret)
            ids.append(found)
        return pa.array(ids, pa.string()).take(encoded.indices)


def _known(values: pa.Array) -> pa.Array:
    """`-` and nothing stand for a value that was not there."""
    is_missing = pc.or_(pc.equal(values, "-"), pc.equal(values, ""))
    return pc.if_else(is_missing, pa.scalar(None, pa.string()), values)


def _add_unusual(
    records: Records, usual: Mask, unusual: Indices, fields: Fields
) -> tuple[Fields, Indices, list[Fault]]:
    """Fields of all readable lines in their order, the lines' indices, and the faults."""
    lines: list[tuple[Any, ...]] = []
    read: list[int] = []
    faults: list[Fault] = []
    texts = [
        records.data[start:end].decode()
        for start, end in zip(
            records.starts[unusual].tolist(), records.ends[unusual].tolist(), strict=True
        )
    ]
    for index, line in zip(unusual.tolist(), read_lines(texts), strict=True):
        if isinstance(line, Flaw):
            faults.append(Fault(index, *line))
        else:
            lines.append(line)
            read.append(index)
    rows = np.concatenate([np.flatnonzero(usual), np.array(read, np.int64)])
    order = np.argsort(rows, kind="stable")
    columns = zip(*lines, strict=True) if lines else ((),) * len(FIELDS)
    merged = {
        name: pa.concat_arrays([fields[name], pa.array(column, _TYPES[name])]).take(pa.array(order))
        for name, column in zip(FIELDS, columns, strict=True)
    }
    return merged, rows[order], faults


def _split_usual(records: Records) -> tuple[Mask, Fields]:
    """Which lines are shaped as usual, and the fields of those."""
    data = np.frombuffer(records.data, np.uint8)
    quotes = np.flatnonzero(data == _QUOTE)
    first = np.searchsorted(quotes, records.starts)
    n_quotes = np.searchsorted(quotes, records.ends) - first
    is_combined = _is_mostly(n_quotes, 6)
    usual = n_quotes == (6 if is_combined else 2)
    # A whole time fits between the start of the line and its first quote.
    lines = np.flatnonzero(usual)
    lines = lines[quotes[first[lines]] - records.starts[lines] > WIDTH + 6]
    marks = quotes[first[lines][:, None] + np.arange(6 if is_combined else 2)]
    split = _Split(records, data, lines, marks)
    good = split.check()
    usual = np.zeros(len(records), np.bool_)
    usual[lines[good]] = True
    return usual, split.fields(good)


def _is_mostly(counts: Indices, wanted: int) -> bool:
    return int((counts == wanted).sum()) * 2 >= int(((counts == 2) | (counts == wanted)).sum())


def _has(data: Any, byte: int, starts: Indices, ends: Indices) -> Mask:
    """Which lines have that byte anywhere."""
    places = np.flatnonzero(data == byte)
    return np.searchsorted(places, ends) > np.searchsorted(places, starts)


class _Split:
    """Places of the parts of lines with 6 quotes (combined) or 2 (common)."""

    def __init__(self, records: Records, data: Any, lines: Indices, quotes: Indices) -> None:
        self.data = data
        self.text = records.data
        self.quotes = quotes
        self.start, self.end = records.starts[lines], records.ends[lines]
        self.is_combined = quotes.shape[-1] == 6
        spaces = np.flatnonzero(data == _SPACE)
        last = len(spaces) - 1
        before = np.searchsorted(spaces, self.start)
        # Host, -, user, two beside the zone of the time, two in the request, one behind it.
        nth = [
            spaces[np.minimum(before + i, last)] if len(spaces) else self.start for i in range(8)
        ]
        self.host_end, ident_end, self.user_end, _, self.time_end, *request = nth
        self.user_start = ident_end + 1
        self.method_end, self.target_end, self.request_end = request
        self.size_end = quotes[:, 2] - 1 if self.is_combined else self.end

    def check(self) -> Mask:
        """Which lines have every part where it belongs, so that `fields` may be read."""
        first, second = self.quotes[:, 0], self.quotes[:, 1]
        good = (self.host_end > self.start) & (self.user_end == first - WIDTH - 4)
        good &= self._is(first - WIDTH - 3, "[") & self._is(first - 2, "]")
        good &= (self.time_end == first - 1) & (self.request_end == second + 1)
        good &= self.method_end > first + 1
        good &= self._is(self.method_end + 1, "/") & (self.target_end > self.method_end + 1)
        good &= self._is(second + 5, " ") & (self.size_end > second + 6)
        if b"\\" in self.text:
            good &= ~_has(self.data, _BACKSLASH, self.start, self.end)
        if self.is_combined:
            good &= self._is(self.quotes[:, 2] - 1, " ") & (
                self.quotes[:, 4] == self.quotes[:, 3] + 2
            )
            good &= self._is(self.quotes[:, 3] + 1, " ") & (self.quotes[:, 5] == self.end - 1)
        self._read_values(good)
        return good

    def _read_values(self, good: Mask) -> None:
        second = self.quotes[:, 1]
        self.time, is_time = read_times(self.data, self.quotes[:, 0] - WIDTH - 2)
        self.status, is_status = read_numbers(
            self.data, second + 2, np.minimum(second + 5, self.end)
        )
        self.size, self.is_sized = read_numbers(self.data, second + 6, self.size_end)
        is_dash = (self.size_end == second + 7) & self._is(second + 6, "-")
        good &= is_time & is_status & (self.is_sized | is_dash)
        good &= self._is_method(self.quotes[:, 0] + 1, self.method_end)
        for place, character in enumerate("HTTP/"):
            good &= self._is(self.target_end + 1 + place, character)

    def _is_method(self, starts: Indices, ends: Indices) -> Mask:
        """Whether the text is up to 8 letters; rarer methods are read line by line."""
        lengths = ends - starts
        good = (lengths >= 1) & (lengths <= 8)
        for place in range(8):
            letter = self.data[np.where(place < lengths, starts + place, starts)] | 32
            good &= (letter >= 97) & (letter <= 122)
        return good

    def _is(self, places: Indices, character: str) -> Mask:
        return self.data.take(places, mode="clip") == ord(character)

    def fields(self, good: Mask) -> Fields:
        """The fields of the good lines."""
        target = self.method_end + 1
        bounds = [self.start, self.host_end, self.user_start, self.user_end]
        bounds += [self.quotes[:, 0] + 1, self.method_end, target, self.target_end]
        bounds += [self.target_end + 1, self.quotes[:, 1]]
        if self.is_combined:
            bounds += [
                self.quotes[:, 2] + 1,
                self.quotes[:, 3],
                self.quotes[:, 4] + 1,
                self.quotes[:, 5],
            ]
        slices = Slices(self.text, np.column_stack(bounds)[good])
        n_rows = int(good.sum())
        nothing = pa.nulls(n_rows, pa.string())
        url = slices.field(6)
        start = target[good]
        paths = Slices(self.text, np.column_stack([start, start + self._path_lengths(url)]))
        return {
            "timestamp": pa.array(self.time[good]),
            "address": slices.field(0),
            "user": slices.field(2),
            "method": slices.field(4),
            "url": url,
            "path": paths.field(0),
            "protocol": slices.field(8),
            "status": pa.array(self.status[good]),
            "bytes": pa.array(self.size[good], mask=~self.is_sized[good]),
            "referrer": slices.field(10) if self.is_combined else nothing,
            "user_agent": slices.field(12) if self.is_combined else nothing,
            "host": nothing,
            "request": nothing,
            "extra": nothing,
        }

    def _path_lengths(self, urls: pa.StringArray) -> Indices:
        """How many bytes of each URL come before a query or a fragment."""
        lengths = pc.binary_length(urls).to_numpy().astype(np.int64)
        for mark in ("?", "#"):
            if mark.encode() in self.text:
                found = pc.find_substring(urls, mark).to_numpy()
                lengths = np.where((found >= 0) & (found < lengths), found, lengths)
        return lengths
