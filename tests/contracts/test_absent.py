"""What a result says of properties that no event has and nobody declared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.query.lakes import NOW, literal_lake

from footfall.engines.base import Engine, EngineResult
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.query.result import Result
from footfall.query.run import run_query

DAYS = "2026-10-24..2026-10-26"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    return literal_lake(tmp_path_factory.mktemp("absent") / "lake")


def ask(lake: LakeFolder, engine: Engine, **parts: Any) -> Result:
    query = Query.from_dict({"source": "shop", "time_range": DAYS, **parts})
    return run_query(query, lake, engine, now=NOW)


def condition(field: str, operator: str = "is_set", *value: Any) -> Mapping[str, Any]:
    given = {"value": value[0]} if value else {}
    return {"filter": {"field": field, "operator": operator, **given}}


@pytest.mark.parametrize(
    "parts",
    [
        {"metrics": ["sum(properties.qtty)"]},
        {"dimensions": ["properties.qtty"]},
        {"dimensions": ["properties.qtty"], "limit": 1},
        condition("properties.qtty"),
        condition("properties.qtty", "is_not", 2),
        {"metrics": ["sessions"], **condition("properties.qtty")},
        {"metrics": ["sum(properties.qtty)"], "compare": "previous_period"},
        # Named three times, told once.
        {"metrics": ["max(properties.qtty)"], "dimensions": ["properties.qtty"],
         **condition("properties.qtty")},
    ],
)  # fmt: skip
def test_a_misspelt_property_is_told_with_the_declared_one(
    lake: LakeFolder, engine: Engine, parts: dict[str, Any]
) -> None:
    result = ask(lake, engine, **parts)
    assert result.notes == (
        "No event of the time range has a value of 'properties.qtty', which source 'shop' does "
        "not declare either. Did you mean 'properties.qty'?",
    )
    assert result.to_dict()["notes"] == list(result.notes)
    assert result.joined().notes == result.notes


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"metrics": ["sum(properties.price)"]},
        {"dimensions": ["properties.price"]},
        # Only e09 has it, and the filter leaves e09 out.
        {"metrics": ["sum(properties.vip)"], **condition("country", "is", "DE")},
        condition("properties.price", "is", 99),
        {"dimensions": ["properties.plan.tier"]},
    ],
)
def test_a_property_that_some_event_has_is_not_told(
    lake: LakeFolder, engine: Engine, parts: dict[str, Any]
) -> None:
    assert ask(lake, engine, **parts).notes == ()


def test_a_declared_property_without_values_is_not_told(lake: LakeFolder, engine: Engine) -> None:
    # Of the 25th from 00:00 to 02:00 in Berlin is e04 alone, which has no qty.
    hours = "2026-10-25T00:00..2026-10-25T02:00"
    asked = ask(lake, engine, metrics=["events", "sum(properties.qty)"], time_range=hours)
    assert asked.rows == [{"events": 1, "sum(properties.qty)": 0}]
    assert asked.notes == ()


def test_only_the_time_range_is_searched(lake: LakeFolder, engine: Engine) -> None:
    # Of the 24th in Berlin are e01 to e03: `vip` is of the 25th.
    asked = ask(lake, engine, dimensions=["properties.vip"], time_range="2026-10-24")
    assert asked.rows == [{"properties.vip": None, "events": 3}]
    assert asked.notes == (
        "No event of the time range has a value of 'properties.vip', which source 'shop' does "
        "not declare either.",
    )


def test_what_the_answer_shows_is_not_searched(
    lake: LakeFolder, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_statements = 0
    run = engine.run

    def counting(*arguments: Any, **options: Any) -> EngineResult:
        nonlocal n_statements
        n_statements += 1
        return run(*arguments, **options)

    monkeypatch.setattr(engine, "run", counting)
    ask(lake, engine, metrics=["sum(properties.price)"], dimensions=["properties.price"])
    assert n_statements == 1
    ask(lake, engine, **condition("properties.price"))
    assert n_statements == 3
