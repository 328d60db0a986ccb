"""SQL from strangers, as the engine meets it without any check before."""

from __future__ import annotations

import dataclasses
import io
import threading
from pathlib import Path

import msgspec
import psutil
import pytest

from footfall.engines import sandbox
from footfall.engines.base import CancelToken, Limits
from footfall.engines.duckdb import DuckDBEngine
from footfall.engines.duckdb_views import shown_sql
from footfall.engines.sandbox_child import ARROW, FAILURE, run, serve
from footfall.engines.sandbox_wire import Failure, Request
from footfall.errors import Cancelled, InvalidSQL, LimitExceeded, StaleSnapshot
from footfall.lake.snapshot import Snapshot
from footfall.pipes import receive, send

LIMITS = Limits(memory="200MiB", threads=2, rows=1000, seconds=10)


def request_for(snapshot: Snapshot, sql: str) -> Request:
    return Request(
        sql=sql,
        views={"web": shown_sql(snapshot)},
        files=[file.path for file in snapshot.files],
        parameters={},
        memory="200MiB",
        threads=1,
        rows=10,
        seconds=5.0,
    )


BREAK_OUTS = [
    # files
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM parquet_scan('{file}')",
    "SELECT * FROM parquet_metadata('{file}')",
    "SELECT * FROM parquet_schema('{file}')",
    "SELECT * FROM read_json('/etc/passwd')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM '/etc/passwd'",
    'SELECT * FROM "/etc/passwd"',
    "SELECT * FROM '{file}'",
    "FROM '/etc/passwd'",
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))",
    "WITH a AS (WITH b AS (FROM read_text('/etc/passwd')) FROM b) FROM a",
    "SELECT * FROM web WHERE EXISTS (FROM read_text('/etc/passwd'))",
    "SELECT * FROM web, LATERAL (FROM read_text(web.url))",
    "SELECT * FROM web ORDER BY (SELECT 1 FROM read_text('/etc/passwd'))",
    "SELECT 1 LIMIT (SELECT 1 FROM read_text('/etc/passwd'))",
    "SELECT 1 UNION ALL SELECT 1 FROM read_text('/etc/passwd')",
    "SELECT list_transform([1], lambda x: (SELECT count(*) FROM read_text('/etc/passwd')))",
    "/* a */ SELECT /* b */ * FROM /* c */ read_text /* d */ ('/etc/passwd') -- e",
    "SELECT * FROM READ_TEXT('/etc/passwd')",
    "SELECT * FROM main.read_text('/etc/passwd')",
    "SELECT * FROM \"read_text\"('/etc/passwd')",
    # other statements
    "COPY web TO '/tmp/out.csv'",
    "COPY (SELECT 1) TO '/tmp/out.csv'",
    "ATTACH '/tmp/x.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "SET memory_limit = '100GB'",
    "SET GLOBAL max_execution_time = 0",
    "RESET lock_configuration",
    "CALL pragma_version()",
    "CREATE TABLE t AS SELECT 1",
    "CREATE VIEW v AS SELECT 1",
    "CREATE MACRO m() AS 1",
    "DROP VIEW web",
    "INSERT INTO web VALUES (1)",
    "DELETE FROM web",
    "UPDATE web SET name = 'x'",
    "WITH x AS (DELETE FROM web RETURNING *) SELECT * FROM x",
    "EXPORT DATABASE '/tmp/x'",
    "CHECKPOINT",
    "EXPLAIN ANALYZE SELECT 1",
    "SHOW TABLES",
    "FROM (SHOW ALL TABLES)",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW web",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "USE memory",
    "BEGIN",
    "",
    ";",
    # the engine's own tables and functions
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_views()",
    "SELECT sql FROM duckdb_views",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_views",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM pragma_version()",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table('web')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM test_all_types()",
    "SELECT current_setting('temp_directory')",
    "SELECT getvariable('x')",
    "SELECT getenv('PATH')",
    "SELECT 'PATH'.getenv()",
    "SELECT GetEnv('PATH')",
    "SELECT write_log('x')",
    "SELECT pg_get_viewdef('web')",
    "SELECT pg_sleep(1000)",
    "SELECT sleep_ms(100000)",
    "WITH duckdb_views AS (SELECT * FROM duckdb_views) SELECT * FROM duckdb_views",
    "WITH a AS (WITH duckdb_views AS (SELECT 1) SELECT 1) SELECT * FROM duckdb_views",
    "WITH RECURSIVE sqlite_master AS (SELECT * FROM sqlite_master) FROM sqlite_master",
    "SELECT * FROM memory.main.web",
    "SELECT * FROM main.web",
    "SELECT * FROM requests",
]


