"""Footfall's side: `python -m benchmarks.queries.ours LAKE NOW ACTOR REPEATS NAME…`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.queries.catalog import LAST_EVENTS, SOURCE, Question
from benchmarks.queries.timing import time_questions
from footfall.engines.base import Limits
from footfall.engines.registry import get_duckdb, get_engine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.model.time import TimeRange
from footfall.query.free_sql import run_sql
from footfall.query.listings.events import list_events
from footfall.query.listings.listing import Listing
from footfall.query.run import run_query


def ask(root: Path, now: datetime, actor: str, repeats: int, names: Sequence[str]) -> None:
    """Time every question, through the query layer where it has such a question."""
    lake = LakeFolder.open(root)
    settings = lake.settings.query
    engine, sql_engine = get_engine(settings.engine, settings), get_duckdb(settings)

    def last_events(question: Question) -> list[dict[str, Any]]:
        start, end = question.range(now)
        asked = Listing(
            SOURCE,
            TimeRange(start, end, "UTC"),
            {"field": "actor_id", "operator": "is", "value": actor},
            ("timestamp", "event_id", "name", "url"),
            limit=100,
        )
        return list_events(lake, engine, asked, now=now).rows

    def query(form: Mapping[str, Any]) -> list[dict[str, Any]]:
        result = run_query(Query.from_dict(form), lake, engine, now=now)
        earlier = [] if result.comparison is None else result.comparison.to_dicts()
        return [row for row in [*earlier, *result.to_dicts()] if not row.pop("is_other", False)]

    def answer(question: Question) -> Sequence[Sequence[Any]]:
        form = question.ours(now)
        if question.name == LAST_EVENTS:
            rows = last_events(question)
        elif form is None:
            limits = Limits.from_settings(settings)
            text = question.text("footfall", now, actor)
            rows = run_sql(text, lake, sql_engine, limits=limits).to_dicts()
        else:
            rows = query(form)
        return [list(row.values()) for row in rows]

    time_questions(answer, repeats, names)


if __name__ == "__main__":
    ask(
        Path(sys.argv[1]),
        datetime.fromisoformat(sys.argv[2]),
        sys.argv[3],
        int(sys.argv[4]),
        sys.argv[5:],
    )
