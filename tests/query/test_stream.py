from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tests.lakes import append_events, make_lake

from footfall.engines.registry import get_engine
from footfall.errors import InvalidEvents, InvalidQuery, MissingComponent
from footfall.model.filter import Condition
from footfall.model.source import Source
from footfall.model.time import TimeRange
from footfall.query.origins import LakeOrigin
from footfall.query.stream import EventStream

OLD = Source("web", timezone="Europe/Berlin")
WEB = Source("web", timezone="Europe/Berlin", properties={"price": "float", "plan.tier": "int"})

# The first three were stored before any property was declared.
BEFORE = [
    {"event_id": "a", "timestamp": "2026-11-01T10:00:00Z", "country": "DE",
     "properties": {"price": 1.5, "plan": {"tier": 2, "name": "pro"}}},
    {"event_id": "c", "timestamp": "2026-11-01T12:00:00Z", "country": "FR",
     "properties": {"price": "dear"}},
    {"event_id": "b", "timestamp": "2026-11-01T11:00:00Z", "country": "DE"},
]  # fmt: skip
AFTER = [
    {"event_id": "e", "timestamp": "2026-11-02T10:00:00Z", "properties": {"price": 3, "x": [1]}},
    {"event_id": "d", "timestamp": "2026-11-02T10:00:00Z", "name": "purchase"},
]


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    lake = make_lake(tmp_path_factory.mktemp("stream") / "lake", (OLD, BEFORE))
    lake.save_source(WEB)
    append_events(lake, "web", AFTER)
    engine = get_engine("duckdb")
    yield LakeOrigin(lake.table("web"), None, engine)
    engine.close()


@pytest.fixture(scope="module")
def stream(origin):
    return EventStream(origin)


def ids(stream: EventStream) -> str:
    return "".join(row["event_id"] for row in stream.to_dicts())


def test_events_come_in_the_order_of_time_then_of_ids(stream):
    assert ids(stream) == "abcde"
    assert stream.count() == len(stream) == 5


def test_properties_come_back_as_one_dict(stream):
    rows = stream.to_dicts()
    assert [row["properties"] for row in rows] == [
        {"price": 1.5, "plan": {"tier": 2, "name": "pro"}},
        {},
        {"price": "dear"},
        {},
        {"price": 3.0, "x": [1]},
    ]
    assert rows[0]["timestamp"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert not [name for name in rows[0] if name.startswith("p_")]


def test_declared_properties_are_typed_columns_of_the_table(stream):
    table = stream.to_arrow()
    assert table["price"].to_pylist() == [1.5, None, None, None, 3.0]
    assert table["plan.tier"].to_pylist() == [2, None, None, None, None]
    assert table["timestamp"].type == pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Condition("country", "is", "DE"), "ab"),
        ({"field": "properties.price", "operator": "gte", "value": 3}, "e"),
        ({"field": "properties.plan.name", "value": "pro"}, "a"),
        ({"not": {"field": "country", "value": "DE"}}, "cde"),
        (
            {"or": [{"field": "name", "value": "purchase"}, {"field": "country", "value": "FR"}]},
            "cd",
        ),
        ({"field": "hour_of_day", "operator": "is", "value": 11}, "ade"),  # 10:00 UTC is 11:00
        ({"field": "timestamp", "operator": "gte", "value": "2026-11-02"}, "de"),
    ],
)
def test_filter_by_value_or_json_form(stream, condition, expected):
    assert ids(stream.filter(condition)) == expected


def test_filter_by_keywords(stream):
    assert ids(stream.filter(country="DE")) == "ab"
    assert ids(stream.filter(country=["DE", "FR"])) == "abc"
    assert ids(stream.filter(country="DE", price=1.5)) == "a"
    assert ids(stream.filter(country=None)) == "de"


def test_verbs_apply_in_the_order_of_the_calls(stream):
    assert ids(stream.limit(2).filter(country="FR")) == ""
    assert ids(stream.filter(country="FR").limit(2)) == "c"
    assert ids(stream.limit(4).limit(2)) == "ab"
    assert ids(stream.limit(0)) == ""


def test_a_stream_stays_as_it_is(stream):
    stream.filter(country="FR").limit(1)
    assert stream.count() == 5


def test_a_sample_of_n_is_drawn_by_its_seed(stream):
    drawn = {seed: ids(stream.sample(3, seed=seed)) for seed in range(20)}
    assert {len(found) for found in drawn.values()} == {3}
    assert len(set(drawn.values())) > 3
    assert drawn[7] == ids(stream.sample(3, seed=7))
    assert all(found == "".join(sorted(found)) for found in drawn.values())
    assert ids(stream.sample(100)) == "abcde"


def test_a_fraction_keeps_about_that_part():
    stream = EventStream.from_dicts([{"n": n} for n in range(4000)])
    # 4000 draws of one in four: 1000 on average, standard deviation 27
    assert 870 < stream.sample(0.25, seed=1).count() < 1130
    assert stream.sample(0.0).count() == 0
    assert stream.sample(1.0).count() == 4000
    assert stream.sample(0.25, seed=1).to_dicts() == stream.sample(0.25, seed=1).to_dicts()


