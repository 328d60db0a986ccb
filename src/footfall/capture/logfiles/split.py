"""Lines taken apart into cells with vector operations, whole chunks at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from footfall.capture.logfiles.slices import Slices
from footfall.capture.records import Indices, Records

Columns = dict[str, pa.Array]
Mask = np.ndarray[Any, np.dtype[np.bool_]]

_SPACE, _QUOTE, _BACKSLASH = 32, 34, 92
# A quote within a cell may stand between two letters; beside a space it would begin or end one.
_CELL: Final = re.compile(r'"((?:[^"\\]|\\.|(?<! )"(?! |\Z))*)"(?= |\Z)|([^ ]+)', re.DOTALL)


@dataclass(frozen=True)
class SplitRows:
    """Some of the records of a chunk, ascending, with their columns."""

    rows: Indices
    columns: Columns


def merged(parts: Sequence[SplitRows]) -> SplitRows:
    """All parts in the order of their records; a column that a part lacks is null there."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    if not parts:
        return SplitRows(np.zeros(0, np.int64), {})
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    place = pa.array(order)
    columns = {name: pa.concat_arrays(list(_filled(parts, name))).take(place) for name in names}
    return SplitRows(rows[order], columns)


def _filled(parts: Sequence[SplitRows], name: str) -> Iterable[pa.Array]:
    kind = next(part.columns[name].type for part in parts if name in part.columns)
    for part in parts:
        yield part.columns.get(name, pa.nulls(len(part.rows), kind))


def select(records: Records, rows: Indices) -> Records:
    """Only those records, within the same bytes."""
    return Records(records.data, records.starts[rows], records.ends[rows], records.lines[rows])


def split_at(records: Records, separator: int, names: Sequence[str]) -> tuple[SplitRows, Indices]:
    """Columns of the lines that one byte parts into as many cells as there are names.

    And how many cells each of all lines has.
    """
    data = np.frombuffer(records.data, np.uint8)
    places = np.flatnonzero(data == separator)
    first = np.searchsorted(places, records.starts)
    n_cells = np.searchsorted(places, records.ends) - first + 1
    rows = np.flatnonzero(n_cells == len(names))
    inner = places[first[rows][:, None] + np.arange(len(names) - 1)]
    return SplitRows(rows, _cut(records, rows, inner, names)), n_cells


def split_quoted(records: Records, names: Sequence[str], fewest: int) -> tuple[SplitRows, Indices]:
    """Columns of lines parted at spaces outside of quotes, which are taken off.

    Lines may have fewer cells than names, but `fewest`; cells beyond the names are `extra`.
    And how many cells each of all lines has, none where a quote stays open.
    """
    data = np.frombuffer(records.data, np.uint8)
    quotes = _quotes(data)
    spaces = np.flatnonzero(data == _SPACE)
    line = np.searchsorted(records.starts, spaces, side="right") - 1
    before = np.searchsorted(quotes, records.starts)
    within = (np.searchsorted(quotes, spaces) - before[np.maximum(line, 0)]) % 2
    spaces = spaces[within == 0]
    first = np.searchsorted(spaces, records.starts)
    n_cells = np.searchsorted(spaces, records.ends) - first + 1
    odd = _oddly_quoted(records, data, quotes)
    n_cells[odd] = 0
    parts: list[SplitRows] = []
    for width in np.unique(n_cells[(n_cells >= fewest) & (n_cells <= len(names))]).tolist():
        rows = np.flatnonzero(n_cells == width)
        inner = spaces[first[rows][:, None] + np.arange(width - 1)]
        parts.append(SplitRows(rows, _cut(records, rows, inner, names[:width], data)))
    rare = np.flatnonzero(odd | (n_cells > len(names)))
    if len(rare):
        part = _one_by_one(records, rare, names, fewest)
        n_cells[part.rows] = len(names)
        parts.append(part)
    return merged(parts), n_cells


def _quotes(data: Any) -> Indices:
    """Places of quotes that no backslash stands before."""
    quotes = np.flatnonzero(data == _QUOTE)
    before = data[np.maximum(quotes - 1, 0)]
    return quotes[(before != _BACKSLASH) | (quotes == 0)]


def _oddly_quoted(records: Records, data: Any, quotes: Indices) -> Mask:
    """Lines with quotes that do not stand around whole cells, or with escapes."""
    line = np.searchsorted(records.starts, quotes, side="right") - 1
    line = np.maximum(line, 0)
    nth = np.arange(len(quotes)) - np.searchsorted(quotes, records.starts)[line]
    before, after = quotes - 1, np.minimum(quotes + 1, len(data) - 1)
    opens = (quotes == records.starts[line]) | (data[np.maximum(before, 0)] == _SPACE)
    closes = (quotes + 1 >= records.ends[line]) | (data[after] == _SPACE)
    good = np.where(nth % 2 == 0, opens, closes)
    odd = np.zeros(len(records), np.bool_)
    odd[line[~good]] = True
    n_quotes = np.searchsorted(quotes, records.ends) - np.searchsorted(quotes, records.starts)
    escapes = np.flatnonzero(data == _BACKSLASH)
    has_escape = np.searchsorted(escapes, records.ends) > np.searchsorted(escapes, records.starts)
    return odd | (n_quotes % 2 == 1) | has_escape


def _cut(
    records: Records, rows: Indices, inner: Any, names: Sequence[str], quoted: Any = None
) -> Columns:
    """One column a name, out of the places of the separators between them."""
    starts = np.column_stack([records.starts[rows], inner + 1])
    ends = np.column_stack([inner, records.ends[rows]])
    if quoted is not None and starts.size:
        is_quoted = (quoted[np.minimum(starts, len(quoted) - 1)] == _QUOTE) & (ends - starts >= 2)
        starts, ends = starts + is_quoted, ends - is_quoted
    bounds = np.stack([starts, ends], axis=2).reshape(len(rows), 2 * len(names))
    slices = Slices(records.data, bounds)
    return {name: slices.field(2 * place) for place, name in enumerate(names)}


def _one_by_one(records: Records, rows: Indices, names: Sequence[str], fewest: int) -> SplitRows:
    kept: list[int] = []
    lines: list[list[str | None]] = []
    for row in rows.tolist():
        cells = cells_of(records.items[row].decode())
        if cells is not None and len(cells) >= fewest:
            extra = " ".join(cells[len(names) :]) or None
            padding = [None] * (len(names) - len(cells))
            lines.append([*cells[: len(names)], *padding, extra])
            kept.append(row)
    columns = zip(*lines, strict=True) if lines else [()] * (len(names) + 1)
    found = {
        name: pa.array(column, pa.string())
        for name, column in zip((*names, "extra"), columns, strict=True)
    }
    return SplitRows(np.array(kept, np.int64), found)


def cells_of(text: str) -> list[str] | None:
    """Cells of one line, quotes and escapes taken off; None where a quote stays open.

    >>> cells_of('a "b \\\\"c\\\\"" -')
    ['a', 'b "c"', '-']
    """
    cells: list[str] = []
    end = 0
    for match in _CELL.finditer(text):
        if text[end : match.start()].strip(" ") or '"' in (match[2] or ""):
            return None
        cells.append(match[2] if match[1] is None else re.sub(r'\\(["\\])', r"\1", match[1]))
        end = match.end()
    return None if text[end:].strip(" ") else cells
