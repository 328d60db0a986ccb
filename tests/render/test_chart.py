from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from footfall.errors import InvalidQuery, MissingComponent
from footfall.render.chart import chart
from footfall.render.shapes import titled

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Column:
    name: str
    role: str
    type: str = "int"
    unit: str | None = None


@dataclass
class Bucket:
    start: datetime
    is_partial: bool = False


@dataclass
class Result:
    columns: list[Column]
    rows: list[dict[str, Any]]
    buckets: list[Bucket] = field(default_factory=list)
    comparison: Result | None = None

    def to_dicts(self) -> list[dict[str, Any]]:
        return self.rows


TIME = Column("time", "time", "time")
EVENTS = Column("events", "metric", "int", "events")
COUNTRY = Column("country", "dimension", "text")


def spec(result: Result) -> dict[str, Any]:
    return json.loads(chart(result).to_json())


def marks(made: dict[str, Any]) -> list[str]:
    return [layer["mark"]["type"] for layer in made["layer"]]


def values(part: dict[str, Any], whole: dict[str, Any]) -> list[dict[str, Any]]:
    data = part.get("data") or whole["data"]
    return data.get("values") or whole["datasets"][data["name"]]


def days(n: int, first: int = 1) -> list[datetime]:
    return [datetime(2026, 11, first + i, tzinfo=BERLIN) for i in range(n)]


def over_days(n: int, first: int = 1, partial: set[int] = frozenset()) -> Result:
    times = days(n, first)
    rows = [{"time": time, "events": 10 + i} for i, time in enumerate(times)]
    return Result([TIME, EVENTS], rows, [Bucket(t, i in partial) for i, t in enumerate(times)])


def test_time_alone_is_an_area_with_a_line():
    made = spec(over_days(3))
    assert marks(made) == ["area", "line", "line", "circle"]
    assert [row["v"] for row in values(made["layer"][0], made)] == [10, 11, 12]
    assert [row["t"] for row in values(made["layer"][0], made)] == [
        "2026-11-01T00:00:00Z",
        "2026-11-02T00:00:00Z",
        "2026-11-03T00:00:00Z",
    ]


def test_the_line_to_a_partial_bucket_is_dashed():
    made = spec(over_days(4, partial={3}))
    solid, dashed = made["layer"][1], made["layer"][2]
    assert "strokeDash" not in solid["mark"]
    assert [row["v"] for row in values(solid, made)] == [10, 11, 12, None]
    assert dashed["mark"]["strokeDash"]
    assert [row["v"] for row in values(dashed, made)] == [None, None, 12, 13]


def test_the_earlier_period_lies_behind_bucket_by_bucket():
    result = over_days(3, first=4)
    result.comparison = over_days(3, first=1)
    made = spec(result)
    earlier = made["layer"][0]
    assert (earlier["mark"]["type"], bool(earlier["mark"]["strokeDash"])) == ("line", True)
    rows = values(earlier, made)
    assert [row["t"][:10] for row in rows] == ["2026-11-04", "2026-11-05", "2026-11-06"]
    assert rows[0]["label"] == "Sun 2026-11-01"


def test_the_hour_that_comes_twice_has_two_places():
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight in Berlin, 25 hours follow
    times = [(start + timedelta(hours=n)).astimezone(BERLIN) for n in range(25)]
    rows = [{"time": time, "events": 1} for time in times]
    made = spec(Result([TIME, EVENTS], rows, [Bucket(time) for time in times]))
    drawn = values(made["layer"][0], made)
    assert len({row["t"] for row in drawn}) == 25
    assert [row["label"][-5:] for row in drawn[:5]] == ["10-25", "01:00", "02:00", "02:00", "03:00"]


def test_several_metrics_have_a_panel_each():
    ratio = Column("bounce_rate", "metric", "float", "ratio")
    result = over_days(2)
    result.columns.append(ratio)
    for row in result.rows:
        row["bounce_rate"] = 0.5
    panels = spec(result)["vconcat"]
    axes = [panel["layer"][0]["encoding"]["y"]["axis"] for panel in panels]
    assert [(axis["title"], axis["format"]) for axis in axes] == [
        ("events", "~s"),
        ("bounce rate", ".0%"),
    ]


