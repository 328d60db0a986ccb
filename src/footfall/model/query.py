"""A question about one source, as an immutable value with a JSON form that round-trips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, cast

import msgspec

from footfall.errors import InvalidQuery, did_you_mean, near_names
from footfall.model.field import SESSION_MEASURES, Field, parse_field
from footfall.model.filter import Filter, check_filter, filter_from_dict
from footfall.model.metric import Metric, parse_metric
from footfall.model.time import (
    ComparisonKind,
    Granularity,
    TimeRange,
    check_comparison,
    check_granularity,
    zone,
)

DEFAULT_TIME_RANGE: Final = "last 30 days"
TIME_COLUMN: Final = "time"

PAGE_SIZE: Final = 100
"""Rows of a listing where they come by pages and nobody says how many."""

MAX_METRICS: Final = 50
MAX_DIMENSIONS: Final = 8
MAX_ROWS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a source.

    `metrics` and `dimensions` are texts; `filter` is a filter or its JSON form; `time_range`
    a `TimeRange`, a text such as "last 7 days", or `{"start": …, "end": …}`; `timezone` is the
    source's unless given; `order` names columns of the result, `-` before one for descending;
    `limit` keeps the first groups and joins the others in one row; without `has_totals` the
    metrics over all events are not computed, which for quantiles take as long as the groups.
    Raises `InvalidQuery`, whose `parameter` names the part that is wrong.
    """

    source: str
    metrics: tuple[str, ...] = ("events",)
    dimensions: tuple[str, ...] = ()
    filter: Filter | None = None
    time_range: TimeRange | str = DEFAULT_TIME_RANGE
    granularity: Granularity | None = None
    timezone: str | None = None
    compare: ComparisonKind | None = None
    order: tuple[str, ...] | None = None
    limit: int | None = None
    has_totals: bool = True

    def __post_init__(self) -> None:
        self._set("metrics", _canonical_metrics(texts(self.metrics, "metrics")))
        self._set("dimensions", _checked_dimensions(texts(self.dimensions, "dimensions")))
        _check_session_metrics(self.parsed_metrics(), self.parsed_dimensions())
        self._set("filter", _checked_filter(self.filter))
        self._set("time_range", checked_time_range(self.time_range))
        if self.granularity is not None:
            check_granularity(self.granularity)
        if self.timezone is not None:
            zone(self.timezone)
        if self.compare is not None:
            check_comparison(self.compare)
        self._set("order", self._checked_order())
        _check_limit(self.limit)
        _check_flag(self.has_totals, "has_totals")

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def parsed_metrics(self) -> tuple[Metric, ...]:
        """The metrics as values, in order."""
        return tuple(parse_metric(text, f"metrics[{i}]") for i, text in enumerate(self.metrics))

    def parsed_dimensions(self) -> tuple[Field, ...]:
        """The dimensions as values, in order."""
        return tuple(
            parse_field(text, f"dimensions[{i}]") for i, text in enumerate(self.dimensions)
        )

    def columns(self) -> tuple[str, ...]:
        """Names of the result's columns: `time` if bucketed, dimensions, metrics."""
        time = (TIME_COLUMN,) if self.granularity else ()
        return (*time, *self.dimensions, *self.metrics)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; what has its default value is left out, save for the basics."""
        form: dict[str, Any] = {
            "source": self.source,
            "metrics": list(self.metrics),
            "dimensions": list(self.dimensions),
            "filter": self.filter.to_dict() if self.filter is not None else None,
            "time_range": self.time_range
            if isinstance(self.time_range, str)
            else self.time_range.to_dict(),
            "granularity": self.granularity,
            "timezone": self.timezone,
            "compare": self.compare,
            "order": _short(self.order),
            "limit": self.limit,
            "has_totals": None if self.has_totals else False,
        }
        return {key: value for key, value in form.items() if value not in (None, [])}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Query:
        """The query of a JSON form; raises `InvalidQuery` naming the part that is wrong."""
        known = [item.name for item in fields(cls)]
        for key in form:
            if key not in known:
                raise InvalidQuery(
                    f"A query has no {key!r}; it has {', '.join(known)}."
                    + did_you_mean(str(key), known),
                    parameter=str(key),
                    suggestions=near_names(str(key), known),
                )
        if not isinstance(form.get("source"), str):
            raise InvalidQuery(
                'A query needs the name of a \'source\', such as {"source": "web"}.',
                parameter="source",
            )
        given = {key: value for key, value in form.items() if value is not None}
        return cls(**given)

    def to_json(self) -> str:
        """The JSON form as text."""
        return msgspec.json.encode(self.to_dict()).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Query:
        """The query of a JSON text."""
        try:
            form = msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise InvalidQuery(f"The query is not valid JSON: {error}.") from error
        except RecursionError as error:
            raise InvalidQuery("The query is nested too deep to be read.") from error
        if not isinstance(form, dict):
            raise InvalidQuery('The query is not a JSON object such as {"source": "web"}.')
        return cls.from_dict(cast("dict[str, Any]", form))

    def _checked_order(self) -> tuple[str, ...] | None:
        if self.order is None:
            return None
        order = tuple(_canonical_order(text) for text in texts(self.order, "order"))
        for index, text in enumerate(order):
            name = text.removeprefix("-")
            if name not in self.columns():
                raise InvalidQuery(
                    f"order: {name!r} is not a column of the result; there are "
                    f"{', '.join(self.columns())}." + did_you_mean(name, self.columns()),
                    parameter=f"order[{index}]",
                    suggestions=near_names(name, self.columns()),
                )
        return order or None


def texts(value: object, parameter: str) -> tuple[str, ...]:
    """A text or a sequence of texts, as a tuple without repetitions."""
    if isinstance(value, str | Metric):
        value = (value,)
    if not isinstance(value, Iterable) or isinstance(value, Mapping):
        raise InvalidQuery(
            f"{parameter} must be a list of texts, not {value!r}.", parameter=parameter
        )
    found: dict[str, None] = {}
    for index, item in enumerate(cast("Iterable[object]", value)):
        text = item.text if isinstance(item, Metric) else item
        if not isinstance(text, str):
            raise InvalidQuery(
                f"{parameter}[{index}] must be a text, not {text!r}.",
                parameter=f"{parameter}[{index}]",
            )
        found[text.strip()] = None
    return tuple(found)


def _canonical_metrics(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not 1 <= len(texts) <= MAX_METRICS:
        raise InvalidQuery(
            f"metrics: a query has 1 to {MAX_METRICS} metrics, not {len(texts)}; "
            "the plainest is 'events'.",
            parameter="metrics",
            suggestions=["events"],
        )
    parsed = [parse_metric(text, f"metrics[{i}]") for i, text in enumerate(texts)]
    return tuple(dict.fromkeys(metric.text for metric in parsed))


def _checked_dimensions(texts: tuple[str, ...]) -> tuple[str, ...]:
    if len(texts) > MAX_DIMENSIONS:
        raise InvalidQuery(
            f"dimensions: at most {MAX_DIMENSIONS} can be broken down by, not {len(texts)}.",
            parameter="dimensions",
        )
    for index, text in enumerate(texts):
        field = parse_field(text, f"dimensions[{index}]")
        if field.text in SESSION_MEASURES:
            raise InvalidQuery(
                f"dimensions[{index}]: {text!r} can be measured, not broken down by; write it "
                f"in a metric such as 'median({text})'.",
                parameter=f"dimensions[{index}]",
            )
    return texts


def _check_session_metrics(metrics: tuple[Metric, ...], dimensions: tuple[Field, ...]) -> None:
    """What describes sessions breaks down what is counted of them."""
    label = next((field.text for field in dimensions if field.kind == "session"), None)
    if label is None:
        return
    for index, metric in enumerate(metrics):
        if metric.kind != "events" and not metric.is_about_sessions:
            raise InvalidQuery(
                f"metrics[{index}]: {metric.text!r} cannot be broken down by {label!r}, which "
                "describes sessions; allowed are events, sessions, bounce_rate, "
                f"rate(events, sessions), and metrics of {' or '.join(SESSION_MEASURES)}.",
                parameter=f"metrics[{index}]",
                suggestions=["sessions", "bounce_rate"],
            )


def _checked_filter(value: object) -> Filter | None:
    if value is None or isinstance(value, Filter):
        return None if value is None else check_filter(value)
    return filter_from_dict(value)


def checked_time_range(value: object) -> TimeRange | str:
    """A range with its own zone, or a text that is read in another; raises `InvalidQuery`."""
    if isinstance(value, TimeRange | str):
        return value
    if isinstance(value, Mapping):
        return _time_range_from_dict(dict(cast("Mapping[str, Any]", value)))
    raise InvalidQuery(
        "time_range must be a text such as 'last 7 days' or {'start': …, 'end': …}, "
        f"not {value!r}.",
        parameter="time_range",
    )


def _time_range_from_dict(form: dict[str, Any]) -> TimeRange | str:
    """A range with its own zone, or a text that is read in the zone of the query."""
    checked = TimeRange.from_dict(form, "UTC")
    if form.get("timezone"):
        return checked
    return "..".join(_with_time(str(form[key])) for key in ("start", "end"))


def _with_time(text: str) -> str:
    # A bare date would include its whole day at the end of a text.
    return f"{text}T00:00:00" if len(text) == len("2026-11-01") else text


def _canonical_order(text: str) -> str:
    """Metrics may be written with other spaces than their columns have."""
    sign, name = ("-", text[1:].strip()) if text.startswith("-") else ("", text)
    if "(" in name:
        name = parse_metric(name, "order").text
    return sign + name


def _short(order: tuple[str, ...] | None) -> str | list[str] | None:
    if order is None:
        return None
    return order[0] if len(order) == 1 else list(order)


def _check_limit(limit: object) -> None:
    if limit is None:
        return
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= MAX_ROWS:
        raise InvalidQuery(
            f"limit must be a whole number from 1 to {MAX_ROWS}, not {limit!r}.",
            parameter="limit",
        )


def _check_flag(value: object, parameter: str) -> None:
    if not isinstance(value, bool):
        message = f"{parameter} must be true or false, not {value!r}."
        raise InvalidQuery(message, parameter=parameter)
