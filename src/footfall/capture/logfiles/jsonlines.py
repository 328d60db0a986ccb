"""JSON lines: one object a line."""

from __future__ import annotations

import re
from typing import Any, Final, cast

import msgspec
import numpy as np

from footfall.capture.logfiles.byline import ByLine
from footfall.capture.records import (
    Fault,
    Parsed,
    Records,
    Row,
    readable,
    too_long,
    without,
)
from footfall.capture.rows import RowMapper
from footfall.capture.whereabouts import Whereabouts
from footfall.model.source import Source

_decode: Final = msgspec.json.Decoder().decode


class JsonLines(ByLine):
    """Format of files with one JSON object a line."""

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        self._mapper = RowMapper(source, secret, is_text=False, where=where)

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
