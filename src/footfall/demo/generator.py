"""Batches of demo events, oldest first, each a span of whole local dates."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa

from footfall.demo.calendar import DayPlan, plan_days
from footfall.demo.catalog import ALL_ENTRANCES
from footfall.demo.columns import to_events
from footfall.demo.journeys import VisitSteps, walk
from footfall.demo.people import Population, Visits, join_visits, populate, visits_of
from footfall.demo.places import AGENTS, USER_AGENTS
from footfall.demo.recipe import Recipe, micros

BATCH_EVENTS: Final = 250_000
_TRIAL_SESSIONS: Final = 20_000
_APPETITE: Final = np.array([entrance.appetite for entrance in ALL_ENTRANCES])
_AGENT_APPETITE: Final = np.array([AGENTS[item.agent].appetite for item in USER_AGENTS])
# From this appetite on nobody turns back.
_KEEN: Final = 1.25


class Generator:
    """Makes the events that a recipe means.

    >>> recipe = Recipe(n_events=1_000, n_days=14)
    >>> 900 < sum(batch.num_rows for batch in Generator(recipe).batches()) < 1_100
    True
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.plans = plan_days(recipe, recipe.n_events / _events_per_session(recipe))
        self.people = populate(recipe, self.plans)

    def batches(self, n_events: int = BATCH_EVENTS) -> Iterator[pa.Table]:
        """Events in batches of about `n_events`, in the source's schema, sorted by time.

        A session that runs past midnight stays whole, so batches overlap a little in time.
        """
        for number, plans in enumerate(self.spans(n_events)):
            yield self.batch(number, plans)

    def spans(self, n_events: int = BATCH_EVENTS) -> list[list[DayPlan]]:
        """The dates of each batch."""
        n = min(len(self.plans), max(1, round(self.recipe.n_events / n_events)))
        bounds = [round(place * len(self.plans) / n) for place in range(n + 1)]
        return [self.plans[first:last] for first, last in pairwise(bounds)]

    def batch(self, number: int, plans: list[DayPlan]) -> pa.Table:
        """All events of sessions that begin on these dates."""
        visits = join_visits(
            [
                visits_of(self.recipe, self.people, plan, is_last=plan is self.plans[-1])
                for plan in plans
            ]
        )
        steps = self.steps(visits, self.recipe.random(4, number))
        return to_events(self.recipe, self.people, visits, steps, number)

    def steps(self, visits: Visits, random: np.random.Generator) -> VisitSteps:
        """What happens in these visits."""
        started, ended = (micros(moment) for moment in self.recipe.incident)
        appetite = _appetite(self.people, visits)
        return walk(visits.start, visits.entrance, appetite, (started, ended), random)


def _appetite(people: Population, visits: Visits) -> np.ndarray:
    of_agent = _AGENT_APPETITE[people.user_agent[visits.actor]]
    return np.minimum(_APPETITE[visits.entrance] * of_agent / _KEEN, 1.0)


def _events_per_session(recipe: Recipe) -> float:
    """Mean length of a session, found by walking some that a like recipe makes."""
    plans = plan_days(recipe, _TRIAL_SESSIONS)
    people = populate(recipe, plans)
    visits = join_visits([visits_of(recipe, people, plan, is_last=False) for plan in plans])
    steps = walk(visits.start, visits.entrance, _appetite(people, visits), (0, 0), recipe.random(6))
    return len(steps.visit) / len(visits)
