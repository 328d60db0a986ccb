"""Checks a statement by DuckDB's own parse tree, before DuckDB may run it.

The tree comes from the parser that will read the statement again, so nothing can look
harmless here and mean something else there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, Final

import duckdb
from duckdb import StatementType

from footfall.engines.rules import (
    NAME_THE_VALUES,
    NO_SHOW,
    ONLY_SELECT,
    function_denied,
    is_denied,
    is_table_function,
    table_function_denied,
    unknown_table,
)
from footfall.errors import InvalidSQL

_QUERY_NODES: Final = frozenset(
    {"CTE_NODE", "RECURSIVE_CTE_NODE", "SELECT_NODE", "SET_OPERATION_NODE"}
)
_TABLE_REFS: Final = frozenset(
    {
        *("BASE_TABLE", "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SHOW_REF", "SUBQUERY"),
        "TABLE_FUNCTION",
    }
)
# What is shown of a query's answer; any other kind tells about the catalog.
_SHOWN: Final = frozenset({"DESCRIBE", "SUMMARY"})

Node = dict[str, Any]


def check(connection: duckdb.DuckDBPyConnection, sql: str, views: Collection[str]) -> None:
    """Raise `InvalidSQL` unless `sql` only reads: from `views` and its own expressions.

    That is one SELECT, or what the parser turns into one: DESCRIBE, SUMMARIZE, PIVOT, UNPIVOT.
    """
    statements = _parsed(connection, sql)
    if len(statements) != 1:
        raise InvalidSQL(ONLY_SELECT)
    try:
        nodes = list(_nodes(statements[0]))
    except RecursionError as error:
        raise InvalidSQL("The statement is nested too deeply to be checked.") from error
    known = {view.lower() for view in views}
    ctes = {name.lower() for node in nodes for name in _cte_names(node)}
    _check_cte_names(connection, ctes - known)
    for node in nodes:
        _check_node(node, known | ctes, views)


def _parsed(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Node]:
    row = connection.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchone()
    try:
        tree = json.loads(row[0] if row else "{}")
    except RecursionError as error:
        raise InvalidSQL("The statement is nested too deeply to be checked.") from error
    if not tree.get("error"):
        return tree["statements"]
    if tree.get("error_type") == "not implemented":
        kinds = [statement.type for statement in connection.extract_statements(sql)]
        # A PIVOT that looks for its values by itself stands for several statements.
        raise InvalidSQL(NAME_THE_VALUES if kinds == [StatementType.MULTI] else ONLY_SELECT)
    # This one raises with the line and a mark under the place.
    connection.extract_statements(sql)
    raise InvalidSQL(f"SQL is malformed: {tree.get('error_message')}.")


def _nodes(tree: Any) -> Iterator[Node]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _nodes(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _nodes(value)


def _cte_names(node: Node) -> list[str]:
    ctes = node.get("cte_map")
    names = [entry["key"] for entry in ctes["map"]] if isinstance(ctes, dict) else []
    return [*names, node["cte_name"]] if isinstance(node.get("cte_name"), str) else names


def _check_cte_names(connection: duckdb.DuckDBPyConnection, names: Collection[str]) -> None:
    """Inside its own text a CTE's name would mean the catalog's table of that name."""
    rows = connection.execute(
        "SELECT lower(view_name) FROM duckdb_views() UNION SELECT lower(table_name) "
        "FROM duckdb_tables()"
    ).fetchall()
    taken = {str(row[0]) for row in rows} & set(names)
    if taken:
        raise InvalidSQL(f"The name {min(taken)!r} belongs to the engine: choose another.")


def _check_node(node: Node, tables: Collection[str], views: Collection[str]) -> None:
    kind = str(node.get("type", ""))
    if kind.endswith("_NODE") and kind not in _QUERY_NODES:
        raise InvalidSQL(ONLY_SELECT)
    if "sample" in node and "alias" in node and kind not in _TABLE_REFS:
        raise InvalidSQL(ONLY_SELECT)
    if kind == "BASE_TABLE":
        _check_table(node, tables, views)
    if kind == "SHOW_REF" and not (node.get("query") and node.get("show_type") in _SHOWN):
        raise InvalidSQL(NO_SHOW)
    if kind == "TABLE_FUNCTION" and not is_table_function(node["function"]["function_name"]):
        raise InvalidSQL(table_function_denied(node["function"]["function_name"]))
    function = node.get("function_name")
    if isinstance(function, str) and is_denied(function):
        raise InvalidSQL(function_denied(function))


def _check_table(node: Node, tables: Collection[str], views: Collection[str]) -> None:
    name = str(node["table_name"])
    if node.get("schema_name") or node.get("catalog_name"):
        raise InvalidSQL(f"Table {name!r} may not be qualified: write the source's name alone.")
    if name.lower() not in tables:
        raise unknown_table(name, views)
