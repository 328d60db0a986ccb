"""Rows as CSV and as JSON lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(enc_hook=str)


def to_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """CSV by RFC 4180 with a header; null is an empty field, times are ISO 8601, lists JSON."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_field(row.get(name)) for name in names])
    return out.getvalue()


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, dict | list):
        return _encoder.encode(value).decode()
    return str(value)


def to_json_lines(rows: Iterable[Mapping[str, Any]]) -> str:
    """One JSON object a line, each line ended."""
    return "".join(f"{_encoder.encode(row).decode()}\n" for row in rows)
