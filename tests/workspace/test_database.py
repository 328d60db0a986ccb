from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from footfall.errors import Conflict
from footfall.workspace import migrations
from footfall.workspace.database import FILE_NAME, HEAD, open_database, schema_version
from footfall.workspace.models import Base


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
