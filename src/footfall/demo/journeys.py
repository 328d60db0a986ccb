"""What people do once they are there: a walk from step to step, all sessions at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from footfall.demo.catalog import (
    ALL_ENTRANCES,
    CATEGORIES,
    CRAWL,
    LAUNCH,
    PRODUCTS,
    draw,
    zipf,
)
from footfall.demo.pages import FIRST, N_OF, PageKind

STEPS: Final = (
    "home", "category", "search", "item", "add", "remove", "cart", "checkout", "purchase",
    "docs", "docs_search", "feedback", "help", "sign_up", "error", "exit",
)  # fmt: skip
S: Final = {name: place for place, name in enumerate(STEPS)}

# Chances of the next step, for the keenest visitor; `Walk` lets the others turn back.
_NEXT: Final[dict[str, dict[str, float]]] = {
    "home": {"category": 34, "search": 16, "item": 16, "docs": 8, "help": 2, "sign_up": 2,
             "exit": 22},
    "category": {"item": 50, "category": 14, "search": 8, "home": 3, "exit": 25},
    "search": {"item": 50, "search": 14, "category": 8, "docs": 5, "exit": 23},
    "item": {"item": 25, "category": 14, "search": 7, "add": 21, "docs": 6, "help": 1, "exit": 26},
    "add": {"item": 22, "category": 8, "cart": 58, "exit": 12},
    "remove": {"cart": 50, "item": 30, "exit": 20},
    "cart": {"checkout": 74, "item": 8, "remove": 5, "category": 3, "exit": 10},
    "checkout": {"purchase": 86, "cart": 5, "exit": 9},
    "purchase": {"docs": 14, "home": 12, "exit": 74},
    "docs": {"docs": 54, "docs_search": 9, "feedback": 3, "home": 3, "item": 5, "exit": 26},
    "docs_search": {"docs": 74, "docs_search": 10, "exit": 16},
    "feedback": {"docs": 50, "exit": 50},
    "help": {"home": 20, "item": 20, "exit": 60},
    "sign_up": {"home": 40, "category": 30, "exit": 30},
    "error": {"checkout": 30, "home": 12, "item": 14, "exit": 44},
    "exit": {"exit": 1},
}  # fmt: skip
_CRAWL_NEXT: Final = {
    **{name: {"category": 20, "item": 45, "docs": 25, "help": 4, "exit": 6} for name in STEPS},
    "exit": {"exit": 1},
}
_LANDING: Final[dict[str, dict[str, float]]] = {
    "direct": {"home": 50, "docs": 30, "item": 10, "category": 10},
    "search": {"docs": 35, "item": 35, "category": 20, "home": 10},
    "referral": {"docs": 50, "item": 30, "home": 20},
    "social": {"item": 45, "home": 25, "docs": 30},
    "email": {"item": 45, "category": 40, "home": 15},
    "campaign": {"item": 60, "category": 25, "home": 15},
}
# Median seconds until the next step.
_PAUSE: Final = {
    "home": 12, "category": 18, "search": 11, "item": 26, "add": 5, "remove": 6, "cart": 9,
    "checkout": 70, "purchase": 25, "docs": 52, "docs_search": 9, "feedback": 8, "help": 35,
    "sign_up": 60, "error": 7, "exit": 1,
}  # fmt: skip
_SPREAD: Final = 1.0
_LONGEST_US: Final = 25 * 60 * 1_000_000
_CRAWL_PACE: Final = 0.06
_MAX_STEPS: Final = 80
_ERROR_RATE: Final = 0.003
_INCIDENT_ERROR_RATE: Final = 0.07
_INCIDENT_FAILURE: Final = 0.88
_FUNNEL: Final = np.isin(STEPS, ["add", "checkout", "purchase"])


def _cumulative(table: Mapping[str, Mapping[str, float]]) -> np.ndarray:
    rows = np.zeros((len(STEPS), len(STEPS)))
    for name, weights in table.items():
        for target, weight in weights.items():
            rows[S[name], S[target]] = weight / sum(weights.values())
    return np.cumsum(rows, axis=1)


_CHANCES: Final = np.stack([_cumulative(_NEXT), _cumulative(_CRAWL_NEXT)])
_LANDINGS: Final = np.stack(
    [_cumulative({"home": _LANDING[entrance.channel]})[0] for entrance in ALL_ENTRANCES]
)
_MEDIANS: Final = np.array([_PAUSE[name] for name in STEPS]) * 1e6
_PRICES: Final = np.array([product.price for product in PRODUCTS])
_PER_CATEGORY: Final = len(PRODUCTS) // len(CATEGORIES)
_POPULAR: Final = {kind: zipf(N_OF[kind], 0.9) for kind in PageKind}
# Popularity mixes the categories: rank is not the order of the catalog.
_RANKED: Final = np.random.default_rng(5).permutation(len(PRODUCTS))
_PAGE_OF: Final = {
    "home": PageKind.HOME, "category": PageKind.CATEGORY, "search": PageKind.SEARCH,
    "item": PageKind.PRODUCT, "cart": PageKind.CART, "checkout": PageKind.CHECKOUT,
    "purchase": PageKind.THANKS, "docs": PageKind.DOCS, "docs_search": PageKind.DOCS_SEARCH,
    "help": PageKind.HELP, "sign_up": PageKind.SIGN_UP,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class VisitSteps:
    """Every step of every visit, one row each, in no order.

    `page` and `came_from` are places in the list of pages; `came_from` is -1 on the
    landing page, whose referrer is the entrance's. `time` is in microseconds UTC.
    `value` (EUR) and `items` are the cart's after the step.
    """

    visit: np.ndarray
    step: np.ndarray
    time: np.ndarray
    page: np.ndarray
    came_from: np.ndarray
    is_landing: np.ndarray
    is_second: np.ndarray
    product: np.ndarray
    value: np.ndarray
    items: np.ndarray

    def at(self, places: np.ndarray) -> VisitSteps:
        """The steps at these places, in that order."""
        return VisitSteps(*(getattr(self, name)[places] for name in VisitSteps.__slots__))


@dataclass(slots=True)
class _State:
    """Where each visit is now; all arrays have one place per visit."""

    step: np.ndarray
    time: np.ndarray
    page: np.ndarray
    came_from: np.ndarray
    n_pages: np.ndarray
    product: np.ndarray
    value: np.ndarray
    items: np.ndarray
    alive: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))


def walk(
    start: np.ndarray,
    entrance: np.ndarray,
    appetite: np.ndarray,
    incident: tuple[int, int],
    random: np.random.Generator,
) -> VisitSteps:
    """All steps of visits that begin at `start` (microseconds).

    `appetite` in (0, 1] is the chance to take a step of the funnel that offers itself;
    purchases between the two moments of `incident` mostly end in an error.
    """
    n = len(start)
    state = _State(
        step=_pick(_LANDINGS[entrance], random),
        time=start.astype(np.int64),
        page=np.full(n, -1),
        came_from=np.full(n, -1),
        n_pages=np.zeros(n, np.int64),
        product=np.zeros(n, np.int64),
        value=np.zeros(n),
        items=np.zeros(n, np.int64),
        alive=np.arange(n),
    )
    is_crawl = (entrance == ALL_ENTRANCES.index(CRAWL)).astype(np.int64)
    is_launch = entrance == ALL_ENTRANCES.index(LAUNCH)
    taken: list[VisitSteps] = []
    for _ in range(_MAX_STEPS):
        _enter(state, is_launch, random)
        taken.append(_record(state))
        _leave(state, is_crawl, appetite, incident, random)
        if not len(state.alive):
            break
    return _join(taken)


def _enter(state: _State, is_launch: np.ndarray, random: np.random.Generator) -> None:
    """Open the page of the step, and let it act on the cart."""
    for name, kind in _PAGE_OF.items():
        here = state.alive[state.step[state.alive] == S[name]]
        if not len(here):
            continue
        choice = draw(_POPULAR[kind], random, len(here))
        if kind is PageKind.PRODUCT:
            choice = _RANKED[choice]
            # The launch film links to the kits, which lead the catalog.
            first = is_launch[here] & (state.page[here] < 0)
            choice[first] %= _PER_CATEGORY
            state.product[here] = choice
        state.came_from[here] = state.page[here]
        state.page[here] = FIRST[kind] + choice
        state.n_pages[here] += 1
    _change_cart(state, random)


def _change_cart(state: _State, random: np.random.Generator) -> None:
    step = state.step[state.alive]
    added, removed = state.alive[step == S["add"]], state.alive[step == S["remove"]]
    count = random.geometric(0.75, len(added))
    state.items[added] += count
    state.value[added] += _PRICES[state.product[added]] * count
    # What goes is a share of the cart, since the cart knows its worth but not its list.
    state.value[removed] *= 1.0 - 1.0 / state.items[removed]
    state.items[removed] -= 1


def _record(state: _State) -> VisitSteps:
    at = state.alive
    return VisitSteps(
        visit=at,
        step=state.step[at],
        time=state.time[at],
        page=state.page[at],
        came_from=state.came_from[at],
        is_landing=state.n_pages[at] == 1,
        is_second=state.n_pages[at] == 2,
        product=state.product[at],
        value=state.value[at],
        items=state.items[at],
    )


def _leave(
    state: _State,
    is_crawl: np.ndarray,
    appetite: np.ndarray,
    incident: tuple[int, int],
    random: np.random.Generator,
) -> None:
    """Choose the next step of everyone who is there, and when it happens."""
    at = state.alive
    before = state.step[at]
    after = _pick(_CHANCES[is_crawl[at], before], random)
    pause = _MEDIANS[before] * np.exp(random.normal(0.0, _SPREAD, len(at)))
    pause *= np.where(is_crawl[at] == 1, _CRAWL_PACE, 1.0)
    time = state.time[at] + np.clip(pause, 300_000, _LONGEST_US).astype(np.int64)
    after = _turn_back(after, appetite[at], state.items[at], random)
    after = _fail(after, before, (time >= incident[0]) & (time < incident[1]), random)
    # A purchase empties the cart.
    bought = at[before == S["purchase"]]
    state.value[bought], state.items[bought] = 0.0, 0
    state.step[at], state.time[at] = after, time
    state.alive = at[after != S["exit"]]


def _turn_back(
    after: np.ndarray, appetite: np.ndarray, items: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    is_shy = _FUNNEL[after] & (random.random(len(after)) > appetite)
    after = np.where(is_shy & (after == S["add"]), S["category"], after)
    after = np.where(is_shy & (after != S["category"]), S["exit"], after)
    # Nothing to take out, or nothing to pay for.
    after = np.where((after == S["remove"]) & (items < 2), S["item"], after)
    return np.where((after == S["checkout"]) & (items < 1), S["exit"], after)


def _fail(
    after: np.ndarray, before: np.ndarray, is_incident: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    chance = np.where(is_incident, _INCIDENT_ERROR_RATE, _ERROR_RATE)
    chance = np.where(is_incident & (after == S["purchase"]), _INCIDENT_FAILURE, chance)
    can_fail = (after != S["exit"]) & (before != S["error"])
    return np.where(can_fail & (random.random(len(after)) < chance), S["error"], after)


def _pick(cumulative: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One place per row of cumulative chances."""
    places = (random.random(len(cumulative))[:, None] >= cumulative).sum(axis=1)
    return np.minimum(places, cumulative.shape[1] - 1)


def _join(parts: list[VisitSteps]) -> VisitSteps:
    names = VisitSteps.__slots__
    return VisitSteps(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})
