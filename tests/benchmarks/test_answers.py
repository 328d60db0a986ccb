from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from benchmarks.queries.answers import agrees, plain_rows
from benchmarks.queries.catalog import QUESTIONS, chosen


def test_rows_of_all_sides_become_alike() -> None:
    # 2026-01-01 is 1767225600 seconds after 1970.
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for cell in (moment, moment.replace(tzinfo=None), date(2026, 1, 1), "2026-01-01T00:00:00+00:00",
                 "2026-01-01T01:00:00+01:00"):  # fmt: skip
        assert plain_rows([(cell, "DE", 2.0)]) == [(1767225600, "DE", 2)]
    assert plain_rows([(2, ""), (1, None)]) == [(1, None), (2, None)]
    assert plain_rows([(0.1 + 0.2,)]) == [(0.3,)]


@pytest.mark.parametrize(
    ("ours", "theirs", "agreement", "same"),
    [
        ([("a", 1)], [("a", 1)], "rows", True),
        ([("a", 1)], [("b", 1)], "rows", False),
        ([("a", 1)], [("a", 1), ("b", 2)], "rows", False),
        ([("a", 1)], [("b", 1)], "values", True),
        ([("a", 1)], [("a", 2)], "values", False),
        ([(100,)], [(104,)], "about", True),
        ([(100,)], [(110,)], "about", False),
    ],
)
def test_agreement(ours: list, theirs: list, agreement, same: bool) -> None:
    assert agrees(ours, theirs, agreement) is same


def test_questions_are_chosen_by_name() -> None:
    assert [question.name for question in chosen(["top-urls", "p95-json"])] == [
        "top-urls",
        "p95-json",
    ]
    assert chosen([]) == list(QUESTIONS)
    with pytest.raises(ValueError, match="no question 'tops'; there are daily-uniques"):
        chosen(["tops"])