@pytest.fixture(scope="module")
def engine():
    engine = DuckDBEngine()
    yield engine
    engine.close()


@pytest.mark.parametrize("sql", BREAK_OUTS)
def test_break_outs_are_refused(sql, snapshot, engine):
    file = snapshot.files[0].path
    sql = sql.replace("{file}", file)
    with pytest.raises(InvalidSQL) as caught:
        engine.run_locked(sql, {"web": snapshot}, limits=LIMITS)
    if file in sql:
        return
    assert str(Path(file).parent) not in caught.value.message


READS = [
    ("SELECT count(*) AS n FROM web", 4),
    ("SELECT count(*) AS n FROM \"WEB\" AS w", 4),
    ("FROM web SELECT count(*) AS n", 4),
    ("WITH web AS (SELECT * FROM web WHERE country = 'DE') SELECT count(*) AS n FROM web", 2),
    ("SELECT count(*) AS n FROM range(3) UNION ALL SELECT 3 LIMIT 1", 3),
    ("SELECT sum(x) AS n FROM unnest([1, 2, 3]) AS t(x)", 6),
    ("SELECT count(*) AS n FROM web, json_each(web.properties)", 5),
    ("SELECT sum(price) AS n FROM web", 5.5),
    ('SELECT sum("plan.tier") AS n FROM web', 10),
    ("SELECT count(p_country) AS n FROM web", 2),
    ("WITH RECURSIVE t(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM t WHERE x < 9) "
     "SELECT max(x) AS n FROM t", 9),
    ("SELECT count(*) AS n FROM (SELECT name, lag(timestamp) OVER (PARTITION BY actor_id "
     "ORDER BY timestamp) AS before FROM web QUALIFY before IS NOT NULL)", 2),
    ("SELECT count(*) AS n FROM web a JOIN web b USING (actor_id)", 8),
    ("SELECT len(list_transform([1, 2], lambda x: x + 1)) AS n", 2),
    ("VALUES (7)", 7),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "expected"), READS)
def test_what_reads_is_allowed(sql, expected, snapshot, engine):
    answer = engine.run_locked(sql, {"web": snapshot}, limits=LIMITS)
    assert answer.table.column(0).to_pylist()[0] == expected
    assert answer.n_rows_read == 4


def test_properties_are_read_from_the_column_or_else_from_the_json(snapshot, engine):
    sql = 'SELECT event_id, price, "plan.tier" AS tier, p_country FROM web ORDER BY event_id'
    rows = engine.run_locked(sql, {"web": snapshot}, limits=LIMITS).table.to_pylist()
    assert rows == [
        {"event_id": "e0", "price": 1.5, "tier": 2, "p_country": "x"},
        {"event_id": "e1", "price": None, "tier": 3, "p_country": None},  # price is 'dear'
        {"event_id": "e2", "price": 4.0, "tier": 5, "p_country": "y"},
        {"event_id": "e3", "price": None, "tier": None, "p_country": None},
    ]


def test_a_source_without_events_can_be_read(empty_snapshot, engine):
    sql = "SELECT count(*) AS n, sum(price) AS s FROM web"
    table = engine.run_locked(sql, {"web": empty_snapshot}, limits=LIMITS).table
    assert table.to_pylist() == [{"n": 0, "s": None}]


def test_parameters_are_bound(snapshot, engine):
    sql = "SELECT count(*) AS n FROM web WHERE country = $c AND timestamp >= $t"
    parameters = {"c": "DE", "t": snapshot.files[1].min_timestamp}
    table = engine.run_locked(sql, {"web": snapshot}, parameters, limits=LIMITS).table
    assert table.to_pylist() == [{"n": 1}]


def test_a_wrong_column_gets_near_names(snapshot, engine):
    with pytest.raises(InvalidSQL, match="contry") as caught:
        engine.run_locked("SELECT contry FROM web", {"web": snapshot}, limits=LIMITS)
    assert caught.value.suggestions[0] == "country"


