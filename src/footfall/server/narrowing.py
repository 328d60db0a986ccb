"""Questions and answers cut down to what an embed token grants.

The page in the frame asks for no more than this by itself; a reader with the token in hand may
ask the API for anything, and gets no more.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from footfall.errors import InvalidQuery, NotAllowed
from footfall.model.event import COLUMNS
from footfall.model.field import LOCAL_FIELDS, SESSION_FIELDS
from footfall.model.filter import And, Filter, conditions
from footfall.model.metric import Metric
from footfall.model.query import Query
from footfall.model.time import zone
from footfall.server.grants import Grant

MAX_GROUPS: Final = 1000

_RESULT: Final = (
    *("columns", "rows", "totals", "time_range"),
    *("buckets", "comparison", "is_estimate"),
)
_SOURCE: Final = ("name", "timezone", "session_gap")
_EVENT: Final = ("event_id", "timestamp")

_GRANTED, _ASKED = "filter.and[0]", "filter.and[1]"


def check_source(name: str, grant: Grant) -> None:
    """Raise `NotAllowed` for any source but that of the token, whether it exists or not."""
    if name != grant.source:
        raise NotAllowed(
            f"The embed token shows the source {grant.source!r}, not {name!r}.", parameter="source"
        )


def narrow_query(query: Query, grant: Grant) -> Query:
    """The query over the events that the token grants, in at most `MAX_GROUPS` groups.

    Raises `NotAllowed` where it names another source, or a field that the token does not show.
    """
    check_source(query.source, grant)
    _check_fields(query.dimensions, grant, "dimensions")
    _check_metrics(query.parsed_metrics(), grant)
    fields = (metric.field for metric in query.parsed_metrics())
    measured = (field.text for field in fields if field is not None)
    _check_fields((text for text in measured if text not in SESSION_FIELDS), grant, "metrics")
    limit = min(query.limit or MAX_GROUPS, MAX_GROUPS) if query.dimensions else query.limit
    return replace(query, filter=narrow_filter(query.filter, grant), limit=limit)


def narrow_filter(asked: Filter | None, grant: Grant) -> Filter | None:
    """What is asked for, and within what the token grants; raises `NotAllowed`."""
    if asked is not None:
        _check_fields((item.field for item in conditions(asked)), grant, "filter")
    if grant.filter is None or asked is None:
        return grant.filter or asked
    return And((grant.filter, asked))


def narrow_fields(asked: Iterable[str], grant: Grant) -> tuple[str, ...]:
    """Fields of single events that the token grants: those asked for, else all.

    Raises `NotAllowed` where it grants no single events, or not this field of them.
    """
    if not grant.has_events:
        raise NotAllowed("The embed token shows numbers, no single events.")
    order = [*_EVENT, *(column.name for column in COLUMNS), *sorted(grant.fields)]
    granted = [*_EVENT, *(grant.fields - set(LOCAL_FIELDS) - set(SESSION_FIELDS))]
    known = [field for field in dict.fromkeys(order) if field in granted]
    chosen = tuple(asked) or tuple(known)
    _check_fields((field for field in chosen if field not in _EVENT), grant, "fields")
    return chosen


def shown_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result without its SQL, which tells the token's filter, and without what it cost,
    which tells of events outside that filter."""
    shown = {key: result[key] for key in _RESULT}
    if shown["comparison"] is not None:
        shown["comparison"] = shown_result(shown["comparison"])
    return shown


def shown_source(summary: Mapping[str, Any], grant: Grant) -> dict[str, Any]:
    """A source by what its Overview needs; its first and last time are days alone."""
    columns = [column for column in summary["columns"] if column["name"] in grant.fields]
    properties = {
        key: kind
        for key, kind in summary["properties"].items()
        if f"properties.{key}" in grant.fields
    }
    days = {key: _day(summary[key], summary["timezone"]) for key in ("first", "last")}
    return {
        **{key: summary[key] for key in _SOURCE},
        "columns": columns,
        "properties": properties,
        **days,
    }


@contextmanager
def own_words(asked: Filter | None, grant: Grant | None) -> Generator[None]:
    """Within, an error about the joined filter speaks of the one that was asked."""
    try:
        yield
    except InvalidQuery as error:
        place = error.parameter or ""
        if asked is None or grant is None or grant.filter is None:
            raise
        if place.startswith(_GRANTED):
            raise InvalidQuery("The filter of the embed token cannot be asked.") from error
        raise InvalidQuery(
            error.message.replace(_ASKED, "filter"),
            parameter=error.parameter and place.replace(_ASKED, "filter", 1),
            suggestions=error.suggestions,
        ) from error


def _describes_sessions(metric: Metric) -> bool:
    """Whether the metric looks at whole sessions, so that a filter on events does not hold."""
    is_measured = metric.field is not None and metric.field.text in SESSION_FIELDS
    return is_measured or metric.kind == "bounce_rate"


def _check_metrics(metrics: Iterable[Metric], grant: Grant) -> None:
    """Numbers of sessions that a condition on events leaves whole are told to no narrow token."""
    told = next((each.text for each in metrics if _describes_sessions(each)), None)
    if told is not None and grant.filter is not None:
        raise _of_whole_sessions("metrics", told)


def _of_whole_sessions(parameter: str, text: str) -> NotAllowed:
    return NotAllowed(
        f"{parameter}: {text!r} describes whole sessions, with events outside the filter of the "
        "embed token: it is shown with a token without filter. Ask sessions or "
        "rate(events, sessions) instead.",
        parameter=parameter,
    )


def _check_fields(fields: Iterable[str], grant: Grant, parameter: str) -> None:
    for field in fields:
        if field in SESSION_FIELDS and grant.filter is not None:
            raise _of_whole_sessions(parameter, field)
        if field not in grant.fields:
            raise NotAllowed(
                f"{parameter}: the embed token does not show {field!r}; whoever signs it may "
                f'add "fields": ["{field}"].',
                parameter=parameter,
            )


def _day(moment: datetime | None, timezone: str) -> datetime | None:
    if moment is None:
        return None
    return moment.astimezone(zone(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
