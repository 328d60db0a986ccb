"""JSON values one after the other, in an array or not, on as many lines as they like."""

from __future__ import annotations

import json
import re
from typing import Final

import numpy as np

from footfall.capture.logfiles.jsonlines import parse_objects
from footfall.capture.records import BOM, Parsed, Records
from footfall.capture.rows import RowMapper
from footfall.capture.whereabouts import Whereabouts
from footfall.model.source import Source

_BETWEEN: Final = re.compile(r"[\s,\[\]\0]*")
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]"]', re.DOTALL)
_PLAIN_END: Final = re.compile(r"[,\]\s]")
_scan: Final = json.JSONDecoder(strict=False).raw_decode


class JsonArray:
    """Format of files that hold one JSON array, or JSON objects spread over lines."""

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        self._mapper = RowMapper(source, secret, is_text=False, where=where)

    def begin(self, head: bytes) -> int:
        """Nothing stands before the first element but perhaps a byte order mark."""
        return len(BOM) if head.startswith(BOM) else 0

    def cut(self, data: bytes, *, is_last: bool) -> int:
        """End of the last whole element."""
        if is_last:
            return len(data)
        spans = elements(data, is_last=False)
        return spans[-1][1] if spans else 0

    def records(self, data: bytes, line: int) -> Records:
        """One record an element."""
        spans = np.array(elements(data, is_last=True), np.int64).reshape(-1, 2)
        breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == 10)
        starts, ends = spans[:, 0].copy(), spans[:, 1].copy()
        return Records(data, starts, ends, line + np.searchsorted(breaks, starts))

    def continues(self, record: bytes, following: bytes) -> bool:
        """Whether the element was cut off."""
        text = (record + following[:1]).decode("latin-1")
        return _end(text, 0) != len(record)

    def parse(self, records: Records) -> Parsed:
        """Events out of objects."""
        return parse_objects(records, self._mapper)


def elements(data: bytes, *, is_last: bool) -> list[tuple[int, int]]:
    """Start and end of every element; with `is_last` also of one that is cut off."""
    # One character a byte, so that places in the text are places in the bytes.
    text = data.decode("latin-1")
    spans: list[tuple[int, int]] = []
    place = _skip(text, 0)
    while place < len(text):
        end = _end(text, place)
        if end is None:
            if is_last:
                spans.append((place, len(text.rstrip())))
            break
        spans.append((place, end))
        place = _skip(text, end)
    return spans


def _skip(text: str, place: int) -> int:
    match = _BETWEEN.match(text, place)
    return match.end() if match else place


def _end(text: str, start: int) -> int | None:
    """End of the element at `start`, well-formed or not; None if it is not there yet."""
    try:
        return _scan(text, start)[1] if text[start] == "{" else _rough_end(text, start)
    except (ValueError, RecursionError):
        return _rough_end(text, start)


def _rough_end(text: str, start: int) -> int | None:
    """End by brackets alone, so that one malformed element does not spoil the next."""
    if text[start] not in '{"':
        match = _PLAIN_END.search(text, start)
        return match.start() if match else None
    depth = 0
    for token in _TOKEN.finditer(text, start):
        mark = token[0]
        if mark == '"':
            return None
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
        if depth == 0:
            return token.end()
    return None
