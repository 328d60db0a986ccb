"""Rows as a small HTML table, for notebooks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

MAX_ROWS: Final = 20
MAX_CHARACTERS: Final = 60

_CELL: Final = "padding:2px 10px;white-space:nowrap;"


def html_table(
    names: Sequence[str], rows: Iterable[Mapping[str, Any]], caption: str, n_rows: int | None = None
) -> str:
    """The first rows under a caption; `n_rows` tells how many there are in all.

    Colors are left to the notebook, so that light and dark both look right.
    """
    shown = [row for row, _ in zip(rows, range(MAX_ROWS), strict=False)]
    head = "".join(f'<th style="{_CELL}text-align:left">{escape(name)}</th>' for name in names)
    body = "".join(_row(row, names) for row in shown)
    more = "" if n_rows is None or n_rows <= len(shown) else f"{n_rows - len(shown):,} more rows"
    return (
        '<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
        f'<caption style="text-align:left;opacity:.7">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        + (f'<div style="opacity:.7">{more}</div>' if more else "")
    )


def _row(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return "<tr>" + "".join(_cell(row.get(name)) for name in names) + "</tr>"


def _cell(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    side = "right" if is_number else "left"
    return f'<td style="{_CELL}text-align:{side}">{escape(shown_value(value))}</td>'


def shown_value(value: Any) -> str:
    """A value as a person reads it: grouped digits, at most four significant fractions.

    >>> shown_value(1234567), shown_value(0.123456), shown_value(None)
    ('1,234,567', '0.1235', '–')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _fraction(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds" if not value.microsecond else "auto")
    text = str(value)
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"


def _fraction(value: float) -> str:
    if not math.isfinite(value):
        return str(value)
    return f"{value:,.2f}" if abs(value) >= 100 else f"{value:.4g}"
