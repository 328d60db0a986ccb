"""The columns that a snapshot shows, physical and as written in users' SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footfall.model.event import COLUMN_NAMES, COLUMNS, Column
from footfall.model.source import Source, property_column

if TYPE_CHECKING:
    from footfall.engines.dialect import Dialect
    from footfall.lake.snapshot import Snapshot
    from footfall.model.time import TimeRange

_TIME: Final = "timestamp"
STORED_ACTOR: Final = "stored_actor_id"
"""What `actor_id` is in the files, before ids are joined; for statements that name it."""

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
_RESERVED: Final = frozenset({
    "all", "and", "as", "asc", "by", "case", "cast", "default", "desc", "distinct", "else", "end",
    "from", "group", "having", "in", "is", "join", "like", "limit", "not", "null", "offset", "on",
    "or", "order", "select", "table", "then", "to", "union", "user", "using", "when", "where",
    "with",
})  # fmt: skip


def physical_columns(source: Source) -> list[Column]:
    """Canonical columns, then the `p_*` columns of declared properties."""
    return [*COLUMNS, *(_property(source, key) for key in source.properties)]


def read_columns(snapshot: Snapshot) -> list[Column]:
    """The physical columns that a statement over the snapshot reads, and always the time.

    Each one more has to be found its place in by the engine, in every statement.
    """
    columns, read = physical_columns(snapshot.source), snapshot.columns
    if read is None:
        return columns
    wanted = {_TIME, *read, *(("actor_id",) if STORED_ACTOR in read else ())}
    return [column for column in columns if column.name in wanted]


def _property(source: Source, key: str) -> Column:
    return Column(property_column(key), source.properties[key], f"declared property {key!r}")


def shown_columns(snapshot: Snapshot, dialect: Dialect) -> list[str]:
    """Select list of the view that users' SQL sees, over the physical columns.

    A declared property stands under its own key, or as `p_<key>` where a canonical column
    has that name. Files written before it was declared hold it in `properties`, from
    where it is read then.
    """
    canonical = [dialect.quote(column.name) for column in COLUMNS]
    stored = stored_columns(snapshot)
    keys = snapshot.source.properties
    return canonical + [_shown(snapshot.source, key, dialect, stored) for key in keys]


def stored_columns(snapshot: Snapshot) -> frozenset[str]:
    """Columns of declared properties that every file has, so that no JSON need be read."""
    declared = frozenset(snapshot.source.property_columns().values())
    return declared.intersection(*(file.columns for file in snapshot.files))


def _shown(source: Source, key: str, dialect: Dialect, stored: frozenset[str]) -> str:
    column, kind = property_column(key), source.properties[key]
    values = [dialect.quote(column)]
    if column not in stored:
        values += [dialect.json_typed("properties", path, kind) for path in paths_of(key)]
    return f"coalesce({', '.join(values)}) AS {dialect.quote(shown_name(key))}"


def paths_of(key: str) -> list[list[str]]:
    """Where a property may lie in the JSON: under the key itself, or along its dots.

    >>> paths_of("plan.tier")
    [['plan.tier'], ['plan', 'tier']]
    """
    return [[key], key.split(".")] if "." in key else [[key]]


def shown_name(key: str) -> str:
    """The name under which SQL sees a declared property; no two of a source have the same.

    Its key, but the name of its column where the key is that of a canonical column, or of one
    behind any number of `p_`, which is what those are shown as.

    >>> shown_name("price"), shown_name("name"), shown_name("p_name")
    ('price', 'p_name', 'p_p_name')
    """
    # SQL does not tell upper from lower case in names.
    name = key.lower()
    while name.startswith("p_"):
        name = name.removeprefix("p_")
    return property_column(key) if name in COLUMN_NAMES else key


def written_name(key: str) -> str:
    """`shown_name`, in quotes where a statement has to have them.

    >>> written_name("price"), written_name("plan.tier"), written_name("order")
    ('price', '"plan.tier"', '"order"')
    """
    name = shown_name(key)
    is_plain = _PLAIN.fullmatch(name) and name not in _RESERVED
    return name if is_plain else '"' + name.replace('"', '""') + '"'


def actors_file(snapshot: Snapshot) -> Path | None:
    """The actors of joined ids, if there are any and the statement reads who they are.

    Every row would have to be looked up for one that is not about actors.
    """
    is_needed = snapshot.columns is None or "actor_id" in snapshot.columns
    return snapshot.identities.file() if snapshot.identities and is_needed else None


def actor_columns(snapshot: Snapshot, actors: Path | None) -> str:
    """What a statement sees of the files `e`, whose ids are joined by `i`, in a select list."""
    replaced = " REPLACE (coalesce(i.actor_id, e.actor_id) AS actor_id)" if actors else ""
    stored = f", e.actor_id AS {STORED_ACTOR}" if STORED_ACTOR in (snapshot.columns or ()) else ""
    return f"e.*{replaced}{stored}"


def time_condition(dialect: Dialect, time_range: TimeRange | None) -> str:
    """The condition that an event lies in a time range, which lets row groups be skipped."""
    if time_range is None:
        return "true"
    column = dialect.quote(_TIME)
    start, end = (dialect.time_at(us) for us in (time_range.start_us, time_range.end_us))
    return f"{column} >= {start} AND {column} < {end}"


def missing_files(snapshots: Iterable[Snapshot]) -> list[str]:
    """Files of the snapshots that are no longer there."""
    return [
        file.path
        for snapshot in snapshots
        for file in snapshot.files
        if not Path(file.path).exists()
    ]
