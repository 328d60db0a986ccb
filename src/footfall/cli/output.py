"""Rows on the terminal: a table for people, JSON or CSV for programs."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from io import TextIOWrapper
from typing import Any, Final

Row = Mapping[str, Any]

_ACTING: Final = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]"
)


def print_rows(
    rows: Iterable[Row],
    columns: Sequence[str] | None = None,
    *,
    as_json: bool = False,
    as_csv: bool = False,
    shown: Callable[[Any], Row] | None = None,
    empty: str = "Nothing to show.",
) -> None:
    """Write rows to standard output.

    `columns` are shown in that order (those of the first row unless given). JSON is a list
    of objects; CSV is that of `Result.to_csv`; otherwise a table, or `empty` where there are
    no rows. `shown` makes of a row what the table has in its place, with titles for people.
    """
    rows = list(rows)
    if shown is not None and not (as_json or as_csv):
        rows, columns = [shown(row) for row in rows], None
    names = list(columns if columns is not None else (rows[0] if rows else ()))
    if as_json:
        print(to_json([{name: row.get(name) for name in names} for row in rows]))
    elif as_csv:
        _write_csv(names, rows)
    elif rows:
        from footfall.cli.tables import print_table

        print_table(names, rows)
    else:
        print(empty)


def to_json(value: Any) -> str:
    """Indented JSON; times in ISO 8601, null for a number that JSON has no word for."""
    made = json.dumps(finite(value), indent=2, ensure_ascii=False, allow_nan=False, default=_plain)
    # What is escaped lies within strings, and reads back as it was.
    return printable(made, keep="\n")


def finite(value: Any) -> Any:
    """The same without NaN and infinities, which are no JSON.

    >>> finite({"a": [1.5, float("nan")], "b": float("-inf")})
    {'a': [1.5, None], 'b': None}
    """
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: finite(each) for name, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value


def printable(text: str, *, keep: str = "") -> str:
    """The text with escapes for what would act on a terminal rather than show.

    Control characters and those that turn the direction of writing, `keep` aside: names and
    properties are whatever a sender wrote.

    >>> printable("a\x1b[2Jb")
    'a\\\\u001b[2Jb'
    """
    return _ACTING.sub(lambda found: found[0] if found[0] in keep else _escape(found[0]), text)


def _escape(character: str) -> str:
    return f"\\u{ord(character):04x}"


def text(value: Any, *, as_date: bool = False) -> str:
    """A value as a cell of the table; a time as its date alone where `as_date`.

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
        return _short_time(value, as_date=as_date)
    if isinstance(value, list | tuple | dict):
        return printable(json.dumps(finite(value), ensure_ascii=False, default=_plain))
    return printable(str(value))


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


def _short_time(value: datetime, *, as_date: bool) -> str:
    shown = value.replace(microsecond=0, tzinfo=None)
    return shown.date().isoformat() if as_date else shown.isoformat(sep=" ")


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
