"""Answers of different sides in one form, and whether they agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from benchmarks.queries.catalog import Agreement

Row = tuple[Any, ...]
ESTIMATE_TOLERANCE = 0.05


def plain_rows(rows: Iterable[Sequence[Any]]) -> list[Row]:
    """Rows of plain numbers and texts, sorted; moments as seconds since 1970.

    A group whose counts are all 0 is left out, since SQL has no row for it.

    >>> plain_rows([(datetime(1970, 1, 2, tzinfo=UTC), "b", 2.0)])
    [(86400, 'b', 2)]
    """
    plain = (tuple(_plain(cell) for cell in row) for row in rows)
    return sorted((row for row in plain if row[-1] != 0), key=repr)


def agrees(ours: Sequence[Row], theirs: Sequence[Row], agreement: Agreement) -> bool:
    """Whether two answers are the same in the sense that the question asks for."""
    if agreement == "about":
        one, other = ours[0][-1], theirs[0][-1]
        return abs(one - other) <= ESTIMATE_TOLERANCE * max(one, other)
    if agreement == "values":
        return sorted(row[-1] for row in ours) == sorted(row[-1] for row in theirs)
    return [tuple(row) for row in ours] == [tuple(row) for row in theirs]


def _plain(cell: Any) -> Any:
    if isinstance(cell, str) and len(cell) >= 19 and cell[4:5] == "-" and cell[10:11] == "T":
        cell = datetime.fromisoformat(cell)
    if isinstance(cell, datetime):
        moment = cell if cell.tzinfo else cell.replace(tzinfo=UTC)
        return _number(round(moment.timestamp(), 6))
    if isinstance(cell, date):
        return _plain(datetime(cell.year, cell.month, cell.day, tzinfo=UTC))
    if isinstance(cell, Decimal | float):
        return _number(float(cell))
    return None if cell == "" else cell


def _number(value: float) -> float | int:
    rounded = float(f"{value:.15g}")
    return int(rounded) if rounded.is_integer() else rounded
