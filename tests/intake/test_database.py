from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from footfall.errors import Conflict, InternalError
from footfall.intake.ledger import Ledger
from footfall.model.ledger import Entry

HOUR = datetime(2026, 11, 1, 10, tzinfo=UTC)


def test_a_file_that_is_no_ledger_is_told(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"no database, but long enough to be read as one" * 9)
    with pytest.raises(InternalError, match="not a database"):
        Ledger(tmp_path / "ledger.db")


def test_a_ledger_without_a_layout_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.add([Entry("web", HOUR, "http", 1, 1)], "j", 1)
        ledger._db.executescript("DROP TABLE mended; PRAGMA user_version = 0")
    with Ledger(path) as ledger:
        assert ledger.mended("web") == -1
        assert ledger.balance()["web"].stored == 1


OLDER = """
ALTER TABLE rejects DROP COLUMN is_vouched;
INSERT INTO rejects (source, protocol, origin, line, code, reason, raw, is_cut, received_at,
    stream, position, event_id)
    VALUES ('web', 'segment', 'http', 0, 'c', 'r', 'x', 0, 5, 'j', 1, '');
PRAGMA user_version = {};
"""


@pytest.mark.parametrize("layout", [0, 1])
def test_a_ledger_of_an_older_layout_is_brought_up_to_date(tmp_path: Path, layout: int) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger.add([Entry("web", HOUR, "http", 1, 1)], "j", 1)
        ledger._db.executescript(OLDER.format(layout))
    for _ in range(2):
        with Ledger(path) as ledger:
            # Nobody said whether a secret key came with it, so it counts as if none had.
            assert [(each.raw, each.is_vouched) for each in ledger.rejects()] == [("x", False)]
            assert ledger.balance()["web"].stored == 1
            assert ledger._db.execute("PRAGMA user_version").fetchone() == (2,)


def test_two_that_open_an_older_ledger_at_once_both_can(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        ledger._db.executescript(OLDER.format(1))
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: Ledger(path), range(4)))
    assert [ledger.n_rejects() for ledger in opened] == [1] * 4
    for ledger in opened:
        ledger.close()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("PRAGMA user_version = 99", "newer Footfall"),
        ("PRAGMA user_version = 0; ALTER TABLE rejects DROP COLUMN is_cut", "Move it away"),
    ],
)
def test_a_ledger_of_another_layout_is_refused(tmp_path: Path, change: str, message: str) -> None:
    path = tmp_path / "ledger.db"
    Ledger(path).close()
    db = sqlite3.connect(path)
    db.executescript(change)
    db.close()
    with pytest.raises(Conflict, match=message):
        Ledger(path)


def test_a_ledger_is_for_its_owner_alone(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such permissions")
    before = os.umask(0o022)
    try:
        with Ledger(tmp_path / "ledger.db") as ledger:
            ledger.add([Entry("web", HOUR, "http", 1, 1)], "j", 1)
            modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.glob("ledger.db*")}
    finally:
        os.umask(before)
    assert modes
    assert set(modes.values()) == {0o600}, modes
