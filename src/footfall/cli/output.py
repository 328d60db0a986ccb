"""Rows on the terminal: a table for people, JSON or CSV for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from io import TextIOWrapper
from typing import Any

Row = Mapping[str, Any]


def print_rows(
    rows: Iterable[Row],
    columns: Sequence[str] | None = None,
    *,
    as_json: bool = False,
    as_csv: bool = False,
    empty: str = "Nothing to show.",
) -> None:
    """Write rows to standard output.

    `columns` are shown in that order (those of the first row unless given). JSON is a list
    of objects; CSV is that of `Result.to_csv`; otherwise a table, or `empty` where there are
    no rows.
    """
    rows = list(rows)
    names = list(columns if columns is not None else (rows[0] if rows else ()))
    if as_json:
        print(to_json([{name: row.get(name) for name in names} for row in rows]))
    elif as_csv:
        _write_csv(names, rows)
    elif rows:
        _print_table(names, rows)
    else:
        print(empty)


def to_json(value: Any) -> str:
    """Indented JSON; times in ISO 8601."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)


def text(value: Any) -> str:
    """A value as a cell of the table.

    >>> text(1234567), text(0.5), text(None), text(True)
    ('1,234,567', '0.5', '-', 'yes')
    """
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    if isinstance(value, datetime):
        return _short_time(value)
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return str(value)


def size(n_bytes: int) -> str:
    """A number of bytes for people.

    >>> size(1536)
    '1.5 KiB'
    """
    amount = float(n_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def count(number: int, noun: str) -> str:
    """A number of things.

    >>> count(1, "source"), count(1200, "event")
    ('1 source', '1,200 events')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _short_time(value: datetime) -> str:
    shown = value.replace(microsecond=0, tzinfo=None)
    if (shown.hour, shown.minute, shown.second) == (0, 0, 0):
        return shown.date().isoformat()
    return shown.isoformat(sep=" ")


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def _write_csv(names: Sequence[str], rows: Iterable[Row]) -> None:
    from footfall.render.text import to_csv

    if isinstance(sys.stdout, TextIOWrapper):
        # Its lines end as they should; Windows would add to that.
        sys.stdout.reconfigure(newline="")
    sys.stdout.write(to_csv(names, rows))


def _print_table(names: Sequence[str], rows: Sequence[Row]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in names:
        is_number = all(isinstance(row.get(name), int | float | None) for row in rows)
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text(row.get(name))) for name in names))
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        # Piped output must not be cut to a width that nobody looks at.
        unbounded = console.options.update(width=100_000)
        console.width = max(console.width, Measurement.get(console, unbounded, table).maximum)
    console.print(table)
