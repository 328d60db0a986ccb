from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from footfall.errors import Conflict
from footfall.workspace import migrations
from footfall.workspace.database import FILE_NAME, HEAD, open_database, schema_version
from footfall.workspace.models import Base
from footfall.workspace.rights import ALL, Right
from footfall.workspace.workspace import Workspace


def test_the_head_known_to_the_code_is_the_newest_migration() -> None:
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert scripts.get_heads() == [HEAD]


def test_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_a_database_at_the_head_is_opened_without_migrating(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(tmp_path).dispose()
    # With the module blocked, any attempt to load Alembic's commands would fail.
    monkeypatch.setitem(sys.modules, "alembic.command", None)
    monkeypatch.setitem(sys.modules, "alembic", None)
    engine = open_database(tmp_path)
    assert schema_version(engine) == HEAD
    engine.dispose()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")
@pytest.mark.parametrize("name", ["a?b", "a?mode=memory", "50%", "a#b", "%3F"])
def test_the_database_lies_in_its_folder_whatever_that_is_called(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    open_database(folder).dispose()
    assert (folder / FILE_NAME).stat().st_size > 0
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_a_newer_workspace_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_database(tmp_path).dispose()
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(Conflict, match=r"newer Footfall \(schema 9999; this one knows"):
        open_database(tmp_path)


TABLES = """
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
CREATE TABLE api_tokens (
    id INTEGER NOT NULL PRIMARY KEY, hash VARCHAR(64) NOT NULL UNIQUE,
    prefix VARCHAR(16) NOT NULL, label VARCHAR(200) NOT NULL, rights VARCHAR(50) NOT NULL,
    created_at DATETIME NOT NULL, last_used_at DATETIME, revoked_at DATETIME
);
CREATE TABLE write_keys (
    id INTEGER NOT NULL PRIMARY KEY, hash VARCHAR(64) NOT NULL UNIQUE,
    prefix VARCHAR(16) NOT NULL, source VARCHAR(63) NOT NULL, label VARCHAR(200) NOT NULL,
    created_at DATETIME NOT NULL, last_used_at DATETIME, revoked_at DATETIME
);
CREATE TABLE browser_sessions (
    id INTEGER NOT NULL PRIMARY KEY, hash VARCHAR(64) NOT NULL UNIQUE,
    rights VARCHAR(50) NOT NULL, expires_at DATETIME NOT NULL,
    created_at DATETIME NOT NULL, last_used_at DATETIME, ended_at DATETIME
);
CREATE TABLE one_time_logins (
    id INTEGER NOT NULL PRIMARY KEY, hash VARCHAR(64) NOT NULL UNIQUE,
    rights VARCHAR(50) NOT NULL, expires_at DATETIME NOT NULL,
    created_at DATETIME NOT NULL, used_at DATETIME
);
CREATE INDEX ix_write_keys_source ON write_keys (source);
"""
EMBEDS = """
CREATE TABLE embed_secrets (
    id INTEGER NOT NULL PRIMARY KEY, salt VARCHAR(64) NOT NULL UNIQUE,
    prefix VARCHAR(16) NOT NULL, source VARCHAR(63) NOT NULL, label VARCHAR(200) NOT NULL,
    created_at DATETIME NOT NULL, last_used_at DATETIME, revoked_at DATETIME
);
CREATE INDEX ix_embed_secrets_source ON embed_secrets (source);
"""


@pytest.mark.parametrize(
    ("tables", "version"), [(TABLES, "0001"), (TABLES + EMBEDS, "0002")], ids=["0001", "0002"]
)
def test_what_an_older_version_kept_is_known_still(
    tmp_path: Path, tables: str, version: str
) -> None:
    noon, one = "2026-11-01 12:00:00.000000", "2026-11-01 13:00:00.000000"
    hashes = {text: hashlib.sha256(text.encode()).hexdigest() for text in ("fft_a", "ffw_b", "s")}
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        database.executescript(tables)
        database.execute("INSERT INTO alembic_version VALUES (?)", (version,))
        database.execute(
            "INSERT INTO api_tokens VALUES (1, ?, 'fft_a', 'notebook', 'read,write', ?, ?, NULL)",
            (hashes["fft_a"], noon, one),
        )
        database.execute(
            "INSERT INTO write_keys VALUES (1, ?, 'ffw_b', 'web', 'backend', ?, NULL, NULL)",
            (hashes["ffw_b"], noon),
        )
        database.execute(
            "INSERT INTO browser_sessions VALUES (1, ?, 'read,write,admin', ?, ?, NULL, NULL)",
            (hashes["s"], one, noon),
        )
    database.close()
    now = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
    with Workspace(tmp_path, lambda: now) as workspace:
        assert [token.to_dict() for token in workspace.tokens.list()] == [
            {
                "prefix": "fft_a",
                "label": "notebook",
                "created_at": datetime(2026, 11, 1, 12, tzinfo=UTC),
                "last_used_at": datetime(2026, 11, 1, 13, tzinfo=UTC),
                "revoked_at": None,
                "rights": ["read", "write"],
            }
        ]
        token, key = workspace.tokens.recognize("fft_a"), workspace.keys.recognize("ffw_b")
        session = workspace.logins.recognize("s")
        assert token is not None and token.rights == {Right.READ, Right.WRITE}
        assert key is not None and (key.source, key.label) == ("web", "backend")
        assert session is not None and session.rights == ALL
        # Of that version, or made by the migration: embed secrets have their table.
        assert workspace.embeds.create("web", "", b"k" * 32).info.source == "web"


def test_readers_do_not_wait_for_writers(tmp_path: Path) -> None:
    engine = open_database(tmp_path)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


def test_a_workspace_is_for_its_owner_alone(tmp_path: Path) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such permissions")
    before = os.umask(0o022)
    try:
        engine = open_database(tmp_path)
        modes = {p.name: p.stat().st_mode & 0o777 for p in tmp_path.glob(f"{FILE_NAME}*")}
        engine.dispose()
    finally:
        os.umask(before)
    modes.pop(f"{FILE_NAME}.lock", None)
    assert FILE_NAME in modes
    assert set(modes.values()) == {0o600}, modes