def test_a_wrong_source_gets_near_names(snapshot, engine):
    with pytest.raises(InvalidSQL, match="no source 'wep'; there are web") as caught:
        engine.run_locked("SELECT * FROM wep", {"web": snapshot}, limits=LIMITS)
    assert caught.value.suggestions == ["web"]


def test_a_malformed_statement_is_shown_with_its_place(snapshot, engine):
    with pytest.raises(InvalidSQL, match=r"LINE 1: SELEC 1\n\s+\^"):
        engine.run_locked("SELEC 1", {"web": snapshot}, limits=LIMITS)


BOMBS = [
    "SELECT len(range(10000000000))",
    "SELECT count(DISTINCT i) FROM range(1000000000) t(i)",
    "SELECT sum(length(repeat('x', 1000000 + i::INT))) FROM range(100000) t(i)",
    "SELECT repeat('x', 10000000) FROM range(900)",
    "WITH RECURSIVE t AS (SELECT 'abcdefgh' AS x UNION ALL SELECT x || x FROM t) "
    "SELECT max(length(x)) FROM t",
    "SELECT length(lpad('x', 4000000000, 'y'))",
    "SELECT string_agg(repeat('a', 100000), '') FROM range(100000)",
]
ENDLESS = [
    "WITH RECURSIVE t AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM t) SELECT count(*) FROM t",
    "SELECT count(*) FROM range(1000000000) a, range(1000000000) b",
    "SELECT count(*) FROM range(1000000000) t(i) WHERE regexp_matches(repeat('a', 20000) || i, "
    "'(a|aa)+$')",
    "SELECT levenshtein(repeat('a', 80000), repeat('b', 80000))",
]


@pytest.mark.parametrize("sql", BOMBS)
def test_memory_bombs_end_at_the_limit(sql, snapshot, engine):
    before = psutil.Process().memory_info().rss
    with pytest.raises((LimitExceeded, InvalidSQL)):
        engine.run_locked(sql, {"web": snapshot}, limits=LIMITS)
    assert psutil.Process().memory_info().rss - before < 400 * 2**20


@pytest.mark.parametrize("sql", ENDLESS)
def test_endless_queries_end_at_the_limit(sql, snapshot, engine):
    limits = dataclasses.replace(LIMITS, seconds=0.5)
    with pytest.raises(LimitExceeded, match=r"longer than 0\.5 seconds|more than the 200MiB"):
        engine.run_locked(sql, {"web": snapshot}, limits=limits)


def test_the_row_limit_holds(snapshot, engine):
    with pytest.raises(LimitExceeded, match="more than 1000 rows"):
        engine.run_locked("SELECT * FROM range(1001)", {"web": snapshot}, limits=LIMITS)


def test_cancel_ends_even_a_call_that_never_looks_up(snapshot, engine):
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    # Left alone it would meet the limit, which is another error.
    with pytest.raises(Cancelled):
        sql = "SELECT levenshtein(repeat('a', 800000), repeat('b', 800000))"
        engine.run_locked(sql, {"web": snapshot}, limits=LIMITS, cancel=token)


def test_after_a_kill_the_next_query_runs(snapshot, engine):
    with pytest.raises(LimitExceeded):
        engine.run_locked(BOMBS[2], {"web": snapshot}, limits=LIMITS)
    table = engine.run_locked("SELECT 1 AS one", {"web": snapshot}, limits=LIMITS).table
    assert table.to_pylist() == [{"one": 1}]


