from __future__ import annotations

import dataclasses
import gc
import os
import tempfile
import threading
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from tests.engines.conftest import START
from tests.waiting import PATIENCE

from footfall.engines.base import CancelToken, Limits, retry_stale
from footfall.engines.columns import shown_name
from footfall.engines.duckdb import DuckDBEngine
from footfall.errors import Cancelled, EngineError, LimitExceeded, StaleSnapshot, TableDamaged
from footfall.lake.schema import arrow_schema
from footfall.model.time import TimeRange

ENDLESS = "SELECT count(*) AS n FROM range(1000000000) a, range(1000000) b"


@pytest.fixture
def engine():
    engine = DuckDBEngine()
    yield engine
    engine.close()


def test_reads_all_files_with_nulls_for_columns_that_a_file_lacks(engine, snapshot):
    answer = engine.run(
        "SELECT event_id, country, p_price FROM events ORDER BY event_id", {"events": snapshot}
    )
    assert answer.table.to_pylist() == [
        {"event_id": "e0", "country": "DE", "p_price": None},
        {"event_id": "e1", "country": "FR", "p_price": None},
        {"event_id": "e2", "country": None, "p_price": 4.0},
        {"event_id": "e3", "country": "DE", "p_price": None},
    ]
    assert answer.n_rows_read == 4
    assert answer.milliseconds > 0


@pytest.mark.parametrize("name", ["snapshot", "empty_snapshot"])
def test_columns_and_types_are_those_of_the_lake(engine, name, request):
    snapshot = request.getfixturevalue(name)
    table = engine.run("SELECT * FROM events", {"events": snapshot}).table
    assert [(f.name, f.type) for f in table.schema] == [
        (f.name, f.type) for f in arrow_schema(snapshot.source)
    ]
    assert table.num_rows == snapshot.n_rows


def test_whole_sums_are_integers_and_times_are_utc(engine, snapshot):
    table = engine.run(
        "SELECT sum(length(event_id)) AS n, avg(p_price) AS m, max(timestamp) AS t, "
        "count(*) AS c FROM events",
        {"events": snapshot},
    ).table
    assert [f.type for f in table.schema] == [
        pa.int64(),
        pa.float64(),
        pa.timestamp("us", tz="UTC"),
        pa.int64(),
    ]
    assert table["n"].to_pylist() == [8]  # four ids of two letters


def test_parameters_are_bound_by_name(engine, snapshot):
    sql = "SELECT count(*) AS n FROM events WHERE country = $country::VARCHAR"
    parameters = {"country": "'; DROP TABLE events; --"}
    assert engine.run(sql, {"events": snapshot}, parameters).table["n"].to_pylist() == [0]
    assert engine.run(sql, {"events": snapshot}, {"country": "DE"}).table["n"].to_pylist() == [2]


def test_arrow_tables_from_elsewhere_are_relations_too(engine):
    answer = engine.run("SELECT sum(a) AS a FROM mine", {"mine": pa.table({"a": [1, 2]})})
    assert answer.table.to_pylist() == [{"a": 3}]
    assert answer.n_rows_read == 2


def test_views_of_one_query_are_not_seen_by_another(engine, snapshot):
    engine.run("SELECT 1 AS one FROM events", {"events": snapshot})
    with pytest.raises(EngineError, match="events does not exist"):
        engine.run("SELECT 1 AS one FROM events", {})


def test_python_variables_are_not_tables(engine):
    secret = pa.table({"a": [1]})  # noqa: F841
    with pytest.raises(EngineError, match="secret does not exist"):
        engine.run("SELECT * FROM secret", {})


def test_time_limit_ends_a_query(engine):
    with pytest.raises(LimitExceeded, match=r"longer than 0\.2 seconds") as caught:
        engine.run(ENDLESS, {}, limits=Limits(seconds=0.2))
    assert caught.value.parameter == "timeout"


def test_time_limit_ends_the_reading_of_an_answer(engine):
    sql = "SELECT sum(i) OVER () AS s FROM range(1000000000) t(i)"
    with pytest.raises(LimitExceeded):
        engine.run(sql, {}, limits=Limits(seconds=0.2, memory="4GiB"))


def test_row_limit_is_the_most_rows_of_an_answer(engine):
    limits = Limits(rows=10)
    assert engine.run("FROM range(10)", {}, limits=limits).table.num_rows == 10
    with pytest.raises(LimitExceeded, match="more than 10 rows"):
        engine.run("FROM range(11)", {}, limits=limits)


def test_memory_limit_ends_a_query(engine):
    sql = "SELECT md5(i::VARCHAR) AS h FROM range(3000000) t(i) ORDER BY h LIMIT 2700000"
    with pytest.raises(LimitExceeded, match="more than the 20MiB"):
        engine.run(sql, {}, limits=Limits(memory="20MiB", seconds=PATIENCE), cancel=None)


