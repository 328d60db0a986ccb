"""Who visits: a population with habits that follow a power law, and its visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from footfall.demo.calendar import LAUNCH_NEW_SHARE, DayPlan, begin
from footfall.demo.catalog import ALL_ENTRANCES, CRAWL, ENTRANCES, LAUNCH, NEWSLETTER, draw
from footfall.demo.places import AGENTS, COUNTRIES, USER_AGENTS
from footfall.demo.recipe import Recipe, micros

CUSTOMER_SHARE: Final = 0.22
# People who knew the shop before the demo begins, in days of new actors.
_BEFORE_DAYS: Final = 45
_LIVE_US: Final = 600_000_000
_LIVE_VISITS: Final = 4
# How readily people come back, by days since they first came.
_MEMORY: Final = (1.0 + np.arange(400)) ** -0.85

_STANDING: Final = np.cumsum([entrance.share for entrance in ENTRANCES])
_COUNTRY: Final = np.cumsum([country.share for country in COUNTRIES])
_AGENT: Final = np.cumsum([agent.share for agent in USER_AGENTS])
_BOTS: Final = np.flatnonzero([AGENTS[item.agent].is_bot for item in USER_AGENTS])


@dataclass(frozen=True, slots=True)
class Population:
    """Actors by number: people in order of arrival, then `n_bots` crawlers.

    `arrival` is a day number (proleptic ordinal); `habit` how often an actor comes back.
    `country`, `city`, `language` and `user_agent` are places in the lists of `places`.
    """

    arrival: np.ndarray
    habit: np.ndarray
    country: np.ndarray
    city: np.ndarray
    language: np.ndarray
    user_agent: np.ndarray
    is_customer: np.ndarray
    n_bots: int

    @property
    def n_people(self) -> int:
        """How many actors are not crawlers."""
        return len(self.arrival)


@dataclass(frozen=True, slots=True)
class Visits:
    """Sessions to be walked: who, from when (microseconds), in through which entrance."""

    actor: np.ndarray
    start: np.ndarray
    entrance: np.ndarray

    def __len__(self) -> int:
        return len(self.actor)

    def where(self, chosen: np.ndarray) -> Visits:
        """Those that are chosen by a mask or by their places."""
        return Visits(self.actor[chosen], self.start[chosen], self.entrance[chosen])


def populate(recipe: Recipe, plans: list[DayPlan]) -> Population:
    """Everybody who visits according to the plans."""
    random = recipe.random(2)
    n_before = round(_BEFORE_DAYS * float(np.mean([plan.new_actors for plan in plans])))
    first = plans[0].date.toordinal()
    arrival = np.concatenate(
        [
            np.sort(first - 1 - random.integers(0, 90, n_before)),
            np.repeat(
                [plan.date.toordinal() for plan in plans], [plan.new_actors for plan in plans]
            ),
        ]
    )
    n, n_bots = len(arrival), 12 + len(arrival) // 2_000
    country = draw(_COUNTRY, random, n + n_bots).astype(np.int8)
    user_agent = draw(_AGENT, random, n + n_bots).astype(np.int8)
    user_agent[n:] = _BOTS[random.integers(0, len(_BOTS), n_bots)]
    return Population(
        arrival=arrival,
        habit=np.minimum(random.pareto(1.15, n) + 0.15, 400.0),
        country=country,
        city=_within(country, random, [[city.share for city in c.cities] for c in COUNTRIES]),
        language=_within(country, random, [[share for _, share in c.languages] for c in COUNTRIES]),
        user_agent=user_agent,
        is_customer=np.concatenate([random.random(n) < CUSTOMER_SHARE, np.zeros(n_bots, np.bool_)]),
        n_bots=n_bots,
    )


def visits_of(recipe: Recipe, people: Population, plan: DayPlan, *, is_last: bool) -> Visits:
    """All sessions that begin on one local date and within the demo.

    `is_last` marks the newest date: a few people are then there at this very moment.
    """
    random = recipe.random(3, plan.date.toordinal())
    found = [_human_visits(people, plan, random), _crawls(people, plan, random)]
    if is_last:
        found.append(_live_visits(recipe, people, random))
    visits = join_visits(found)
    start, end = micros(recipe.start), micros(recipe.now)
    return visits.where((visits.start >= start) & (visits.start < end))


def _human_visits(people: Population, plan: DayPlan, random: np.random.Generator) -> Visits:
    day = plan.date.toordinal()
    known = int(np.searchsorted(people.arrival, day))
    fresh = np.arange(known, known + plan.new_actors)
    n_launch_new = min(len(fresh), round(plan.launch * LAUNCH_NEW_SHARE))
    returning = _returning(people, known, day, plan.returns, random)
    entrance = np.concatenate(
        [
            np.full(n_launch_new, ALL_ENTRANCES.index(LAUNCH)),
            draw(_STANDING, random, len(fresh) - n_launch_new),
            np.full(plan.newsletter, ALL_ENTRANCES.index(NEWSLETTER)),
            np.full(plan.launch - n_launch_new, ALL_ENTRANCES.index(LAUNCH)),
        ]
    )
    rest = len(fresh) + len(returning) - len(entrance)
    entrance = np.concatenate([entrance, draw(_STANDING, random, rest)])
    actor = np.concatenate([fresh, returning])
    return Visits(actor, begin(people.country[actor], plan.date, random), entrance)


def _returning(
    people: Population, known: int, day: int, n: int, random: np.random.Generator
) -> np.ndarray:
    age = np.minimum(day - people.arrival[:known], len(_MEMORY) - 1)
    pull = np.cumsum(people.habit[:known] * _MEMORY[age])
    return draw(pull / pull[-1], random, n)


def _crawls(people: Population, plan: DayPlan, random: np.random.Generator) -> Visits:
    actor = people.n_people + random.integers(0, people.n_bots, plan.crawls)
    # Crawlers know no night.
    start = _utc_midnight(plan.date) + random.integers(0, 86_400_000_000, plan.crawls)
    return Visits(actor, start, np.full(plan.crawls, ALL_ENTRANCES.index(CRAWL)))


def _live_visits(recipe: Recipe, people: Population, random: np.random.Generator) -> Visits:
    actor = random.integers(0, people.n_people, _LIVE_VISITS)
    start = micros(recipe.now) - random.integers(1_000_000, _LIVE_US, _LIVE_VISITS)
    return Visits(actor, start, draw(_STANDING, random, _LIVE_VISITS))


def _utc_midnight(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000_000


def _within(
    country: np.ndarray, random: np.random.Generator, shares: list[list[float]]
) -> np.ndarray:
    """For each actor a place in the list of its own country."""
    place = np.zeros(len(country), np.int8)
    for number, weights in enumerate(shares):
        mine = np.flatnonzero(country == number)
        place[mine] = draw(np.cumsum(weights) / sum(weights), random, len(mine))
    return place


def join_visits(parts: list[Visits]) -> Visits:
    """All of them as one."""
    return Visits(
        np.concatenate([part.actor for part in parts]),
        np.concatenate([part.start for part in parts]),
        np.concatenate([part.entrance for part in parts]),
    )
