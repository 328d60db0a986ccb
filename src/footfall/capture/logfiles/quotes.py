"""Which lines of a CSV file begin a row: a cell in quotes may hold line breaks."""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from footfall.capture.records import MAX_RECORD, Indices


class Rows(NamedTuple):
    """First and last line (as indices) of every row, and the line of one not yet ended."""

    first: Indices
    last: Indices
    unfinished: int | None


class Quotes:
    """Quotes as Python's csv module reads them: they open a cell only at its start.

    A quote that stays open for longer than a record may be, or to the end of the file, is
    no quote but a character, so that one stray quote does not swallow the rest.
    """

    def __init__(self, quote: str, delimiter: str, escape: str) -> None:
        q, d = re.escape(quote).encode(), re.escape(delimiter).encode()
        e = re.escape(escape).encode() if escape and escape != quote else b""
        inside = rb"(?:[^%b%b]|%b%b%b)*+" % (q, e, q, q, rb"|%b." % e if e else b"")
        cell = rb"(?:%b%b%b[^%b]*+|[^%b%b][^%b]*+)?+%b" % (q, inside, q, d, q, d, d, d)
        self._byte = ord(quote)
        self._opens = re.compile(rb"(?:%b)*+%b%b\Z" % (cell, q, inside), re.DOTALL)
        self._closes = re.compile(rb"%b%b[^%b]*+(%b)?" % (inside, q, d, d), re.DOTALL)

    def is_open(self, row: bytes) -> bool:
        """Whether the row ends within quotes."""
        return self._opens.match(row) is not None

    def rows(self, data: bytes, starts: Indices, ends: Indices, *, is_last: bool) -> Rows:
        """Rows of the lines `data[starts[i]:ends[i]]`, the first of which begins a row."""
        places = np.flatnonzero(np.frombuffer(data, np.uint8) == self._byte)
        quoted = np.unique(np.searchsorted(starts, places, side="right") - 1).tolist()
        is_first = np.ones(len(starts), np.bool_)
        at = 0
        while at < len(quoted):
            line = quoted[at]
            if not self._opens.match(data[starts[line] : ends[line]]):
                at += 1
                continue
            end = self._end(data, starts, ends, quoted, at)
            if end is None and not is_last and len(data) - starts[line] <= MAX_RECORD:
                return _spans(is_first[:line], line)
            if end is not None:
                is_first[line + 1 : quoted[end] + 1] = False
                at = end
            at += 1
        return _spans(is_first, None)

    def _end(
        self, data: bytes, starts: Indices, ends: Indices, quoted: list[int], at: int
    ) -> int | None:
        """Place in `quoted` of the line that closes the quote opened on line `quoted[at]`."""
        begin = starts[quoted[at]]
        for place in range(at + 1, len(quoted)):
            line = data[starts[quoted[place]] : ends[quoted[place]]]
            if ends[quoted[place]] - begin > MAX_RECORD:
                return None
            match = self._closes.match(line)
            if match is None:
                continue
            if match[1] is None or not self._opens.match(line, match.end()):
                return place
        return None


def _spans(is_first: np.ndarray[tuple[int], np.dtype[np.bool_]], unfinished: int | None) -> Rows:
    first = np.flatnonzero(is_first)
    last = np.append(first[1:] - 1, len(is_first) - 1)[: len(first)]
    return Rows(first, last, unfinished)
