"""A small lake whose every number can be worked out by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from footfall.lake.folder import LakeFolder
from footfall.lake.schema import arrow_schema
from footfall.model.source import Source

# id, actor, UTC time in October 2026, name, path, country, undeclared JSON, declared qty.
# Berlin leaves summer time on the 25th at 01:00 UTC: local 02:00 to 03:00 comes twice.
EVENTS: list[tuple[str, str, str, str, str, str | None, dict[str, Any] | None, int | None]] = [
    ("e01", "ann", "24 09:00", "page_view", "/a", "DE", None, None),
    ("e02", "ann", "24 09:10", "page_view", "/b", "DE", None, None),
    ("e03", "ann", "24 09:50", "purchase", "/b", "DE", {"price": 10.5, "plan.tier": "x"}, 2),
    ("e04", "bob", "24 23:50", "page_view", "/a", "US", {"plan": {"tier": "y"}}, None),
    ("e05", "bob", "25 00:05", "page_view", "/c", "US", {"price": None}, None),
    ("e06", "bob", "25 00:30", "purchase", "/c", "US", {"price": "20"}, 1),
    ("e07", "bob", "25 01:00", "page_view", "/a", "US", None, None),
    ("e08", "cyd", "25 12:00", "page_view", "/a", None, {"price": "nan"}, None),
    ("e09", "cyd", "25 22:30", "purchase", "/a", None, {"price": 4, "vip": True}, 5),
    ("e10", "ann", "25 23:30", "page_view", "/d", "AT", {"price": "free"}, None),
]
SOURCE = Source("shop", timezone="Europe/Berlin", properties={"qty": "int"})
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def literal_lake(root: Path, source: Source = SOURCE) -> LakeFolder:
    """The lake with EVENTS; the first four lie in a file that was written without `qty`."""
    lake = LakeFolder.create(root)
    lake.save_source(Source("shop", timezone=source.timezone))
    lake.table("shop").append(_older(EVENTS[:4]), received_at=NOW)
    lake.save_source(source)
    lake.table("shop").append(_newer(EVENTS[4:], source), received_at=NOW)
    return lake


def lake_of(root: Path, source: Source, rows: Iterable[dict[str, Any]]) -> LakeFolder:
    """A lake with one source and these rows of canonical and `p_*` columns."""
    lake = LakeFolder.create(root)
    lake.save_source(source)
    table = pa.Table.from_pylist([_filled(row) for row in rows], arrow_schema(source))
    lake.table(source.name).append(table, received_at=NOW)
    return lake


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    base = {"received_at": row["timestamp"], "name": "page_view", "is_bot": False}
    return {**base, **row}


def _older(events: list[Any]) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for event in events:
        row, properties, qty = _row(event)
        properties = properties | ({"qty": qty} if qty is not None else {})
        rows.append({**row, "properties": json.dumps(properties) if properties else None})
    return pa.Table.from_pylist(rows, arrow_schema(Source("shop")))


def _newer(events: list[Any], source: Source) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for event in events:
        row, properties, qty = _row(event)
        text = json.dumps(properties) if properties else None
        rows.append({**row, "properties": text, "p_qty": qty})
    return pa.Table.from_pylist(rows, arrow_schema(source))


def _row(event: Any) -> tuple[dict[str, Any], dict[str, Any], int | None]:
    event_id, actor, time, name, path, country, properties, qty = event
    moment = datetime.strptime(f"2026-10-{time} +0000", "%Y-%m-%d %H:%M %z")
    row = {"event_id": event_id, "timestamp": moment, "received_at": moment, "name": name}
    row |= {"actor_id": actor, "distinct_id": actor, "path": path, "country": country}
    return {**row, "is_bot": actor == "cyd"}, dict(properties or {}), qty
