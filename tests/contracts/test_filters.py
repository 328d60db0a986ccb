"""Every condition of a filter on every engine, and the events that it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from tests.contracts.literal import ask

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder

ALL = {f"e{number:02}" for number in range(1, 11)}


def condition(field: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def ids(*numbers: int) -> set[str]:
    return {f"e{number:02}" for number in numbers}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (condition("country", "is", "DE"), ids(1, 2, 3)),
        (condition("country", "is_not", "DE"), ALL - ids(1, 2, 3)),
        (condition("country", "is"), ids(8, 9)),
        (condition("country", "is_not"), ALL - ids(8, 9)),
        (condition("country", "in", ["DE", "AT"]), ids(1, 2, 3, 10)),
        (condition("country", "not_in", ["DE", "US"]), ids(8, 9, 10)),
        (condition("country", "is_set"), ALL - ids(8, 9)),
        (condition("country", "is_not_set"), ids(8, 9)),
        (condition("country", "gt", "DE"), ids(4, 5, 6, 7)),
        (condition("path", "contains", "c"), ids(5, 6)),
        (condition("path", "contains", "%"), set[str]()),
        (condition("name", "starts_with", "pur"), ids(3, 6, 9)),
        (condition("path", "matches", "^/[ab]$"), ids(1, 2, 3, 4, 7, 8, 9)),
        (condition("name", "matches", "(?i)PAGE"), ALL - ids(3, 6, 9)),
        (condition("properties.price", "gt", 4), ids(3, 6)),
        (condition("properties.price", "gte", 4), ids(3, 6, 9)),
        (condition("properties.price", "lt", 20), ids(3, 9)),
        (condition("properties.price", "lte", 20), ids(3, 6, 9)),
        (condition("properties.price", "between", [4, 10.5]), ids(3, 9)),
        (condition("properties.price", "is", 20), ids(6)),
        (condition("properties.price", "is", "20"), ids(6)),
        (condition("properties.price", "in", [4, "free"]), ids(9, 10)),
        (condition("properties.price", "is_set"), ids(3, 6, 8, 9, 10)),
        (condition("properties.vip", "is", True), ids(9)),
        (condition("properties.plan.tier", "in", ["x", "y"]), ids(3, 4)),
        (condition("properties.qty", "is", 2), ids(3)),
        (condition("properties.qty", "gt", 1), ids(3, 9)),
        (condition("properties.qty", "is_not", 5), ALL - ids(9)),
        (condition("properties.qty", "contains", "5"), ids(9)),
        (condition("is_bot", "is", True), ids(8, 9)),
        (condition("is_bot", "is_not", "true"), ALL - ids(8, 9)),
        (condition("hour_of_day", "is", 2), ids(5, 6, 7)),
        (condition("day_of_week", "in", [1, 6]), ids(1, 2, 3, 10)),
        (condition("timestamp", "gte", "2026-10-25T23:00:00Z"), ids(10)),
        (condition("timestamp", "lt", "2026-10-24T11:10"), ids(1)),  # local time of Berlin
        ({"not": condition("properties.price", "gt", 4)}, ALL - ids(3, 6)),
        ({"not": {"not": condition("country", "is", "DE")}}, ids(1, 2, 3)),
        ({"and": [condition("country", "is", "US"), condition("path", "is", "/c")]}, ids(5, 6)),
        ({"or": [condition("country", "is", "AT"), condition("path", "is", "/c")]}, ids(5, 6, 10)),
        ({"and": []}, ALL),
        ({"or": []}, set[str]()),
        (condition("path", "is", "'; DROP TABLE events --"), set[str]()),
        (condition('properties.it\'s "odd"', "is", "a\\b\t'c"), set[str]()),
    ],
)
def test_filters(
    shop_lake: LakeFolder, engine: Engine, form: dict[str, Any], expected: set[str]
) -> None:
    result = ask(shop_lake, engine, dimensions=["event_id"], filter=form)
    assert {row["event_id"] for row in result.rows} == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (condition("country", "is_not", "DE"), ids(4, 8, 9, 10)),
        (condition("path", "is", "/b"), ids(1, 3)),
        ({"not": condition("properties.price", "gt", 4)}, ids(1, 4, 8, 9, 10)),
    ],
)
def test_a_session_counts_where_it_has_a_matching_event(
    shop_lake: LakeFolder, engine: Engine, form: dict[str, Any], expected: set[str]
) -> None:
    sessions = ask(shop_lake, engine, metrics=["sessions"], filter=form)
    assert sessions.totals["sessions"] == len({SESSION_OF[event] for event in expected})


SESSION_OF = {
    "e01": 1, "e02": 1, "e03": 2, "e04": 3, "e05": 3, "e06": 3, "e07": 3,
    "e08": 4, "e09": 5, "e10": 6,
}  # fmt: skip
