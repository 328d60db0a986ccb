from __future__ import annotations

import threading

import pytest

from footfall.engines.base import CancelToken, Limits
from footfall.engines.duckdb import DuckDBEngine
from footfall.engines.registry import get_engine
from footfall.engines.rules import is_denied, is_table_function
from footfall.errors import Cancelled, InvalidSetting
from footfall.settings import QuerySettings


def test_limits_come_from_the_settings():
    settings = QuerySettings(memory="1GiB", threads=2, max_rows=5, timeout="1m30s")
    assert Limits.from_settings(settings) == Limits("1GiB", 2, 5, 90.0)
    engine = get_engine("duckdb", settings)
    assert isinstance(engine, DuckDBEngine)
    assert engine.limits == Limits("1GiB", 2, 5, 90.0)


def test_an_unknown_engine_gets_near_names():
    with pytest.raises(InvalidSetting, match=r"duckdb and clickhouse.*'duckdb'"):
        get_engine("duckbd")


def test_a_token_calls_back_once_it_is_set_and_only_within_the_block():
    token = CancelToken()
    called: list[str] = []
    with token.calling(lambda: called.append("before")):
        pass
    with token.calling(lambda: called.append("within")):
        threading.Thread(target=token.cancel).run()
    assert called == ["within"]
    assert token.is_cancelled


def test_a_signal_handler_may_cancel_wherever_it_strikes():
    class Struck(CancelToken):
        """As if the signal came while the lock is held."""

        def check(self):
            self.cancel()
            super().check()

    told = []

    def begin():
        with pytest.raises(Cancelled), Struck().calling(lambda: None):
            pass
        told.append("cancelled")

    # In a thread, so that a token that waits for itself fails this test instead of stopping it.
    thread = threading.Thread(target=begin, daemon=True)
    thread.start()
    thread.join(10)
    assert told == ["cancelled"]


def test_a_set_token_lets_no_block_begin():
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled), token.calling(lambda: None):
        pytest.fail("the block ran")
    with pytest.raises(Cancelled):
        token.check()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("getenv", True), ("PG_SLEEP", True), ("duckdb_settings", True), ("__internal_x", True),
     ("lower", False), ("pg_typeof", False), ("read_csv", True), ("regexp_matches", False)],
)  # fmt: skip
def test_functions_that_reach_outside_are_denied(name, expected):
    assert is_denied(name) is expected


def test_few_functions_stand_in_from():
    assert is_table_function("UNNEST")
    assert not is_table_function("read_csv")
