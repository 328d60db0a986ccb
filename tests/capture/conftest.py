"""A lake, its ledger, and files taken into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from footfall.capture.collector import Collector
from footfall.capture.definition import Changes, define
from footfall.capture.passage import Counts
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)

Ingest = Callable[..., Counts]


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    """A lake with the sources web (combined), app (JSON lines) and shop (CSV)."""
    lake = LakeFolder.create(tmp_path / "lake", random=bytes, clock=lambda: NOW)
    rules = {"timestamp": "t", "name": "n", "actor": "u"}
    lake.save_source(define("web", Changes("combined")))
    lake.save_source(define("app", Changes("jsonlines", rules)))
    lake.save_source(define("shop", Changes("csv", rules)))
    return lake


@pytest.fixture
def ledger(lake: LakeFolder) -> Iterator[Ledger]:
    with Ledger(lake.root / "ledger.db", clock=lambda: NOW) as ledger:
        yield ledger


@pytest.fixture
def ingest(lake: LakeFolder, ledger: Ledger) -> Ingest:
    """Takes one file into a source, by a collector of its own; returns its counts."""

    def ingest(path: Path, source: str = "app", **options: Any) -> Counts:
        return Collector(lake, source, ledger, clock=lambda: NOW, **options).ingest([path])

    return ingest


def events(lake: LakeFolder, source: str = "app") -> list[dict[str, Any]]:
    """All events of a source in order of time and id."""
    import pyarrow.parquet as pq

    rows: list[dict[str, Any]] = []
    for file in lake.table(source).snapshot().files:
        rows += pq.ParquetFile(file.path).read().to_pylist()
    return sorted(rows, key=lambda row: (row["timestamp"], row["event_id"]))


def line(second: int, name: str = "a", actor: str = "u") -> str:
    """A line for the source app, without its end."""
    return f'{{"t":"2026-11-01T00:00:{second:02d}Z","n":"{name}","u":"{actor}"}}'


LINES = [line(second) for second in range(10)]


def write(path: Path, lines: list[str], *, end: str = "\n") -> Path:
    """The path of a file with these lines."""
    path.write_text("\n".join(lines) + end, "utf-8", newline="")
    return path
