"""A query's statement as somebody would write it in free SQL, to be looked at and worked on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from footfall.engines.columns import shown_name
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.lake.snapshot import Snapshot
from footfall.query.plan import Plan

if TYPE_CHECKING:
    from footfall.engines.dialect import Dialect
    from footfall.model.source import Source
    from footfall.query.sql import Statement

    Writer = Callable[[Plan, Snapshot, Dialect], Statement]

_dialect = DuckDBDialect()

# Texts and quoted names are passed over whole: what is in them is no part of the statement.
_PARTS: Final = re.compile(
    r"""'(?:[^']|'')*'|"(?P<name>(?:[^"]|"")*)\""""
    r"""|\$(?P<value>p\d+)::[A-Z]+|\bFROM (?P<events>events)\b"""
)


def pasted(write: Writer, plan: Plan) -> str:
    """The plan's statement over the source by its name, values as constants.

    Run as free SQL it gives the rows of the one that was executed, whatever engine that was:
    declared properties stand under the names that are shown, and how they come out of older
    files, or ids out of others, is left to what the name of the source stands for.
    """
    # Without files nothing has to be said about what some of them lack.
    statement = write(plan, Snapshot(plan.source, 0, ()), _dialect)
    return over_source(statement.sql, statement.parameters, plan.source)


def over_source(sql: str, parameters: Mapping[str, Any], source: Source) -> str:
    """A statement over `events`, made for a snapshot without files, as free SQL."""
    names = {column: shown_name(key) for key, column in source.property_columns().items()}
    return _PARTS.sub(lambda found: _replaced(found, parameters, source, names), sql)


def _replaced(
    found: re.Match[str], parameters: Mapping[str, Any], source: Source, names: dict[str, str]
) -> str:
    if found["value"]:
        return _constant(parameters[found["value"]])
    if found["events"]:
        return f"FROM {_dialect.quote(source.name)}"
    if found["name"] in names:
        return _dialect.quote(names[found["name"]])
    return found[0]


def _constant(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # Written alone it would be a decimal number.
        return f"{value!r}::DOUBLE"
    if isinstance(value, int):
        return str(value)
    return _dialect.text(str(value))