def test_queries_run_beside_each_other(snapshot, engine):
    answers: list[int] = []

    def ask(n: int) -> None:
        table = engine.run_locked(f"SELECT {n} AS n", {"web": snapshot}, limits=LIMITS).table
        answers.extend(table["n"].to_pylist())

    threads = [threading.Thread(target=ask, args=[n]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [0, 1, 2]


def test_a_vacuumed_file_makes_the_snapshot_stale(snapshot, engine):
    Path(snapshot.files[0].path).unlink()
    with pytest.raises(StaleSnapshot):
        engine.run_locked("SELECT count(*) FROM web", {"web": snapshot}, limits=LIMITS)


def test_a_lake_folder_may_have_an_odd_name(snapshot, engine, tmp_path):
    folder = tmp_path / "it's [a] lake"
    folder.mkdir()
    moved = folder / "x.parquet"
    Path(snapshot.files[1].path).rename(moved)
    file = dataclasses.replace(snapshot.files[1], path=str(moved))
    one = dataclasses.replace(snapshot, files=(file,))
    table = engine.run_locked("SELECT count(*) AS n FROM web", {"web": one}, limits=LIMITS).table
    assert table["n"].to_pylist() == [2]


def test_the_process_knows_nothing_of_the_environment(snapshot, monkeypatch):
    monkeypatch.setenv("FOOTFALL_SECRET", "x")
    engine = DuckDBEngine()
    engine.run_locked("SELECT 1", {"web": snapshot}, limits=LIMITS)
    children = psutil.Process().children()
    environments = [
        child.environ() for child in children if "sandbox_child" in str(child.cmdline())
    ]
    engine.close()
    assert environments
    assert not any("FOOTFALL_SECRET" in environment for environment in environments)


def test_closing_ends_the_process(snapshot):
    engine = DuckDBEngine()
    before = {child.pid for child in psutil.Process().children()}
    engine.run_locked("SELECT 1", {"web": snapshot}, limits=LIMITS)
    new = [child for child in psutil.Process().children() if child.pid not in before]
    assert len(new) == 1
    engine.close()
    assert not new[0].is_running()


def test_one_timer_waits_however_many_queries_ran(snapshot):
    before = set(threading.enumerate())
    engine = DuckDBEngine()
    for _ in range(5):
        engine.run_locked("SELECT 1", {"web": snapshot}, limits=LIMITS)
    new = [thread for thread in threading.enumerate() if thread not in before]
    waiting = [thread for thread in new if thread.name == "footfall-idle"]
    # Threads that were told to stop may take a moment to go.
    for thread in waiting[:-1]:
        thread.join(5)
    assert [thread.is_alive() for thread in waiting].count(True) == 1
    engine.close()
    waiting[-1].join(5)
    assert not waiting[-1].is_alive()


def test_an_idle_process_ends_when_its_time_is_over(snapshot, monkeypatch):
    monkeypatch.setattr(sandbox, "IDLE_SECONDS", 0.2)
    before = {child.pid for child in psutil.Process().children()}
    engine = DuckDBEngine()
    engine.run_locked("SELECT 1", {"web": snapshot}, limits=LIMITS)
    (new,) = [child for child in psutil.Process().children() if child.pid not in before]
    new.wait(10)
    assert engine.run_locked("SELECT 1 AS n", {"web": snapshot}, limits=LIMITS).table.num_rows == 1
    engine.close()


def test_the_child_answers_request_after_request(snapshot):
    """The same loop in this process, so that its lines are seen at work."""
    request = request_for(snapshot, "SELECT count(*) AS n FROM web")
    asked, answered = io.BytesIO(), io.BytesIO()
    for item in (request, msgspec.structs.replace(request, sql="SELECT getenv('x')")):
        send(asked, msgspec.msgpack.encode(item))
    asked.seek(0)
    serve(asked, answered)
    answered.seek(0)
    first, second = receive(answered), receive(answered)
    assert first is not None
    assert first[:1] == ARROW
    assert second is not None
    assert second[:1] == FAILURE
    assert msgspec.msgpack.decode(second[1:], type=Failure).code == "invalid_sql"
    assert receive(answered) is None


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM glob('/etc/*')",
        "COPY web TO '{other}'",
        "ATTACH '{other}.db'",
        "EXPORT DATABASE '{other}.d'",
        "LOAD httpfs",
        "SET memory_limit = '100GB'",
        "SET max_execution_time = 0",
        "SET lock_configuration = false",
        "SET enable_external_access = true",
    ],
)
def test_the_lock_holds_by_itself(sql, snapshot, tmp_path, monkeypatch):
    """The engine refuses even what a mistake in the check would let through."""
    monkeypatch.setattr("footfall.engines.sandbox_child.check", lambda *_: None)
    other = tmp_path / "other.parquet"
    other.write_bytes(Path(snapshot.files[0].path).read_bytes())
    with pytest.raises(InvalidSQL, match=r"disabled|locked"):
        run(request_for(snapshot, sql.replace("{other}", str(other))))


def test_the_lock_leaves_the_snapshot_readable(snapshot):
    assert run(request_for(snapshot, "SELECT count(*) AS n FROM web")).to_pylist() == [{"n": 4}]
