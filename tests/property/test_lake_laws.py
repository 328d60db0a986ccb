"""Laws of the lake: each event once, whatever the order of appends, crashes, rewriting."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from hypothesis import given, settings
from hypothesis import strategies as st

from footfall.lake.table import EventTable, Position
from footfall.model.source import Source

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
SOURCE = Source("web")

EVENT_IDS = st.lists(st.integers(0, 25), max_size=6)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(0, 1), st.integers(0, 2), EVENT_IDS),
        st.tuples(st.just("compact"), st.integers(0, 1)),
        st.tuples(st.just("crash"), st.integers(0, 1)),
        st.tuples(st.just("close"), st.integers(0, 1)),
    ),
    max_size=8,
)


def batch(numbers: list[int]) -> pa.Table:
    count = len(numbers)
    times = pa.array([NOON + timedelta(hours=n) for n in numbers], pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "event_id": pa.array([f"e{n}" for n in numbers], pa.string()),
            "timestamp": times,
            "received_at": pa.array([NOON] * count, pa.timestamp("us", "UTC")),
            "name": pa.array([f"n{n % 3}" for n in numbers], pa.string()),
            "actor_id": pa.array([f"a{n % 4}" for n in numbers], pa.string()),
            "is_bot": pa.array([False] * count),
            "properties": pa.array([f'{{"n":{n}}}' for n in numbers], pa.string()),
        }
    )


def stored(table: EventTable) -> list[dict[str, Any]]:
    snapshot = table.snapshot()
    if not snapshot.files:
        return []
    paths = [file.path for file in snapshot.files]
    data = ds.dataset(paths, schema=snapshot.schema, partitioning=None).to_table()
    return data.sort_by("event_id").to_pylist()


@settings(max_examples=15, deadline=None)
@given(STEPS)
def test_two_handles_store_each_event_once_in_any_interleaving(steps: list[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)

        def handle() -> EventTable:
            return EventTable(root, SOURCE, clock=lambda: NOON)

        handles = [handle(), handle()]
        expected: set[int] = set()
        offsets = [0, 0, 0]
        for what, which, *rest in steps:
            table = handles[which]
            if what == "append":
                stream, numbers = rest
                offsets[stream] += 1
                position = Position(f"journal:{stream}", offsets[stream])
                done = table.append(batch(numbers), position)
                assert done.n_stored == len(set(numbers) - expected)
                assert done.n_stored + done.n_duplicates == len(numbers)
                expected |= set(numbers)
                # Replayed through the other handle, it changes nothing.
                assert handles[1 - which].append(batch(numbers), position).is_replay
            elif what == "compact":
                table.compact(is_forced=True)
            elif what == "close":
                table.close()
            else:
                # As if the process were gone: what it knew in memory only is lost.
                handles[which] = handle()
        rows = stored(handle())
        assert [row["event_id"] for row in rows] == sorted(f"e{n}" for n in expected)
        whole = batch(sorted(expected, key=lambda n: f"e{n}")).to_pylist()
        kept = batch([]).column_names
        assert [{key: row[key] for key in kept} for row in rows] == whole
