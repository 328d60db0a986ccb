"""Queries answered by plain Python over a list of events: slow, and easy to believe."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

Event = dict[str, Any]
Group = tuple[Any, ...]

GAP = timedelta(minutes=30)
MARGIN = timedelta(hours=24)


def value_of(event: Event, field: str, zone: ZoneInfo) -> Any:
    if field == "hour_of_day":
        return event["timestamp"].astimezone(zone).hour
    if field == "day_of_week":
        return event["timestamp"].astimezone(zone).isoweekday()
    if field.startswith("properties."):
        return event["values"].get(field.removeprefix("properties."))
    return event.get(field)


def text_of(value: Any) -> str | None:
    return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def number_of(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def matches(form: dict[str, Any] | None, event: Event, zone: ZoneInfo) -> bool:
    if form is None:
        return True
    if "and" in form:
        return all(matches(part, event, zone) for part in form["and"])
    if "or" in form:
        return any(matches(part, event, zone) for part in form["or"])
    if "not" in form:
        return not matches(form["not"], event, zone)
    found = value_of(event, form["field"], zone)
    return _OPERATORS[form["operator"]](found, form.get("value"))


def _equals(found: Any, value: Any) -> bool:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_of(found) == value
    return found is not None and text_of(found) == text_of(value)


def _compared(sign: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(found: Any, value: Any) -> bool:
        if isinstance(value, str):
            return found is not None and sign(found, value)
        number = number_of(found)
        return number is not None and sign(number, value)

    return compare


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "is": _equals,
    "is_not": lambda found, value: not _equals(found, value),
    "in": lambda found, values: any(_equals(found, value) for value in values),
    "not_in": lambda found, values: not any(_equals(found, value) for value in values),
    "contains": lambda found, value: found is not None and value in text_of(found),
    "starts_with": lambda found, value: found is not None and text_of(found).startswith(value),
    "matches": lambda found, value: found is not None and bool(re.search(value, found)),
    "is_set": lambda found, _: found is not None,
    "is_not_set": lambda found, _: found is None,
    "gt": _compared(lambda a, b: a > b),
    "gte": _compared(lambda a, b: a >= b),
    "lt": _compared(lambda a, b: a < b),
    "lte": _compared(lambda a, b: a <= b),
    "between": lambda found, v: _OPERATORS["gte"](found, v[0]) and _OPERATORS["lte"](found, v[1]),
}


class Sessions:
    """Sessions of all events between two instants: by pauses, or those the events name."""

    def __init__(
        self, events: Iterable[Event], start: datetime, end: datetime, *, is_given: bool = False
    ) -> None:
        self.of: dict[str, int] = {}
        self.members: dict[int, list[Event]] = defaultdict(list)
        number, last = 0, {}
        for event in sorted(events, key=lambda e: e["timestamp"]):
            if not start <= event["timestamp"] < end:
                continue
            actor, time = event["session_id" if is_given else "actor_id"], event["timestamp"]
            if actor is None:
                continue
            if actor not in last or (time - last[actor][0] > GAP and not is_given):
                number += 1
                last[actor] = (time, number)
            last[actor] = (time, last[actor][1])
            self.of[event["event_id"]] = last[actor][1]
            self.members[last[actor][1]].append(event)

    def duration(self, number: int) -> float:
        times = [event["timestamp"] for event in self.members[number]]
        return (max(times) - min(times)).total_seconds()


def quantile(values: list[float], q: Fraction) -> float | None:
    if not values:
        return None
    ordered = sorted(Fraction(value) for value in values)
    rank = (len(ordered) - 1) * q
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (rank - low))


_LEVELS = {
    "median": Fraction(1, 2),
    "p90": Fraction(9, 10),
    "p95": Fraction(19, 20),
    "p99": Fraction(99, 100),
}


def measure(metric: str, events: Sequence[Event], sessions: Sessions, zone: ZoneInfo) -> Any:
    numbers = {sessions.of.get(event["event_id"]) for event in events} - {None}
    if metric == "events":
        return len(events)
    if metric == "actors":
        return len({event["actor_id"] for event in events})
    if metric == "sessions":
        return len(numbers)
    if metric.startswith("rate("):
        below = metric.removesuffix(")").split(", ")[1]
        if below == "sessions":
            events = [event for event in events if event["event_id"] in sessions.of]
        return _ratio(len(events), measure(below, events, sessions, zone))
    if metric == "bounce_rate":
        return _ratio(sum(len(sessions.members[n]) == 1 for n in numbers), len(numbers))
    kind, field = metric.removesuffix(")").split("(")
    if field == "session.duration":
        values: list[Any] = [sessions.duration(number) for number in numbers]
    elif field == "session.n_events":
        values = [len(sessions.members[number]) for number in numbers]
    else:
        values = [value_of(event, field, zone) for event in events]
    values = [value for value in values if value is not None]
    if kind in ("min", "max") and not field.startswith(("properties.", "session.")):
        return {"min": min, "max": max}[kind](values, default=None)
    return aggregate(kind, values)


def aggregate(kind: str, values: list[Any]) -> Any:
    if kind == "distinct":
        return len({text_of(value) for value in values})
    values = [n for n in (number_of(value) for value in values) if n is not None]
    if kind in ("min", "max"):
        return {"min": min, "max": max}[kind](values, default=None)
    if kind == "sum":
        return float(sum(map(Fraction, values)))
    if kind == "mean":
        return _ratio(sum(map(Fraction, values)), len(values))
    return quantile(values, _LEVELS[kind])


def _ratio(a: Any, b: int) -> float | None:
    return float(Fraction(a) / b) if b else None


def listed_sessions(
    events: Iterable[Event], *, is_given: bool = False
) -> list[tuple[int, str, list[Event]]]:
    """Every session of a log: its number among its actor's, the actor, and its events in order."""

    def order(event: Event) -> tuple[datetime, str]:
        return event["timestamp"], event["event_id"]

    found: list[list[Event]] = []
    open_: dict[str, list[Event]] = {}
    for event in sorted(events, key=order):
        key = event["session_id"] if is_given else event["actor_id"]
        if key is None:
            continue
        known = open_.get(key)
        if known and (is_given or event["timestamp"] - known[-1]["timestamp"] <= GAP):
            known.append(event)
        else:
            open_[key] = [event]
            found.append(open_[key])
    counts: dict[str, int] = defaultdict(int)
    rows: list[tuple[int, str, list[Event]]] = []
    # Sessions that begin at one moment are counted by their names.
    for session in sorted(found, key=lambda s: (s[0]["timestamp"], s[0].get("session_id") or "")):
        actor = session[0]["actor_id"]
        counts[actor] += 1
        rows.append((counts[actor], actor, session))
    return rows
