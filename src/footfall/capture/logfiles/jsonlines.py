"""JSON lines: one object a line."""

from __future__ import annotations

import re
from typing import Any, Final, cast

import msgspec
import numpy as np

from footfall.capture.records import (
    BOM,
    Fault,
    Parsed,
    Records,
    Row,
    cut_line,
    line_continues,
    line_records,
    readable,
    too_long,
    without,
)
from footfall.capture.rows import RowMapper
from footfall.model.source import Source

_decode: Final = msgspec.json.Decoder().decode


class JsonLines:
    """Format of files with one JSON object a line."""

    def __init__(self, source: Source, secret: bytes) -> None:
        self._mapper = RowMapper(source, secret, is_text=False)

    def begin(self, head: bytes) -> int:
        """Nothing stands before the first line but perhaps a byte order mark."""
        return len(BOM) if head.startswith(BOM) else 0

    def cut(self, data: bytes, *, is_last: bool) -> int:
        """End of the last whole line."""
        return cut_line(data, is_last=is_last)

    def records(self, data: bytes, line: int) -> Records:
        """One record a line."""
        return line_records(data, line)

    def continues(self, record: bytes, following: bytes) -> bool:
        """Whether the line goes on."""
        return line_continues(record, following)

    def parse(self, records: Records) -> Parsed:
        """Events out of objects."""
        return parse_objects(records, self._mapper)


def parse_objects(records: Records, mapper: RowMapper) -> Parsed:
    """Events out of records that are a JSON object each."""
    faults = too_long(records)
    usable, places = without(records, faults)
    usable = readable(usable)
    rows: list[Row] = []
    kept: list[int] = []
    for place, item in zip(places.tolist(), usable.items, strict=True):
        row = read_object(item)
        if isinstance(row, str):
            faults.append(Fault(place, row))
        else:
            rows.append(row)
            kept.append(place)
    parsed = mapper.table(rows, np.array(kept, np.int64))
    return Parsed(parsed.table, parsed.rows, faults + parsed.faults)


def read_object(item: bytes) -> Row | str:
    """The object, or why it is none."""
    if _NUL in item and _has_nul(item):
        return "holds the character U+0000"
    try:
        value: Any = _decode(item)
    except msgspec.DecodeError as error:
        return f"not JSON: {error}"
    except RecursionError:
        return "JSON is nested too deeply"
    if not isinstance(value, dict):
        return f"JSON is {_KINDS[type(value)]}, not an object"
    return cast("Row", value)


def _has_nul(item: bytes) -> bool:
    # An even number of backslashes before it makes the last of them a character.
    return re.search(rb"(?<!\\)(\\\\)*\\u0000", item) is not None


_NUL: Final = b"\\u0000"
_KINDS: Final[dict[type, str]] = {
    list: "an array",
    str: "text",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}