def test_columns_select_and_keep_their_order(stream):
    chosen = stream.columns("name", "properties.price", "properties.plan.name").limit(1)
    assert chosen.to_dicts() == [
        {"name": "page_view", "properties.price": 1.5, "properties.plan.name": "pro"}
    ]
    assert chosen.filter(country="DE").count() == 1


def test_an_unknown_column_gets_near_names(stream):
    table = EventStream.from_dicts([{"activity": "x"}])
    with pytest.raises(InvalidQuery, match="no column 'activty'") as caught:
        table.columns("activty")
    assert caught.value.suggestions == ["activity"]
    with pytest.raises(InvalidQuery):
        table.filter(activty="x")
    with pytest.raises(InvalidQuery):
        stream.filter({"field": "contry", "value": "x"})


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.limit(-1),
        lambda s: s.limit("5"),
        lambda s: s.limit(2.5),
        lambda s: s.sample(-1),
        lambda s: s.sample("half"),
        lambda s: s.sample(1.5),
        lambda s: s.columns(),
    ],
)
def test_wrong_arguments_are_told(stream, call):
    with pytest.raises(InvalidQuery, match="must be"):
        call(stream)


def test_a_time_range_bounds_the_stream(origin):
    span = TimeRange(
        datetime(2026, 11, 1, 11, tzinfo=UTC), datetime(2026, 11, 2, 10, tzinfo=UTC), "UTC"
    )
    assert ids(EventStream(LakeOrigin(origin.table, span, origin.engine))) == "bc"


def test_frames(stream):
    assert stream.to_polars()["event_id"].to_list() == list("abcde")
    assert stream.to_pandas()["event_id"].tolist() == list("abcde")


@pytest.mark.parametrize("package", ["polars", "pandas"])
def test_a_missing_package_names_the_way_out(stream, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingComponent, match=rf"\[{package}\]"):
        getattr(stream, f"to_{package}")()


def test_a_stream_from_elsewhere_keeps_its_rows_and_their_order():
    rows = [
        {"case": 2, "activity": "X-Ray", "at": datetime(2026, 1, 2, tzinfo=UTC), "cost": 7.5},
        {"case": 1, "activity": "Registration", "at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"case": 1, "activity": "MRI SCAN", "at": datetime(2026, 1, 3, tzinfo=UTC), "cost": 2.0},
    ]
    stream = EventStream.from_dicts(rows)
    assert stream.to_dicts() == [rows[0], rows[1] | {"cost": None}, rows[2]]
    assert stream.filter(case=1).columns("activity").to_dicts() == [
        {"activity": "Registration"},
        {"activity": "MRI SCAN"},
    ]
    late = {"field": "properties.at", "operator": "gte", "value": "2026-01-02"}
    assert stream.filter(late).count() == 2
    assert stream.filter({"field": "properties.cost", "operator": "gt", "value": 5}).count() == 1


def test_streams_from_frames_are_the_same(stream):
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    expected = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert EventStream.from_arrow(table).to_dicts() == expected
    assert EventStream.from_polars(EventStream.from_arrow(table).to_polars()).to_dicts() == expected
    assert EventStream.from_pandas(table.to_pandas()).to_dicts() == expected


def test_properties_of_a_table_are_looked_into():
    stream = EventStream.from_dicts([{"name": "a", "properties": {"x": {"y": 1}}}, {"name": "b"}])
    assert stream.filter({"field": "properties.x.y", "value": 1}).count() == 1
    assert stream.columns("properties.x.y").to_dicts() == [
        {"properties.x.y": "1"},
        {"properties.x.y": None},
    ]


def test_values_of_two_types_in_one_column_are_refused():
    with pytest.raises(InvalidEvents, match="'a' have more than one type"):
        EventStream.from_dicts([{"a": 1}, {"a": "x"}])


def test_an_empty_stream_is_empty():
    assert EventStream.from_arrow(pa.table({"a": pa.array([], pa.int64())})).to_dicts() == []


def test_repr_tells_the_steps_and_reads_nothing(stream, monkeypatch):
    narrowed = stream.filter(country="DE").limit(10).sample(0.5)
    monkeypatch.setattr(LakeOrigin, "open", None)
    assert repr(narrowed) == "<EventStream of web, filtered, first 10, 0.5 of them drawn>"


def test_a_notebook_shows_a_table(stream):
    html = stream.filter(country="FR")._repr_html_()
    assert "<table" in html
    assert ">c</td>" in html
    assert "EventStream of web, filtered" in html
    assert "utm_source" not in html  # nothing is in it


def test_values_are_escaped_in_a_notebook():
    html = EventStream.from_dicts([{"<b>": "<script>"}])._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_vacuumed_file_is_looked_for_in_the_next_version(tmp_path: Path):
    lake = make_lake(tmp_path / "lake", (OLD, BEFORE))
    table = lake.table("web")
    engine = get_engine("duckdb")
    stream = EventStream(LakeOrigin(_Stale(table), None, engine))
    assert stream.count() == 3
    engine.close()


class _Stale:
    """A table whose first snapshot names a file that is gone."""

    def __init__(self, table) -> None:
        self.source = table.source
        self._table = table
        self._is_first = True

    def snapshot(self, time_range=None):
        import dataclasses

        found = self._table.snapshot(time_range)
        if not self._is_first:
            return found
        self._is_first = False
        gone = dataclasses.replace(found.files[0], path=found.files[0].path + ".gone")
        return dataclasses.replace(found, files=(gone,))
