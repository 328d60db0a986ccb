"""The columns that a snapshot shows, physical and as written in users' SQL."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from footfall.model.event import COLUMN_NAMES, COLUMNS, Column
from footfall.model.source import Source, property_column

if TYPE_CHECKING:
    from footfall.engines.dialect import Dialect
    from footfall.lake.snapshot import Snapshot


def physical_columns(source: Source) -> list[Column]:
    """Canonical columns, then the `p_*` columns of declared properties."""
    return [*COLUMNS, *(_property(source, key) for key in source.properties)]


def _property(source: Source, key: str) -> Column:
    return Column(property_column(key), source.properties[key], f"declared property {key!r}")


def shown_columns(source: Source, dialect: Dialect) -> list[str]:
    """Select list of the view that users' SQL sees, over the physical columns.

    A declared property stands under its own key, or as `p_<key>` where a canonical column
    has that name. Files written before it was declared hold it in `properties`, from
    where it is read then.
    """
    canonical = [dialect.quote(column.name) for column in COLUMNS]
    return canonical + [_shown(source, key, dialect) for key in source.properties]


def shown_names(source: Source) -> list[str]:
    """Names of `shown_columns`."""
    return [column.name for column in COLUMNS] + [_key(key) for key in source.properties]


def _shown(source: Source, key: str, dialect: Dialect) -> str:
    kind = source.properties[key]
    texts = [dialect.json_text("properties", path) for path in paths_of(key)]
    stored = dialect.quote(property_column(key))
    values = ", ".join([stored, *(dialect.try_cast(text, kind) for text in texts)])
    return f"coalesce({values}) AS {dialect.quote(_key(key))}"


def paths_of(key: str) -> list[list[str]]:
    """Where a property may lie in the JSON: under the key itself, or along its dots.

    >>> paths_of("plan.tier")
    [['plan.tier'], ['plan', 'tier']]
    """
    return [[key], key.split(".")] if "." in key else [[key]]


def _key(key: str) -> str:
    # SQL does not tell upper from lower case in names.
    return property_column(key) if key.lower() in COLUMN_NAMES else key


def missing_files(snapshots: Iterable[Snapshot]) -> list[str]:
    """Files of the snapshots that are no longer there."""
    return [
        file.path
        for snapshot in snapshots
        for file in snapshot.files
        if not Path(file.path).exists()
    ]
