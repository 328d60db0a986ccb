"""Small lakes from literal events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from footfall.lake.folder import LakeFolder
from footfall.lake.properties import declare
from footfall.lake.schema import arrow_schema
from footfall.model.source import Source

RECEIVED_AT = datetime(2026, 11, 5, 12, tzinfo=UTC)


def make_lake(root: Path, *events: tuple[Source, Iterable[Mapping[str, Any]]]) -> LakeFolder:
    """A lake with these sources and their events, each source's in one commit."""
    lake = LakeFolder.create(root)
    for source, rows in events:
        lake.save_source(source)
        append_events(lake, source.name, rows)
    return lake


def append_events(lake: LakeFolder, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Append events and return how many were stored.

    An event needs a `timestamp` (a datetime or ISO text) and whatever it is about; the rest
    has plain values: ids count up, the name is "page_view", `actor_id` is the `distinct_id`.
    """
    table = lake.table(name)
    found = [_event(n, row) for n, row in enumerate(rows)]
    if not found:
        return 0
    batch = pa.Table.from_pylist(found, schema=arrow_schema(Source(name)))
    return table.append(declare(batch, table.source)[0]).n_stored


def _event(n: int, row: Mapping[str, Any]) -> dict[str, Any]:
    event = {
        "event_id": f"e{n:04}",
        "received_at": RECEIVED_AT,
        "name": "page_view",
        "distinct_id": "anna",
        "is_bot": False,
    } | dict(row)
    if isinstance(event["timestamp"], str):
        event["timestamp"] = datetime.fromisoformat(event["timestamp"])
    event.setdefault("actor_id", event["distinct_id"])
    properties = event.get("properties")
    event["properties"] = msgspec.json.encode(properties).decode() if properties else None
    return event
