"""Snapshots over Parquet files made by hand, without a lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footfall.lake.schema import arrow_schema, conform
from footfall.lake.snapshot import DataFile, Snapshot
from footfall.model.source import Source

START = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = Source("web", properties={"price": "float", "plan.tier": "int", "Country": "text"})

MakeSnapshot = Callable[..., Snapshot]


def event(n: int, **columns: Any) -> dict[str, Any]:
    """The n-th event, a minute after the one before."""
    return {
        "event_id": f"e{n}",
        "timestamp": START + timedelta(minutes=n),
        "received_at": START,
        "name": "page_view",
        "actor_id": f"a{n % 2}",
        "is_bot": False,
    } | columns


def write_file(path: Path, rows: list[dict[str, Any]], source: Source) -> DataFile:
    """A data file of the lake's shape; `source` tells which declared columns it has."""
    table = conform(pa.Table.from_pylist(rows), arrow_schema(source))
    pq.write_table(table, path)
    times = [row["timestamp"] for row in rows]
    return DataFile(
        path=str(path),
        n_rows=len(rows),
        n_bytes=path.stat().st_size,
        day=times[0].date(),
        min_timestamp=min(times),
        max_timestamp=max(times),
        max_received_at=START,
        columns=frozenset(source.property_columns().values()),
    )


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Two files; the first was written before any property was declared."""
    old = [
        event(0, country="DE", properties='{"price": 1.5, "plan": {"tier": 2}, "Country": "x"}'),
        event(1, country="FR", properties='{"price": "dear", "plan.tier": 3}'),
    ]
    new = [
        event(2, country=None, p_price=4.0, p_plan_tier=5, p_country="y"),
        event(3, country="DE"),
    ]
    files = (
        write_file(tmp_path / "old.parquet", old, Source("web")),
        write_file(tmp_path / "new.parquet", new, SOURCE),
    )
    return Snapshot(source=SOURCE, version=1, files=files)


@pytest.fixture
def empty_snapshot() -> Snapshot:
    return Snapshot(source=SOURCE, version=0, files=())
