"""Runs the three sides one after the other, each in a process of its own, and compares."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.lakes import NOW, bench_lake, listing
from benchmarks.options import Options
from benchmarks.processes import run_module
from benchmarks.queries.answers import agrees
from benchmarks.queries.catalog import Question, chosen
from benchmarks.report import Report, ratio
from footfall.demo.recipe import DEMO_SOURCE
from footfall.lake.snapshot import Snapshot

Answers = dict[str, dict[str, Any]]


def run(options: Options) -> list[Report]:
    """Milliseconds of every question on every side, and whether the answers agree."""
    questions = chosen(options.questions)
    lake = bench_lake(options)
    files = listing(options, lake)
    snapshot = lake.table(DEMO_SOURCE.name).snapshot()
    names = [question.name for question in questions]
    asked = (NOW.isoformat(), _busy_buyer(snapshot), str(options.repeats), *names)
    ours: Answers = run_module("benchmarks.queries.ours", str(lake.root), *asked)
    peers = {
        name: _peer(module, _store(options, name), files, asked) for name, module in sides().items()
    }
    return [
        _times(questions, snapshot.n_rows, ours, peers),
        _sizes(options, snapshot.n_rows, lake.root),
    ]


def sides() -> dict[str, str]:
    """Peers that can run here, and the module that runs each."""
    found = {"DuckDB": "benchmarks.queries.duckdb_side"}
    if find_spec("chdb") is not None:
        found["chDB"] = "benchmarks.queries.chdb_side"
    return found


def _store(options: Options, side: str) -> Path:
    return options.work / f"{side.lower()}-{options.events}"


def _peer(module: str, store: Path, files: Path, asked: Sequence[str]) -> Answers:
    """The peer's answers; its own copy of the rows is made where it is missing."""
    done = store.with_name(f"{store.name}.done")
    if not done.exists():
        _remove(store)
        run_module(module, "load", str(store), str(files))
        done.touch()
    return run_module(module, "ask", str(store), *asked)


def _busy_buyer(snapshot: Snapshot) -> str:
    """The actor with the most purchases, so that there are 100 events to list."""
    bought: Counter[str] = Counter()
    for file in snapshot.files:
        names = pq.ParquetFile(file.path).read(["name", "actor_id"])
        bought.update(names.filter(pc.equal(names["name"], "purchase"))["actor_id"].to_pylist())
    return max(sorted(bought), key=lambda actor: bought[actor])


def _times(
    questions: Sequence[Question], n_rows: int, ours: Answers, peers: dict[str, Answers]
) -> Report:
    report = Report(
        f"Queries on {n_rows:,} events (median milliseconds)",
        ["query", "Footfall", *peers, "against the faster", "same answer"],
    )
    for question in questions:
        mine = _milliseconds(ours, question)
        theirs = [_milliseconds(peer, question) for peer in peers.values()]
        same = [
            agrees(ours[question.name]["rows"], peer[question.name]["rows"], question.agreement)
            for peer in peers.values()
        ]
        report.add(
            question.title, mine, *theirs, ratio(mine, min(theirs)), "yes" if all(same) else "NO"
        )
    report.notes = [
        "Footfall answers through its query layer, or, for funnel, retention and paths, "
        "through its guarded SQL; each side in one warm process on all "
        "cores, to Python rows. The percentiles are asked for without the total over all groups, "
        "as of the peers; Footfall computes it unless told not to. "
        "DuckDB's table has the rows in the lake's order; chDB's "
        "MergeTree is ordered by (name, actor_id, timestamp) and fully merged. Rankings agree "
        "if their counts do; estimates if they are within 5 %."
    ]
    return report


def _milliseconds(answers: Answers, question: Question) -> float:
    return median(answers[question.name]["seconds"]) * 1000


def _sizes(options: Options, n_rows: int, lake: Path) -> Report:
    report = Report(f"Bytes on disk for {n_rows:,} events", ["store", "bytes per event", "MB"])
    stores = {"Footfall, table": lake / "tables", "Footfall, whole lake": lake}
    stores |= {f"{name}'s own": _store(options, name) for name in sides()}
    for name, path in stores.items():
        n_bytes = size_of(path)
        report.add(name, n_bytes / n_rows, n_bytes / 1e6)
    return report


def size_of(path: Path) -> int:
    """Bytes of a file or of all files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(item.stat().st_size for item in path.rglob("*") if item.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
