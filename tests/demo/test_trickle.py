"""The demo goes on, each event in its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise, takewhile

from footfall.demo.recipe import Recipe
from footfall.demo.trickle import coming, trickle

RECIPE = Recipe(n_events=14_000, n_days=14, now=datetime(2026, 11, 3, 12, tzinfo=UTC))
START = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_day_is_as_full_as_those_of_the_recipe_and_the_next_follows() -> None:
    events = list(
        takewhile(lambda event: event["timestamp"] < START + 2 * DAY, coming(RECIPE, START))
    )
    times = [event["timestamp"] for event in events]
    assert all(one <= other for one, other in pairwise(times))
    assert times[0] >= START
    first = sum(time < START + DAY for time in times)
    # 1,000 a day, more on some days of the week than on others.
    assert 500 < first < 2000
    assert 500 < len(times) - first < 2000
    assert len({event["event_id"] for event in events}) == len(events)


def test_the_same_start_gives_the_same_events_and_another_gives_others() -> None:
    one, again, other = (
        list(islice(coming(RECIPE, start), 20)) for start in (START, START, START + DAY / 24)
    )
    assert one == again
    assert {event["event_id"] for event in one}.isdisjoint(event["event_id"] for event in other)


def test_events_are_sent_when_their_time_has_come_until_it_is_over() -> None:
    now, waits, sent = [START], [], []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        now[0] += timedelta(seconds=seconds)
        return len(waits) > 3

    events = [{"name": "a", "timestamp": START + timedelta(seconds=at)} for at in (2, 5, 5, 9)]
    now[0] += timedelta(seconds=3)
    trickle(events, sent.append, lambda: now[0], wait)
    # The first is late by a second; the last is waited for, and then it is over.
    assert waits == [0, 2, 0, 4]
    assert [event["timestamp"] for event in sent] == [
        f"2026-11-05T09:30:{second:02d}+00:00" for second in (2, 5, 5)
    ]
