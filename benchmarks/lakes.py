"""The lake that queries are asked of, made once per size and kept for later runs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.options import Options
from footfall.demo.lake import make_demo
from footfall.demo.recipe import DEMO_SOURCE, Recipe
from footfall.lake.folder import LakeFolder

# Fixed, so that a lake made yesterday answers the same questions today.
NOW: Final = datetime(2026, 1, 15, 12, tzinfo=UTC)


def bench_lake(options: Options) -> LakeFolder:
    """A compacted lake of 90 days with about `options.events` events."""
    recipe = Recipe(n_events=options.events, now=NOW)
    return make_demo(options.work / f"lake-{options.events}", recipe, _Shown()).lake


def listing(options: Options, lake: LakeFolder) -> Path:
    """A file that names the lake's Parquet files in order of days, one a line."""
    files = sorted(lake.table(DEMO_SOURCE.name).snapshot().files, key=lambda file: file.day)
    path = options.work / f"files-{options.events}.txt"
    path.write_text("\n".join(file.path for file in files), "utf-8")
    return path


class _Shown:
    """Tells every tenth of the way."""

    def __init__(self) -> None:
        self._tenth = -1

    def __call__(self, what: str, share: float) -> None:
        if int(share * 10) > self._tenth:
            self._tenth = int(share * 10)
            print(f"  making the lake: {what} {share:.0%}", file=sys.stderr, flush=True)