def test_spilled_rows_lie_in_a_folder_that_nobody_can_know_before(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    engine = DuckDBEngine()
    assert list(tmp_path.iterdir()) == []
    found = []
    for limits in (Limits(), Limits(threads=1)):
        sql = "SELECT current_setting('temp_directory') AS folder"
        found.append(Path(engine.run(sql, {}, limits=limits).table["folder"][0].as_py()))
    assert found[0] == found[1]
    assert list(tmp_path.iterdir()) == [found[0]]
    if os.name != "nt":
        assert found[0].stat().st_mode & 0o777 == 0o700
    engine.close()
    assert list(tmp_path.iterdir()) == []
    again = Path(engine.run(sql, {}).table["folder"][0].as_py())
    assert again != found[0]
    del engine
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_cancel_from_another_thread_ends_a_query(engine):
    token = CancelToken()
    threading.Timer(0.1, token.cancel).start()
    # Left alone it would meet the limit, which is another error.
    with pytest.raises(Cancelled):
        engine.run(ENDLESS, {}, limits=Limits(seconds=60), cancel=token)


def test_a_cancelled_token_lets_nothing_start(engine):
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        engine.run("SELECT 1", {}, cancel=token)


def test_cancel_ends_its_own_query_only(engine):
    token = CancelToken()
    answers: list[object] = []
    sql = "SELECT count(*) AS n FROM range(100000000) t(i) WHERE hash(i) % 2 < 2"
    other = threading.Thread(
        target=lambda: answers.extend(engine.run(sql, {}).table["n"].to_pylist())
    )
    other.start()
    threading.Timer(0.1, token.cancel).start()
    with pytest.raises(Cancelled):
        engine.run(ENDLESS, {}, cancel=token)
    other.join()
    assert answers == [100_000_000]


def test_a_vacuumed_file_makes_the_snapshot_stale(engine, snapshot):
    Path(snapshot.files[0].path).unlink()
    with pytest.raises(StaleSnapshot, match=r"old\.parquet"):
        engine.run("SELECT count(*) FROM events", {"events": snapshot})


def test_a_file_vacuumed_after_it_was_read_makes_the_snapshot_stale(engine, snapshot):
    ask = "SELECT min(event_id) AS id FROM events"
    assert engine.run(ask, {"events": snapshot}).table["id"].to_pylist() == ["e0"]
    # What its footer says is kept, what its columns hold is not.
    Path(snapshot.files[0].path).unlink()
    with pytest.raises(StaleSnapshot, match=r"old\.parquet"):
        engine.run(ask, {"events": snapshot})


def test_only_files_at_the_edges_of_a_range_are_asked_for_times(engine, snapshot):
    first, second = snapshot.files
    span = TimeRange(START + timedelta(minutes=1), START + timedelta(minutes=3), "UTC")
    cut = snapshot.prune(span)
    ask = "SELECT list(event_id ORDER BY event_id) AS ids FROM events"
    assert engine.run(ask, {"events": cut}).table["ids"][0].as_py() == ["e1", "e2"]
    # A file that claims to lie in the range is taken at its word.
    claimed = dataclasses.replace(first, min_timestamp=span.start, max_timestamp=span.start)
    trusting = dataclasses.replace(cut, files=(claimed, second))
    assert engine.run(ask, {"events": trusting}).table["ids"][0].as_py() == ["e0", "e1", "e2"]


def test_footers_are_forgotten_when_there_are_too_many(engine, snapshot, monkeypatch):
    ask = "SELECT count(*) AS n FROM events"
    kept = "SELECT sum(memory_usage_bytes) AS n FROM duckdb_memory() WHERE tag = 'OBJECT_CACHE'"

    def n_bytes() -> int:
        return engine.run(kept, {}).table["n"][0].as_py()

    one, other = (dataclasses.replace(snapshot, files=(file,)) for file in snapshot.files)
    engine.run(ask, {"events": one})
    alone = n_bytes()
    engine.run(ask, {"events": other})
    both = n_bytes()
    assert both > alone
    monkeypatch.setattr("footfall.engines.duckdb_footers.MAX_ROW_GROUPS", 2)
    # No new file, nothing to forget; the third is one too many.
    engine.run(ask, {"events": one})
    assert n_bytes() == both
    path = Path(snapshot.files[0].path)
    path.rename(path.with_name("third.parquet"))
    third = dataclasses.replace(snapshot.files[0], path=str(path.with_name("third.parquet")))
    engine.run(ask, {"events": dataclasses.replace(snapshot, files=(third,))})
    assert n_bytes() < both


def test_retry_stale_takes_one_new_snapshot():
    tries: list[int] = []

    def attempt() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise StaleSnapshot("gone")
        return len(tries)

    assert retry_stale(attempt) == 2
    # Gone from what was just read as well: waiting would not help.
    with pytest.raises(TableDamaged, match="footfall doctor"):
        retry_stale(lambda: (_ for _ in ()).throw(StaleSnapshot("gone again")))


def test_paths_with_quotes_and_pattern_characters_are_read(engine, snapshot, tmp_path):
    folder = tmp_path / "it's [a] *lake*"
    folder.mkdir()
    moved = folder / "x.parquet"
    Path(snapshot.files[1].path).rename(moved)
    file = dataclasses.replace(snapshot.files[1], path=str(moved))
    one = dataclasses.replace(snapshot, files=(file,))
    assert (
        engine.run("SELECT count(*) AS n FROM events", {"events": one}).table["n"][0].as_py() == 2
    )


def test_shown_names_keep_clear_of_canonical_columns(snapshot):
    shown = [shown_name(key) for key in snapshot.source.properties]
    assert shown == ["price", "plan.tier", "p_country"]
