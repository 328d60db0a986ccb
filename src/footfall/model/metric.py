"""Metrics: what a query counts or measures, written as text such as `p95(properties.price)`.

| metric | value | unit |
| --- | --- | --- |
| `events`, `actors`, `sessions` | how many, exactly | events, actors, sessions |
| `sum(f)`, `mean(f)`, `min(f)`, `max(f)` | of the values that are set | that of the field |
| `median(f)`, `p90(f)`, `p95(f)`, `p99(f)` | exact quantile, linearly interpolated | as above |
| `distinct(f)` | number of different values, exactly | none; actors for `actor_id` |
| `estimate(f)` | the same, estimated | none; actors for `actor_id` |
| `rate(a, b)` | events per actor, events per session | as said |
| `bounce_rate` | share of sessions that have a single event, 0 to 1 | ratio |

A session counts where one of its events matches the query. `session.duration` (seconds from
its first event to its last) and `session.n_events` describe the whole session, and so does
`bounce_rate`: with events that do not match, and before and after the time range (up to 24
hours either side). A session with matching events in several buckets or dimension values
belongs to each of them, and once to the totals, so that `bounce_rate` times `sessions` is
the number of bounced sessions everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeGuard, get_args

from footfall.errors import InvalidQuery, near_names, suggest
from footfall.model.field import SESSION_LABELS, SESSION_MEASURES, Field, parse_field

MetricKind = Literal[
    "events",
    "actors",
    "sessions",
    "sum",
    "mean",
    "min",
    "max",
    "median",
    "p90",
    "p95",
    "p99",
    "distinct",
    "estimate",
    "rate",
    "bounce_rate",
]
KINDS: Final[tuple[MetricKind, ...]] = get_args(MetricKind)

QUANTILES: Final[dict[str, float]] = {"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}

_BARE: Final = frozenset({"events", "actors", "sessions", "bounce_rate"})
_RATES: Final = (("events", "actors"), ("events", "sessions"))
_OF_SESSIONS: Final = frozenset({"sum", "mean", "min", "max", *QUANTILES})
_CALL: Final = re.compile(r"([a-z_0-9]+)\s*\((.*)\)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric; `text` is its canonical form and the name of its column in a result."""

    kind: MetricKind
    field: Field | None = None
    of: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        """The canonical text, which `parse_metric` reads back."""
        if self.of is not None:
            return f"rate({self.of[0]}, {self.of[1]})"
        return self.kind if self.field is None else f"{self.kind}({self.field.text})"

    @property
    def unit(self) -> str | None:
        """What the number counts, or None."""
        if self.of is not None:
            return f"{self.of[0]} per {self.of[1].removesuffix('s')}"
        if self.field is None:
            return "ratio" if self.kind == "bounce_rate" else self.kind
        return self._unit_of_field(self.field)

    def _unit_of_field(self, field: Field) -> str | None:
        if self.kind in ("distinct", "estimate"):
            return "actors" if field.text == "actor_id" else None
        return {"session.duration": "seconds", "session.n_events": "events"}.get(field.text)

    @property
    def is_estimate(self) -> bool:
        """Whether the number is not exact."""
        return self.kind == "estimate"

    @property
    def is_count(self) -> bool:
        """Whether nothing at all is 0 rather than unknown."""
        return self.kind in ("events", "actors", "sessions", "sum", "distinct", "estimate")

    @property
    def is_about_sessions(self) -> bool:
        """Whether sessions have to be found for it."""
        if self.of is not None:
            return "sessions" in self.of
        is_of_session = self.field is not None and self.field.kind == "session"
        return is_of_session or self.kind in ("sessions", "bounce_rate")


def parse_metric(text: str, parameter: str = "metric") -> Metric:
    """The metric of a text; raises `InvalidQuery` with near names.

    >>> parse_metric("rate(events,sessions)").text
    'rate(events, sessions)'
    """
    plain = text.strip()
    call = _CALL.fullmatch(plain)
    name = call[1] if call else plain
    if not _is_kind(name):
        raise _unknown(text, name, parameter)
    if call is None or name in _BARE:
        return _bare(name, text, parameter, has_call=call is not None)
    inner = call[2].strip()
    return _rate(inner, parameter) if name == "rate" else _of_field(name, inner, parameter)


def _is_kind(name: str) -> TypeGuard[MetricKind]:
    return name in KINDS


def _bare(name: MetricKind, text: str, parameter: str, *, has_call: bool) -> Metric:
    if name in _BARE and not has_call:
        return Metric(name)
    if name in _BARE:
        hint = f"'{name}' takes no field: write it alone"
        near = [name]
    else:
        near = [f"{a}({', '.join(b)})" for a, b in [("rate", _RATES[0])] if name == "rate"]
        near = near or [f"{name}(properties.price)"]
        hint = f"'{name}' needs what it is taken of: write such as '{near[0]}'"
    raise InvalidQuery(
        f"{parameter}: {text!r} is not complete; {hint}.", parameter=parameter, suggestions=near
    )


def _of_field(name: MetricKind, inner: str, parameter: str) -> Metric:
    field = parse_field(inner, parameter)
    if field.text in SESSION_LABELS:
        raise InvalidQuery(
            f"{parameter}: {inner!r} can be broken down by, not measured; name it among the "
            f"dimensions, or measure one of {', '.join(SESSION_MEASURES)}.",
            parameter=parameter,
            suggestions=[f"{name}({text})" for text in SESSION_MEASURES],
        )
    if field.kind == "session" and name not in _OF_SESSIONS:
        raise InvalidQuery(
            f"{parameter}: '{name}' cannot be taken of {inner!r}; allowed are "
            f"{', '.join(sorted(_OF_SESSIONS))}.",
            parameter=parameter,
            suggestions=[f"median({inner})"],
        )
    return Metric(name, field)


def _rate(inner: str, parameter: str) -> Metric:
    parts = tuple(part.strip() for part in inner.split(","))
    for known in _RATES:
        if parts == known:
            return Metric("rate", of=known)
    shown = [f"rate({a}, {b})" for a, b in _RATES]
    raise InvalidQuery(
        f"{parameter}: 'rate({inner})' is not known; there are {', '.join(shown)}.",
        parameter=parameter,
        suggestions=near_names(f"rate({inner})", shown) or shown,
    )


def _unknown(text: str, name: str, parameter: str) -> InvalidQuery:
    near = near_names(name, KINDS)
    return InvalidQuery(
        f"{parameter}: {text!r} is not a metric; there are {', '.join(KINDS)}." + suggest(near),
        parameter=parameter,
        suggestions=near,
    )
