"""What happens in the demo's shop while somebody looks at it: a day's events, each in its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from footfall.demo.generator import Generator
from footfall.demo.recipe import DEMO_SOURCE, Recipe
from footfall.query.listings.records import records

Event = dict[str, Any]

_DAY: Final = timedelta(days=1)
# The shop's people are made for some weeks; only the last days are looked at.
_WEEKS: Final = 28
# Ids of actors are made of it, and have 64 bits.
_SEEDS: Final = 2**22
# What the server finds out by itself, or writes.
_LEFT_OUT: Final = ("received_at",)


def coming(recipe: Recipe, start: datetime) -> Iterator[Event]:
    """Events from `start` on without end, in the order of time, as they are sent.

    There are as many a day as in the recipe, with its rhythm; the same recipe and start give
    the same events.
    """
    for day in count():
        yield from _one_day(recipe, start + day * _DAY)


def _one_day(recipe: Recipe, start: datetime) -> list[Event]:
    daily = replace(
        recipe,
        n_events=max(1_000, recipe.n_events * _WEEKS // recipe.n_days),
        n_days=_WEEKS,
        now=start + _DAY,
        # Another seed for each start: the events of another day are others, by their ids too.
        seed=(recipe.seed + int(start.timestamp())) % _SEEDS,
    )
    generator = Generator(daily)
    # A plan is of one date, which begins and ends elsewhere at other times.
    table = generator.batch(0, generator.plans[-4:])
    rows = [row for row in records(table, DEMO_SOURCE) if start <= row["timestamp"] < daily.now]
    return [_sent(row) for row in sorted(rows, key=lambda row: (row["timestamp"], row["event_id"]))]


def _sent(row: Event) -> Event:
    return {key: value for key, value in row.items() if value is not None and key not in _LEFT_OUT}


def trickle(
    events: Iterable[Event],
    send: Callable[[Event], None],
    clock: Callable[[], datetime],
    wait: Callable[[float], bool],
) -> None:
    """Send each event when its time has come, until `wait` (seconds) says that it is over."""
    for event in events:
        left = (event["timestamp"] - clock()).total_seconds()
        if wait(max(0.0, left)):
            return
        send({**event, "timestamp": event["timestamp"].isoformat()})
