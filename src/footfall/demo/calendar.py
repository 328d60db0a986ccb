"""How many sessions each day has, and when in the day of each country they begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from footfall.demo.places import COUNTRIES
from footfall.demo.recipe import Recipe, micros

# Monday to Sunday, as a share of an average day: makers buy on workdays and Sunday evenings.
WEEK: Final = (1.12, 1.10, 1.06, 1.04, 0.94, 0.80, 0.94)
GROWTH: Final = 0.35
NEW_SHARE: Final = 0.34
LAUNCH_NEW_SHARE: Final = 0.8
BOT_SHARE: Final = 0.02
# Extra sessions from the launch on, day by day, as a share of the day's own.
LAUNCH_CURVE: Final = (0.9, 0.7, 0.45, 0.3, 0.2, 0.12, 0.07)
# The newsletter goes out on Thursdays and is still read the day after.
NEWSLETTER_DAYS: Final = {3: 0.16, 4: 0.05}

DAY_US: Final = 86_400_000_000
_EDGES: Final = np.linspace(0.0, 1.0, 49)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """Sessions of one local date: standing ones, from the launch, the newsletter, crawlers."""

    date: date
    base: int
    launch: int
    newsletter: int
    crawls: int

    @property
    def new_actors(self) -> int:
        """How many actors come for the first time."""
        return round(self.base * NEW_SHARE) + round(self.launch * LAUNCH_NEW_SHARE)

    @property
    def returns(self) -> int:
        """How many sessions are by people who were there before."""
        return self.base + self.launch + self.newsletter - self.new_actors


def plan_days(recipe: Recipe, n_sessions: float) -> list[DayPlan]:
    """A plan for every local date that touches the demo, oldest first.

    They add up to about `n_sessions` within it; sessions outside it are cut off later.
    """
    first = recipe.start.date() - timedelta(days=1)
    last = recipe.now.astimezone(UTC).date() + timedelta(days=1)
    dates = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    noise = np.exp(recipe.random(1).normal(0.0, 0.04, len(dates)))
    weights = [_weight(recipe, day) * float(n) for day, n in zip(dates, noise, strict=True)]
    within = sum(
        weight * _extra(recipe, day) * _coverage(recipe, day)
        for day, weight in zip(dates, weights, strict=True)
    )
    return [
        _day_plan(recipe, day, n_sessions * weight / within)
        for day, weight in zip(dates, weights, strict=True)
    ]


def begin(country: np.ndarray, day: date, random: np.random.Generator) -> np.ndarray:
    """Moments (microseconds, UTC) at which sessions of that local date begin."""
    start = np.empty(len(country), np.int64)
    for place in range(len(COUNTRIES)):
        mine = np.flatnonzero(country == place)
        share = np.interp(random.random(len(mine)), _profile(place, day.weekday() >= 5), _EDGES)
        start[mine] = _midnight(place, day) + (share * DAY_US).astype(np.int64)
    return start


def _weight(recipe: Recipe, day: date) -> float:
    age = (day - recipe.start.date()).days / recipe.n_days
    return WEEK[day.weekday()] * (1.0 + GROWTH * age)


def _extra(recipe: Recipe, day: date) -> float:
    return 1.0 + _launch(recipe, day) + NEWSLETTER_DAYS.get(day.weekday(), 0.0) + BOT_SHARE


def _launch(recipe: Recipe, day: date) -> float:
    n_days = (day - recipe.launch).days
    return LAUNCH_CURVE[n_days] if 0 <= n_days < len(LAUNCH_CURVE) else 0.0


def _day_plan(recipe: Recipe, day: date, n_sessions: float) -> DayPlan:
    return DayPlan(
        date=day,
        base=round(n_sessions),
        launch=round(n_sessions * _launch(recipe, day)),
        newsletter=round(n_sessions * NEWSLETTER_DAYS.get(day.weekday(), 0.0)),
        crawls=round(n_sessions * BOT_SHARE),
    )


def _coverage(recipe: Recipe, day: date) -> float:
    """Share of the day's sessions that begin within the demo."""
    bounds = np.array([micros(recipe.start), micros(recipe.now)], np.float64)
    covered = 0.0
    for place, country in enumerate(COUNTRIES):
        share = np.clip((bounds - _midnight(place, day)) / DAY_US, 0.0, 1.0)
        reached = np.interp(share, _EDGES, _profile(place, day.weekday() >= 5))
        covered += country.share * float(reached[1] - reached[0])
    return covered


@cache
def _midnight(place: int, day: date) -> int:
    zone = ZoneInfo(COUNTRIES[place].timezone)
    return micros(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))


@cache
def _profile(place: int, is_weekend: bool) -> np.ndarray:
    """Cumulative share of sessions begun by each half hour of the local day."""
    hours = (_EDGES[:-1] + _EDGES[1:]) * 12.0
    work = 0.25 if is_weekend else 0.75
    shape = 0.06 + work * _bump(hours, 11.0, 2.6) + _bump(hours, COUNTRIES[place].peak, 2.3)
    shape += 0.45 * _bump(hours, 15.5, 2.2)
    return np.concatenate([[0.0], np.cumsum(shape) / shape.sum()])


def _bump(hours: np.ndarray, center: float, width: float) -> np.ndarray:
    # Hours lie on a circle: an evening peak reaches past midnight.
    distance = np.minimum(np.abs(hours - center), 24.0 - np.abs(hours - center))
    return np.exp(-0.5 * (distance / width) ** 2)
