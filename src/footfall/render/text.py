"""Rows as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec

# A spreadsheet runs a text that begins so as a formula, and events carry what strangers wrote.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV by RFC 4180 with a header; times are ISO 8601, lists JSON.

    Null, and a number that is NaN or infinite, is an empty field.
    A text that a spreadsheet would take for a formula has a `'` before it; numbers are as
    they are.

    >>> to_csv(["a", "b"], [{"a": "=1+1", "b": -1}])
    "a,b\\r\\n'=1+1,-1\\r\\n"
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_text(name) for name in names])
    for row in rows:
        writer.writerow([_field(row.get(name)) for name in names])
    return out.getvalue()


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, dict | list | tuple):
        return _encoder.encode(value).decode()
    if isinstance(value, str | bytes):
        return _text(str(_plain(value)))
    return str(_plain(value))


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else str(value)


_encoder: Final = msgspec.json.Encoder(enc_hook=_plain)
