"""Small tables to append to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from footfall.lake.table import EventTable
from footfall.model.source import Source
from footfall.settings import Settings

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)

Row = dict[str, Any]


def event(event_id: str, minute: int = 0, **values: Any) -> Row:
    """A row of a batch, `minute` minutes past noon on 3 November 2026."""
    moment = NOON + timedelta(minutes=minute)
    base = {"timestamp": moment, "received_at": moment, "name": "page_view"}
    return {**base, "actor_id": "a1", "is_bot": False, "event_id": event_id, **values}


def batch(*rows: Row) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=None) if rows else EMPTY


def ids(*event_ids: str, minute: int = 0) -> pa.Table:
    return batch(*(event(event_id, minute) for event_id in event_ids))


EMPTY = batch(event("x")).slice(0, 0)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_table(tmp_path: Path, clock: Clock) -> Callable[..., EventTable]:
    """Another handle on the same table, as another process would have one."""

    def make(settings: Settings | None = None, **properties: Any) -> EventTable:
        source = Source("web", properties=properties)
        return EventTable(tmp_path, source, settings=settings, clock=clock)

    return make


def append_singly(table: EventTable, n_events: int) -> EventTable:
    """The table, with events `e0`, `e1` and so on, each appended by itself."""
    for number in range(n_events):
        table.append(ids(f"e{number}"))
    return table


def rows_of(table: EventTable, columns: Sequence[str] = ("event_id",)) -> list[Row]:
    """Rows of the newest snapshot, sorted by event id."""
    import pyarrow.dataset as ds

    snapshot = table.snapshot()
    files = [file.path for file in snapshot.files]
    if not files:
        return []
    data = ds.dataset(files, schema=snapshot.schema, partitioning=None).to_table(
        columns=["event_id", *(name for name in columns if name != "event_id")]
    )
    return data.sort_by("event_id").to_pylist()


def ids_of(table: EventTable) -> list[str]:
    return [row["event_id"] for row in rows_of(table)]
