from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.lakes import make_lake

import footfall
from footfall.errors import InvalidQuery, InvalidSQL, LakeNotFound, LimitExceeded, UnknownSource
from footfall.lake.folder import LakeFolder
from footfall.model.interval import Interval
from footfall.model.source import Source

WEB = Source("web", properties={"price": "float"})
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
EVENTS = [
    {"timestamp": "2026-11-01T10:00:00Z", "country": "DE", "properties": {"price": 2.5, "a": 1}},
    {"timestamp": "2026-11-01T11:00:00Z", "country": "FR", "distinct_id": "bert"},
    {"timestamp": "2026-11-02T09:00:00Z", "country": "DE", "properties": {"price": 4}},
]


@pytest.fixture
def lake(tmp_path: Path):
    folder = make_lake(tmp_path / "lake", (WEB, EVENTS))
    with footfall.open(folder.root, clock=lambda: NOW) as lake:
        yield lake


def test_all_is_sorted_and_complete():
    assert footfall.__all__ == sorted(footfall.__all__)
    for name in footfall.__all__:
        assert getattr(footfall, name) is not None
    assert set(dir(footfall)) == set(footfall.__all__)


def test_what_is_typed_is_what_is_there():
    text = Path(footfall.__file__).read_text("utf-8")
    typed = text.split("if TYPE_CHECKING:")[1].split("__version__")[0]
    words = {word.strip(",") for word in typed.split()}
    assert set(footfall.__all__) - {"__version__"} <= words


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'Site'"):
        _ = footfall.Site  # pyright: ignore


def test_importing_loads_nothing_heavy():
    heavy = "{'pyarrow', 'duckdb', 'deltalake', 'numpy', 'pandas', 'polars', 'altair', 'sqlglot'}"
    code = f"import footfall, sys; sys.exit(len({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_open_needs_a_lake(tmp_path):
    with pytest.raises(LakeNotFound):
        footfall.open(tmp_path)


def test_sources_and_repr(lake):
    assert [source.name for source in lake.sources()] == ["web"]
    assert repr(lake) == f"<Lake in {lake.folder.root}: web>"


def test_query_by_parts_whole_and_in_json_form_are_the_same(lake):
    expected = [{"country": "DE", "events": 2}, {"country": "FR", "events": 1}]
    form = {"source": "web", "dimensions": ["country"], "time_range": "last 7 days"}
    assert lake.query(**form).to_dicts() == expected
    assert lake.query(form).to_dicts() == expected
    assert lake.query(footfall.Query.from_dict(form)).to_dicts() == expected


def test_a_query_and_parts_together_are_refused(lake):
    with pytest.raises(InvalidQuery, match="not both"):
        lake.query({"source": "web"}, metrics=["actors"])


def test_a_misspelled_part_gets_near_names(lake):
    with pytest.raises(InvalidQuery) as caught:
        lake.query(source="web", metric=["actors"])
    assert caught.value.suggestions == ["metrics"]


def test_sql_with_parameters(lake):
    result = lake.sql("SELECT sum(price) AS s FROM web WHERE country = $country", country="DE")
    assert result.to_dicts() == [{"s": 6.5}]
    assert result.engine == "duckdb"
    assert result.n_rows_read == 3


def test_sql_only_reads(lake):
    with pytest.raises(InvalidSQL):
        lake.sql("DROP TABLE web")


def test_sql_holds_the_settings_limits(lake):
    lake.folder.settings = footfall_settings(rows=2)
    with pytest.raises(LimitExceeded, match="more than 2 rows"):
        lake.sql("SELECT * FROM web")


def footfall_settings(rows: int):
    from footfall.settings import QuerySettings, Settings

    return Settings(query=QuerySettings(max_rows=rows))


def test_events_are_a_stream(lake):
    assert lake.events("web").count() == 3
    assert lake.events("web", "yesterday").count() == 2
    assert lake.events("web", filter={"field": "country", "value": "FR"}).count() == 1


def test_events_are_not_held_to_the_row_limit(lake):
    lake.folder.settings = footfall_settings(rows=2)
    assert len(lake.events("web").to_dicts()) == 3


def test_events_of_an_unknown_source(lake):
    with pytest.raises(UnknownSource) as caught:
        lake.events("wep")
    assert caught.value.suggestions == ["web"]


def test_append_is_readable_at_once_and_deduplicated(lake):
    event = {"event_id": "x1", "name": "signup", "distinct_id": "cleo", "properties": {"price": 1}}
    receipt = lake.append("web", [event, {"no": "name"}])
    assert (receipt.stored, receipt.duplicates, len(receipt.rejected)) == (1, 0, 1)
    assert lake.append("web", [event]).duplicates == 1
    found = lake.events("web").filter(name="signup").to_dicts()
    assert [(e["event_id"], e["distinct_id"], e["properties"]) for e in found] == [
        ("x1", "cleo", {"price": 1.0})
    ]
    assert lake.query(source="web", time_range="today").totals == {"events": 2}


