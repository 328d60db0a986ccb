"""How the cells of a file are parted and quoted, told by its first lines."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

DELIMITERS: Final = (",", ";", "\t", "|")
_LINES: Final = 200
_EVEN: Final = 0.8


class CsvDialect(NamedTuple):
    """What parts cells, what encloses them, and what lets a quote stand within (or nothing).

    A quote that stands twice is one, whatever the escape.
    """

    delimiter: str
    quote: str = '"'
    escape: str = ""


def sniff(
    lines: Sequence[str], width: int | None = None, delimiters: Sequence[str] = DELIMITERS
) -> CsvDialect | None:
    """The dialect that parts most lines into equally many cells, at least two.

    With `width`, into so many. None where no delimiter does so for four lines in five. Cells
    are in apostrophes only where all that begin with one end with one; the escape is a
    backslash only where more rows are sound with it.

    >>> sniff(["time;price", "2026-11-01;2,50", "2026-11-02;3,10"])
    CsvDialect(delimiter=';', quote='"', escape='')
    >>> sniff(["a,b", r'"a \\"good\\" one",2'])
    CsvDialect(delimiter=',', quote='"', escape='\\\\')
    """
    lines = lines[:_LINES]
    scores: dict[CsvDialect, tuple[float, int, float]] = {}
    for dialect in _candidates(lines, delimiters):
        widths = Counter(map(len, split_cells(lines, dialect)))
        usual = width or (widths.most_common(1)[0][0] if widths else 0)
        share = widths[usual] / max(widths.total(), 1)
        if (usual > 1 or len(delimiters) == 1) and share >= _EVEN:
            scores[dialect] = (share, usual, _soundness(lines, dialect, usual))
    # Of those that do as well the first: no escape rather than one.
    return max(scores, key=lambda key: scores[key]) if scores else None


def split_cells(lines: Sequence[str], dialect: CsvDialect) -> list[list[str]]:
    """The cells of each row; quotes are heeded where they are sound."""
    try:
        # A line break within quotes is put back, as the csv module wants to see it.
        return list(_reader([line + "\n" for line in lines], dialect))
    except csv.Error:
        return [line.split(dialect.delimiter) for line in lines]


def _candidates(lines: Sequence[str], delimiters: Sequence[str]) -> Iterator[CsvDialect]:
    has_escape = any("\\" in line for line in lines)
    for delimiter in delimiters:
        quote = "'" if _is_quoted(lines, delimiter, "'") else '"'
        yield CsvDialect(delimiter, quote)
        if has_escape:
            yield CsvDialect(delimiter, quote, "\\")


def _is_quoted(lines: Sequence[str], delimiter: str, quote: str) -> bool:
    """Whether cells of at least half of the lines begin with this quote, and end with it."""
    opening = re.compile(rf"(?:^|{re.escape(delimiter)})(['\"])")
    closing = re.compile(rf"{quote}(?=$|{re.escape(delimiter)})")
    opened = [opening.findall(line) for line in lines]
    n_closed = sum(len(closing.findall(line)) for line in lines)
    is_only = all(each == quote for line in opened for each in line)
    has_most = 2 * sum(map(bool, opened)) >= len(lines)
    return is_only and has_most and 0 < sum(map(len, opened)) == n_closed


def _soundness(lines: Sequence[str], dialect: CsvDialect, width: int) -> float:
    """Share of the rows that have `width` cells and no quote out of place."""
    n_sound = n_rows = 0
    rest = [line + "\n" for line in lines]
    while rest:
        rows = _reader(rest, dialect, is_strict=True)
        try:
            for row in rows:
                n_rows, n_sound = n_rows + 1, n_sound + (len(row) == width)
            break
        except csv.Error:
            n_rows += 1
            rest = rest[max(rows.line_num, 1) :]
    return n_sound / max(n_rows, 1)


def _reader(lines: Sequence[str], dialect: CsvDialect, *, is_strict: bool = False) -> Any:
    return csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape or None,
        strict=is_strict,
    )
