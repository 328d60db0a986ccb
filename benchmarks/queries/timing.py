"""What every side's worker does: ask each question, time it, print the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from benchmarks.queries.answers import plain_rows
from benchmarks.queries.catalog import Question, chosen

WARM_UPS = 1


def time_questions(
    ask: Callable[[Question], Sequence[Sequence[Any]]], repeats: int, names: Sequence[str]
) -> None:
    """Print, as one line of JSON, seconds of each repeat and rows of each question."""
    found: dict[str, dict[str, Any]] = {}
    for question in chosen(names):
        for _ in range(WARM_UPS):
            rows = plain_rows(ask(question))
        seconds: list[float] = []
        for _ in range(repeats):
            started = time.perf_counter()
            ask(question)
            seconds.append(time.perf_counter() - started)
        found[question.name] = {"seconds": seconds, "rows": rows}  # pyright: ignore[reportPossiblyUnboundVariable]
    print(msgspec.json.encode(found).decode())
