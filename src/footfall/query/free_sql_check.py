"""Looks at SQL from strangers before an engine does: one reading statement, over sources only.

This is the first of three checks. It finds out which sources are meant and gives the
friendlier messages; the engine checks again by its own parse tree, and then is locked.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from footfall.engines.rules import (
    NO_SHOW,
    ONLY_SELECT,
    function_denied,
    is_denied,
    is_table_function,
    table_function_denied,
    unknown_table,
)
from footfall.errors import InvalidSQL

MAX_CHARACTERS: Final = 100_000
# Parsers descend; this is deeper than any statement that a person writes.
MAX_DEPTH: Final = 100

# It warns of every statement that it has no form for; those are refused here anyway.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

_READS: Final = (exp.Query, exp.Values, exp.Describe, exp.Summarize, exp.Pivot)
_WRITES: Final = (
    exp.DDL,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Command,
    exp.Copy,
    exp.Into,
    exp.Set,
    exp.Pragma,
)


def check_sql(text: str, sources: Collection[str]) -> set[str]:
    """Names of the sources that the statement reads; raises `InvalidSQL`.

    What this parser cannot read is left to the engine's own, with all sources: it knows
    its language better, and its check is the stricter one.
    """
    if len(text) > MAX_CHARACTERS:
        raise InvalidSQL(
            f"The statement has {len(text)} characters; at most {MAX_CHARACTERS} are allowed."
        )
    if _depth(text) > MAX_DEPTH:
        raise InvalidSQL(f"The statement is nested deeper than {MAX_DEPTH} brackets: flatten it.")
    try:
        statements = [item for item in sqlglot.parse(text, read="duckdb") if item is not None]
    except (SqlglotError, RecursionError):
        return set(sources)
    if len(statements) != 1:
        raise InvalidSQL(ONLY_SELECT)
    return _checked(statements[0], sources)


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _checked(statement: exp.Expr, sources: Collection[str]) -> set[str]:
    if isinstance(statement, exp.Show):
        raise InvalidSQL(NO_SHOW)
    if not isinstance(statement, _READS):
        raise InvalidSQL(ONLY_SELECT)
    for node in statement.walk():
        if isinstance(node, _WRITES) and not isinstance(node, exp.Query):
            raise InvalidSQL(ONLY_SELECT)
        if isinstance(node, exp.Func):
            _check_function(node)
    return _tables(statement, sources)


def _check_function(node: exp.Func) -> None:
    name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
    if isinstance(node.parent, exp.Table) and not is_table_function(name):
        raise InvalidSQL(table_function_denied(name.lower()))
    if is_denied(name):
        raise InvalidSQL(function_denied(name.lower()))


def _tables(statement: exp.Expr, sources: Collection[str]) -> set[str]:
    known = {source.lower(): source for source in sources}
    ctes = {cte.alias_or_name.lower() for cte in statement.find_all(exp.CTE)}
    found: set[str] = set()
    for table in statement.find_all(exp.Table):
        if isinstance(table.this, exp.Func):
            continue
        name = table.name.lower()
        if table.db or table.catalog:
            raise InvalidSQL(
                f"Table {table.name!r} may not be qualified: write the source's name alone."
            )
        if name in known:
            found.add(known[name])
        elif name not in ctes:
            raise unknown_table(table.name, sources)
    return found