def test_time_and_a_dimension_draw_the_values_that_weigh_most():
    rows = [{"time": time, "country": f"C{n}", "events": n} for time in days(2) for n in range(12)]
    made = spec(Result([TIME, COUNTRY, EVENTS], rows))
    scale = made["encoding"]["color"]["scale"]
    assert scale["domain"] == [f"C{n}" for n in (11, 10, 9, 8, 7, 6, 5, 4)]
    assert len(set(scale["range"])) == 8
    assert {row["d"] for row in values(made, made)} == set(scale["domain"])


def test_a_dimension_is_bars_in_the_order_of_the_rows():
    rows = [
        {"country": "FR", "events": 3},
        {"country": None, "events": 5},
        {"country": "(other)", "events": 9, "is_other": True},
    ]
    made = spec(Result([COUNTRY, EVENTS], rows))
    assert marks(made) == ["bar", "text"]
    assert values(made["layer"][0], made) == [
        {"d": "FR", "v": 3, "other": False},
        {"d": "(not set)", "v": 5, "other": False},
        {"d": "(other)", "v": 9, "other": True},
    ]
    assert made["layer"][0]["encoding"]["y"]["sort"] is None


def test_two_dimensions_are_a_heat_map():
    hour, weekday = Column("hour_of_day", "dimension"), Column("day_of_week", "dimension")
    rows = [
        {"hour_of_day": 10, "day_of_week": 2, "events": 1},
        {"hour_of_day": 9, "day_of_week": 1, "events": 2},
        {"hour_of_day": 2, "day_of_week": 1, "events": 3},
    ]
    made = spec(Result([weekday, hour, EVENTS], rows))
    assert made["mark"]["type"] == "rect"
    assert made["encoding"]["x"]["sort"] == ["2", "9", "10"]
    assert made["encoding"]["y"]["sort"] == ["Mon", "Tue"]


def test_metrics_alone_are_large_numbers():
    actors = Column("actors", "metric", "int", "actors")
    made = spec(Result([EVENTS, actors], [{"events": 5, "actors": 2}]))
    assert [values(part, made)[0]["v"] for part in made["hconcat"]] == [5, 2]


def test_many_rows_of_numbers_are_points():
    columns = [Column("x", "metric"), Column("y", "metric")]
    made = spec(Result(columns, [{"x": 1, "y": 2}, {"x": 2, "y": 3}]))
    assert made["mark"]["type"] == "circle"


def test_dates_of_sql_are_times():
    rows = [{"day": date(2026, 11, n), "n": n} for n in (1, 2)]
    made = spec(Result([Column("day", "dimension", "date"), Column("n", "metric")], rows))
    assert marks(made)[0] == "area"


def test_nothing_to_draw_is_told():
    with pytest.raises(InvalidQuery, match="needs a column of numbers"):
        chart(Result([COUNTRY], [{"country": "DE"}]))


@pytest.mark.parametrize("columns", [[TIME, EVENTS], [COUNTRY, EVENTS], [EVENTS]])
def test_a_result_without_rows_is_an_empty_chart(columns):
    assert spec(Result(columns, []))["$schema"]


def test_every_shape_is_drawn_by_vega():
    import vl_convert

    earlier = over_days(3)
    shapes = [
        over_days(3, partial={2}),
        Result([TIME, EVENTS], over_days(3).rows, comparison=earlier),
        Result([COUNTRY, EVENTS], [{"country": "DE", "events": 1}]),
        Result([EVENTS], [{"events": 1}]),
    ]
    for shape in shapes:
        svg = vl_convert.vegalite_to_svg(chart(shape).to_json())
        assert "<path" in svg


def test_a_missing_package_names_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingComponent, match=r"\[charts\]"):
        chart(over_days(1))


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (EVENTS, "events"),
        (Column("bounce_rate", "metric", "float", "ratio"), "bounce rate"),
        (Column("sum(properties.price)", "metric", "float"), "sum(price)"),
        (Column("median(session.duration)", "metric", "float", "seconds"),
         "median(session.duration) (seconds)"),
    ],
)  # fmt: skip
def test_titles_name_the_unit_where_the_name_does_not(column, expected):
    assert titled(column) == expected
