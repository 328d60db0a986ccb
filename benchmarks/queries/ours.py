"""Footfall's side: `python -m benchmarks.queries.ours LAKE NOW REPEATS`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.queries.catalog import Question
from benchmarks.queries.timing import time_questions
from footfall.engines.base import Limits
from footfall.engines.registry import get_engine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.query import run_query, run_sql


def ask(root: Path, now: datetime, repeats: int) -> None:
    """Time every question, through the query layer where it has such a question."""
    lake = LakeFolder.open(root)
    settings = lake.settings.query
    engine = get_engine(settings.engine, settings)

    def answer(question: Question) -> Sequence[Sequence[Any]]:
        form = question.ours(now)
        if form is None:
            limits = Limits.from_settings(settings)
            result = run_sql(question.text("footfall", now), lake, engine, limits=limits)
            return [list(row.values()) for row in result.to_dicts()]
        result = run_query(Query.from_dict(form), lake, engine, now=now)
        earlier = [] if result.comparison is None else result.comparison.to_dicts()
        return [list(row.values()) for row in [*earlier, *result.to_dicts()]]

    time_questions(answer, repeats)


if __name__ == "__main__":
    ask(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), int(sys.argv[3]))