def test_append_survives_closing(lake):
    lake.append("web", [{"event_id": "x1", "name": "signup", "distinct_id": "cleo"}])
    lake.close()
    with footfall.open(lake.folder.root, clock=lambda: NOW) as again:
        assert again.append("web", [{"event_id": "x1", "name": "signup"}]).duplicates == 1
        assert again.events("web").count() == 4


def test_append_to_an_unknown_source(lake):
    with pytest.raises(UnknownSource):
        lake.append("wep", [{"name": "a"}])


def test_a_closed_lake_may_be_used_again(lake):
    lake.close()
    assert lake.query(source="web", time_range="last 7 days").totals == {"events": 3}


def test_two_processes_worth_of_handles_read_the_same_lake(lake):
    with footfall.open(lake.folder.root, clock=lambda: NOW) as other:
        other.append("web", [{"name": "signup"}])
        assert lake.events("web").count() == 4


def test_a_lake_without_events(tmp_path):
    folder = LakeFolder.create(tmp_path / "lake")
    folder.save_source(WEB)
    with footfall.open(folder.root) as lake:
        assert lake.events("web").to_dicts() == []
        assert lake.sql("SELECT count(*) AS n FROM web").to_dicts() == [{"n": 0}]
        assert lake.query(source="web").totals == {"events": 0}


def test_what_is_wrong_is_found(tmp_path):
    LakeFolder.create(tmp_path / "lake").save_source(WEB)
    with footfall.open(tmp_path / "lake") as lake:
        lake.append("web", [{"name": "a"}])
        assert lake.check(is_full=True) == []
        (file,) = lake.folder.table("web").snapshot().files
        Path(file.path).unlink()
        assert [(each.about, each.finding.code) for each in lake.check()] == [
            ("web", "file_missing")
        ]


def test_parts_of_a_query_are_checked_like_its_form(lake):
    with pytest.raises(InvalidQuery, match="A query needs the name of a 'source'"):
        lake.query(metrics=["events"])
    with pytest.raises(InvalidQuery, match="Did you mean 'metrics'"):
        lake.query(source="web", metric=["events"])
    assert lake.query(source="web", limit=None).totals == {"events": 3}


def test_a_query_may_begin_with_its_source(lake):
    assert lake.query("web", time_range="all").totals == {"events": 3}
    with pytest.raises(InvalidQuery, match="not both"):
        lake.query("web", source="web")


def test_all_is_from_the_first_event_to_the_last(lake):
    days = lake.query("web", time_range="all", granularity="day")
    assert [row["events"] for row in days.to_dicts()] == [2, 1]
    assert days.to_dict()["time_range"]["start"] == "2026-11-01T00:00:00+00:00"
    assert lake.events("web", "all").count() == 3


def test_a_property_without_its_prefix_is_told_how_to_write_it(lake):
    for parts in ({"dimensions": ["price"]}, {"metrics": ["sum(price)"]}):
        with pytest.raises(InvalidQuery, match=r"'properties\.price'") as told:
            lake.query("web", **parts)
        assert "properties.price" in told.value.suggestions


def test_opening_nothing_does_not_speak_of_options(tmp_path):
    with pytest.raises(LakeNotFound) as told:
        footfall.open(tmp_path / "nowhere")
    assert "--lake" not in str(told.value)


def test_intervals_of_a_source(tmp_path):
    source = Source("lab", intervals=(Interval("visit", "in", "out"),))
    rows = [
        {"timestamp": "2026-11-01T10:00:00Z", "name": "in", "country": "DE"},
        {"timestamp": "2026-11-01T10:01:30Z", "name": "out"},
        {"timestamp": "2026-11-02T10:00:00Z", "name": "out", "distinct_id": "bert"},
    ]
    folder = make_lake(tmp_path / "lab", (source, rows))
    with footfall.open(folder.root, clock=lambda: NOW) as lake:
        result = lake.intervals("lab", "visit", fields=["country"])
        frame = result.to_polars()
        assert frame["duration"].to_list() == [90.0, None]
        assert frame["state"].to_list() == ["complete", "no_start"]
        assert frame["country"].to_list() == ["DE", None]
        assert [column.unit for column in result.columns if column.name == "duration"] == [
            "seconds"
        ]
        assert lake.intervals("lab", "visit", "2026-11-02").to_pandas()["actor_id"][0] == "bert"
        german = lake.intervals("lab", "visit", filter={"field": "country", "value": "DE"})
        assert german.to_arrow().num_rows == 1
