"""What SQL from a stranger may call: one list for every check that is made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from footfall.errors import InvalidSQL, near_names, suggest

TABLE_FUNCTIONS: Final = frozenset({"generate_series", "json_each", "json_tree", "range", "unnest"})

# They tell about the machine, the session or the catalog, have effects, wait, or read
# bytes that only the engine itself should have written.
_DENIED: Final = frozenset(
    {
        "add_parquet_key",
        "combine",
        "combine_aggr",
        "current_query",
        "current_setting",
        "currval",
        "finalize",
        "get_block_size",
        "getenv",
        "getvariable",
        "in_search_path",
        "json_deserialize_sql",
        "json_execute_serialized_sql",
        "json_serialize_plan",
        "json_serialize_sql",
        "nextval",
        "obj_description",
        "set_config",
        "setseed",
        "setval",
        "shobj_description",
        "sleep_ms",
        "stats",
        "to_aggregate_state",
        "txid_current",
        "variant_bytes_to_variant",
        "write_log",
    }
)
_DENIED_PREFIXES: Final = ("__", "duckdb_", "has_", "inet_", "pg_", "pragma_", "read_")
_PERMITTED: Final = frozenset({"pg_typeof"})


def is_denied(function: str) -> bool:
    """Whether a scalar or aggregate function may not be called.

    >>> is_denied("GETENV"), is_denied("lower")
    (True, False)
    """
    name = function.lower()
    if name in _PERMITTED:
        return False
    return name in _DENIED or name.startswith(_DENIED_PREFIXES)


def is_table_function(function: str) -> bool:
    """Whether a function may stand in FROM."""
    return function.lower() in TABLE_FUNCTIONS


def function_denied(name: str) -> str:
    """What to say of a function that may not be called."""
    return (
        f"Function {name!r} is not allowed here: SQL reads the lake's sources, "
        "not files, settings or the machine."
    )


def table_function_denied(name: str) -> str:
    """What to say of a function that may not stand in FROM."""
    return (
        f"{name!r} is not allowed in FROM: use a source, a common table expression, a subquery, "
        f"or one of {', '.join(sorted(TABLE_FUNCTIONS))}."
    )


ONLY_SELECT: Final = (
    "Only one SELECT statement is allowed (it may begin with WITH), or one DESCRIBE, SUMMARIZE, "
    "PIVOT or UNPIVOT: SQL here does nothing but read."
)

NAME_THE_VALUES: Final = (
    "PIVOT has to be told the values that become columns: write them behind the column, such as "
    "ON country IN ('DE', 'FR')."
)

NO_SHOW: Final = "SHOW is not allowed here: `DESCRIBE source` lists the columns of a source."


def unknown_table(name: str, sources: Collection[str]) -> InvalidSQL:
    """What to say of a table that is no source."""
    near = near_names(name.lower(), sources)
    there = f"there are {', '.join(sorted(sources))}" if sources else "this lake has none yet"
    return InvalidSQL(
        f"There is no source {name!r}; {there}." + suggest(near), parameter=name, suggestions=near
    )
