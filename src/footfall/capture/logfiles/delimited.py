"""Rows of cells: CSV with its quotes, and lines split at a delimiter such as `|`."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from footfall.capture.dialect import DELIMITERS, CsvDialect, sniff
from footfall.capture.logfiles.quotes import Quotes
from footfall.capture.records import (
    BOM,
    HEAD,
    MAX_RECORD,
    Fault,
    Indices,
    Parsed,
    Records,
    Row,
    cut_line,
    line_continues,
    line_spans,
    readable,
    too_long,
    without,
)
from footfall.capture.rows import RowMapper
from footfall.capture.whereabouts import Whereabouts
from footfall.errors import InvalidEvents, InvalidMapping
from footfall.model.source import Source

_DEFAULTS: Final = {"csv": CsvDialect(","), "delimited": CsvDialect("|", "")}


class Delimited:
    """Format of CSV and other delimited files.

    Options: `delimiter`, `quote` (empty for none), `escape`, `columns` (names, where the
    file has no header). Of CSV, those of the first three that are not given are told by
    `head`, the beginning of the file. With a quote a cell may span lines; a header that comes
    again, as in files put together, is no row.
    """

    def __init__(
        self,
        source: Source,
        secret: bytes,
        head: bytes = b"",
        where: Whereabouts | None = None,
    ) -> None:
        options = source.mapping.options
        usual = _DEFAULTS[source.mapping.format]
        if source.mapping.format == "csv":
            usual = _sniffed(head, options) or usual
        self._delimiter = _character(options, "delimiter", usual.delimiter)
        self._quote = _character(options, "quote", usual.quote)
        # An escape that was told goes with the quote that was.
        escape = "" if "quote" in options else usual.escape
        self._escape = _character(options, "escape", escape)
        self._quotes = Quotes(self._quote, self._delimiter, self._escape) if self._quote else None
        self._columns = [str(name) for name in options.get("columns", ())]
        self._header: list[str] | None = None
        self._mapper = RowMapper(source, secret, is_text=True, where=where)

    def begin(self, head: bytes) -> int:
        """Read the header, unless the columns are given; its length in bytes."""
        start = len(BOM) if head.startswith(BOM) else 0
        if self._columns:
            return start
        spans = self._spans(head[start:], 1)
        place = next((i for i in range(len(spans[0])) if spans[1][i] > spans[0][i]), None)
        if place is None:
            return start
        header = head[start + int(spans[0][place]) : start + int(spans[1][place])]
        self._header = next(self._reader([header.decode("utf-8", "replace")]), [])
        self._columns = _column_names(self._header)
        after = start + int(spans[1][place])
        if after == len(head) >= HEAD:
            raise InvalidEvents(
                f"The header is longer than {HEAD:,} bytes: name the columns with the mapping "
                "option 'columns'."
            )
        return after + (2 if head[after : after + 2] == b"\r\n" else int(after < len(head)))

    def cut(self, data: bytes, *, is_last: bool) -> int:
        """End of the last line that no open quote continues."""
        end = cut_line(data, is_last=is_last)
        if is_last or self._quotes is None:
            return end
        starts, ends, _ = line_spans(data[:end], 1)
        unfinished = self._quotes.rows(data[:end], starts, ends, is_last=False).unfinished
        return end if unfinished is None else int(starts[unfinished])

    def records(self, data: bytes, line: int) -> Records:
        """One record a row; empty lines are none."""
        starts, ends, lines = self._spans(data, line)
        kept = ends > starts
        return Records(data, starts[kept], ends[kept], lines[kept])

    def continues(self, record: bytes, following: bytes) -> bool:
        """Whether the row goes on, on its line or, in an open quote, on the next."""
        if self._quotes is not None and self._quotes.is_open(record):
            return True
        return line_continues(record, following)

    def parse(self, records: Records) -> Parsed:
        """Events out of rows; a row with too many or too few cells is a fault."""
        faults = too_long(records)
        usable, places = without(records, faults)
        texts = [item.decode() for item in readable(usable).items]
        rows: list[Row] = []
        kept: list[int] = []
        for place, cells in zip(places.tolist(), self._cells(texts), strict=True):
            if isinstance(cells, str):
                faults.append(Fault(place, cells))
            elif cells != self._header:
                rows.append(self._row(cells))
                kept.append(place)
        parsed = self._mapper.table(rows, np.array(kept, np.int64))
        return Parsed(parsed.table, parsed.rows, faults + parsed.faults)

    def _row(self, cells: list[str]) -> Row:
        return {key: cell for key, cell in zip(self._columns, cells, strict=True) if cell}

    def _cells(self, texts: list[str]) -> Sequence[list[str] | str]:
        try:
            found = list(self._reader(texts))
        except csv.Error:
            found = []
        # Fewer rows than texts: an open quote ran from one into the next.
        if len(found) != len(texts):
            return [self._checked(text) for text in texts]
        wanted = len(self._columns)
        return [row if len(row) == wanted else self._miscounted(row) for row in found]

    def _checked(self, text: str) -> list[str] | str:
        try:
            row = next(self._reader([text], is_strict=True))
        except csv.Error as error:
            return f"not a row: {error}"
        return row if len(row) == len(self._columns) else self._miscounted(row)

    def _miscounted(self, row: list[str]) -> str:
        return f"{len(row)} cells where there are {len(self._columns)} columns"

    def _reader(self, texts: list[str], *, is_strict: bool = False) -> Iterator[list[str]]:
        # The limit is the process's: no cell may be longer than a record is anyway.
        csv.field_size_limit(max(csv.field_size_limit(), MAX_RECORD))
        return csv.reader(
            texts,
            delimiter=self._delimiter,
            quotechar=self._quote or None,
            quoting=csv.QUOTE_MINIMAL if self._quote else csv.QUOTE_NONE,
            escapechar=self._escape or None,
            strict=is_strict,
        )

    def _spans(self, data: bytes, line: int) -> tuple[Indices, Indices, Indices]:
        starts, ends, lines = line_spans(data, line)
        if self._quotes is None:
            return starts, ends, lines
        rows = self._quotes.rows(data, starts, ends, is_last=True)
        return starts[rows.first], ends[rows.last], lines[rows.first]


def _column_names(header: list[str]) -> list[str]:
    """Names that differ: empty ones become `column_3`, repeated ones `name_2`."""
    names: list[str] = []
    for index, cell in enumerate(header, 1):
        name = cell.strip() or f"column_{index}"
        n_before = sum(other == name for other in names)
        names.append(name if not n_before else f"{name}_{n_before + 1}")
    return names


def _sniffed(head: bytes, options: dict[str, Any]) -> CsvDialect | None:
    """The dialect of a file that begins so, as far as the options leave it open."""
    width = len(options.get("columns", ()))
    given = options.get("delimiter")
    delimiters = DELIMITERS if given is None else (_character(options, "delimiter", ""),)
    # What was cut off would count as a row of its own width.
    whole = head[: cut_line(head, is_last=len(head) < HEAD)]
    lines = whole.removeprefix(BOM).decode("utf-8", "replace").splitlines()
    return sniff([line for line in lines if line], width or None, delimiters)


def _character(options: dict[str, Any], name: str, default: str) -> str:
    value = str(options.get(name, default))
    if len(value.encode()) > 1 or (not value and name == "delimiter"):
        raise InvalidMapping(
            f"Option {name} is {value!r}; it must be one ASCII character, such as ','.",
            parameter=f"options.{name}",
        )
    return value
