"""The workspace's database: opened, and brought to the newest schema when it is older."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from filelock import FileLock
from sqlalchemy import URL, Engine, create_engine, event, inspect, text

from footfall.errors import Conflict
from footfall.lake.files import make_private

FILE_NAME: Final = "workspace.db"

# Newest migration; known here so that a start need not load Alembic to compare.
HEAD: Final = "0002"


def open_database(folder: Path) -> Engine:
    """SQLAlchemy engine on `<folder>/workspace.db`, made or migrated where needed."""
    make_private(folder / FILE_NAME)
    # Put together by SQLAlchemy: in the text of a URL, part of the path may mean something else.
    url = URL.create("sqlite", database=(folder / FILE_NAME).as_posix())
    engine = create_engine(url, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    if schema_version(engine) != HEAD:
        with FileLock(folder / f"{FILE_NAME}.lock"):
            _migrate(engine)
    return engine


def schema_version(engine: Engine) -> str | None:
    """Migration that the database is at; None where it is empty."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine) -> None:
    version = schema_version(engine)
    if version is not None and version > HEAD:
        raise Conflict(
            f"The workspace {engine.url.database} was written by a newer Footfall (schema "
            f"{version}; this one knows {HEAD}). Install that version or a newer one."
        )
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "footfall.workspace:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # Write-ahead log: the CLI reads and writes while the server runs.
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
