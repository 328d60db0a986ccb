"""An intake at work, and what is in the lake after it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from footfall.errors import LakeError
from footfall.intake.intake import Intake
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.ledger import Entry

NOW = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
HOUR = NOW.replace(minute=0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def event(event_id: str, **more: Any) -> dict[str, Any]:
    return {"name": "a", "event_id": event_id, "timestamp": "2026-11-01T10:00:00Z", **more}


def rows(lake: LakeFolder, source: str = "web") -> list[dict[str, Any]]:
    files = lake.table(source).snapshot().files
    tables = [pq.read_table(file.path, partitioning=None) for file in files]
    found = pa.concat_tables(tables, promote_options="default").to_pylist() if tables else []
    return sorted(found, key=lambda row: row["event_id"])


def ids(lake: LakeFolder, source: str = "web") -> list[str]:
    return [row["event_id"] for row in rows(lake, source)]


def balance(lake: LakeFolder, source: str = "web") -> Entry:
    with Ledger(lake.root / "ledger.db") as ledger:
        found = ledger.balance(source)[source]
    assert found.is_balanced
    return found


def serve(intake: Intake, work: Callable[[], Any]) -> Any:
    """Run `work` in a loop while the intake serves, then stop it gracefully."""

    async def main() -> Any:
        intake.start()
        try:
            return await work()
        finally:
            await asyncio.to_thread(intake.stop)

    return asyncio.run(main())


def body(*events: Any) -> bytes:
    return json.dumps(events).encode()


def fail(*_: object, **__: object) -> None:
    raise LakeError("disk on fire")
