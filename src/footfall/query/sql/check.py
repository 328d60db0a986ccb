"""Whether a query makes sense for its source: types of fields, values and patterns."""

from __future__ import annotations

from typing import Final

from footfall.engines.columns import written_name
from footfall.errors import InvalidQuery
from footfall.model.field import parse_field
from footfall.model.filter import And, Condition, Filter, Not
from footfall.model.metric import Metric
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.query.sql.conditions import convert
from footfall.query.sql.fields import Expression, type_of

_ANY_TYPE: Final = frozenset({"distinct", "estimate"})
_ORDERED: Final = frozenset({"min", "max"})
_SEARCHES: Final = frozenset({"contains", "starts_with", "matches"})


def check_query(query: Query, source: Source, timezone: str) -> None:
    """Raise `InvalidQuery`, naming the part, unless the source can answer the query."""
    for index, metric in enumerate(query.parsed_metrics()):
        _check_metric(metric, source, f"metrics[{index}]")
    if query.filter is not None:
        _check_filter(query.filter, source, timezone, "filter")


def _check_metric(metric: Metric, source: Source, parameter: str) -> None:
    field = metric.field
    if field is None or field.kind in ("session", "local") or metric.kind in _ANY_TYPE:
        return
    kind = type_of(field, source)
    if kind == "text" and field.kind == "property" and metric.kind not in _ORDERED:
        raise InvalidQuery(
            f"{parameter}: '{metric.kind}' needs numbers, but {field.text!r} is declared as text: "
            f"count its values with 'distinct({field.text})', or read them in SQL with "
            f"try_cast({written_name(field.key)} AS double). To have them stored as numbers, take "
            f"them in anew: footfall source remove {source.name} --with-data, then add the source "
            f"with --property {field.key}:float and ingest again.",
            parameter=parameter,
            suggestions=[f"distinct({field.text})"],
        )
    if kind in ("text", "time") and metric.kind not in _ORDERED:
        raise InvalidQuery(
            f"{parameter}: '{metric.kind}' needs numbers, but {field.text!r} holds {kind}; allowed "
            f"of it are min, max, distinct and estimate.",
            parameter=parameter,
            suggestions=[f"distinct({field.text})"],
        )


def _check_filter(item: Filter, source: Source, timezone: str, parameter: str) -> None:
    if isinstance(item, Condition):
        _check_condition(item, source, timezone, parameter)
    elif isinstance(item, Not):
        _check_filter(item.filter, source, timezone, f"{parameter}.not")
    else:
        word = "and" if isinstance(item, And) else "or"
        for index, part in enumerate(item.filters):
            _check_filter(part, source, timezone, f"{parameter}.{word}[{index}]")


def _check_condition(item: Condition, source: Source, timezone: str, parameter: str) -> None:
    field = parse_field(item.field, f"{parameter}.field")
    if field.kind == "session":
        raise InvalidQuery(
            f"{parameter}: {item.field!r} describes a session and cannot be a condition on events.",
            parameter=f"{parameter}.field",
        )
    kind = type_of(field, source)
    if item.operator in _SEARCHES:
        _check_search(item, kind, parameter)
        return
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    for value in values:
        if value is not None:
            convert(Expression("", kind), value, timezone, f"{parameter}.value")


def _check_search(item: Condition, kind: str, parameter: str) -> None:
    if kind == "time":
        raise InvalidQuery(
            f"{parameter}: {item.operator!r} searches texts, but {item.field!r} is a time; use "
            "gt, gte, lt, lte or between.",
            parameter=f"{parameter}.operator",
            suggestions=["gte", "lt", "between"],
        )
    if item.operator == "matches":
        check_pattern(str(item.value), f"{parameter}.value")


def check_pattern(pattern: str, parameter: str) -> None:
    """Raise `InvalidQuery` unless the pattern is a regular expression of RE2."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        # Arrow searches with RE2 itself, so this asks the very library that engines use.
        pc.match_substring_regex(pa.array([""]), pattern)
    except pa.ArrowInvalid as error:
        reason = str(error).rsplit("\n", 1)[-1]
        raise InvalidQuery(
            f"{parameter}: {pattern!r} is not a regular expression that RE2 reads: {reason}. "
            "Look-around and back-references do not exist there; write a plain character "
            "such as '(' as '\\('.",
            parameter=parameter,
        ) from error
