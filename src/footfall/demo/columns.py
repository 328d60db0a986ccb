"""Steps become events: an Arrow table in the canonical columns of the source."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.demo.catalog import ALL_ENTRANCES
from footfall.demo.journeys import STEPS, VisitSteps
from footfall.demo.pages import PAGES
from footfall.demo.people import Population, Visits
from footfall.demo.places import AGENTS, COUNTRIES, USER_AGENTS
from footfall.demo.properties import json_properties
from footfall.demo.recipe import DEMO_SOURCE, Recipe, micros
from footfall.demo.text import concatenated, hex_text, take
from footfall.lake.schema import arrow_schema, conform
from footfall.model.event import PAGE_VIEW

NAMES: Final = {
    "search": "search", "item": "view_item", "add": "add_to_cart", "remove": "remove_from_cart",
    "checkout": "begin_checkout", "purchase": "purchase", "docs_search": "search",
    "feedback": "docs_feedback", "sign_up": "sign_up", "error": "error",
}  # fmt: skip
_NAME_OF_STEP: Final = [NAMES.get(step, PAGE_VIEW) for step in STEPS]
_OPENS_PAGE: Final = ~np.isin(STEPS, ["add", "remove", "feedback", "error"])
_HAS_ITEMS: Final = np.isin(STEPS, ["checkout", "purchase"])
_N_WAYS: Final = len(ALL_ENTRANCES) + 1
_LATE_SHARE: Final = 0.004


def to_events(
    recipe: Recipe, people: Population, visits: Visits, steps: VisitSteps, number: int
) -> pa.Table:
    """Events of these steps that lie before the recipe's end, in order of time.

    `number` is that of the batch: it makes the event ids of each batch differ.
    """
    order = np.argsort(steps.time, kind="stable")
    order = order[steps.time[order] < micros(recipe.now)]
    steps = steps.at(order)
    random = recipe.random(5, micros(recipe.now), number)
    actor = visits.actor[steps.visit]
    columns = {
        "event_id": hex_text(np.frombuffer(random.bytes(12 * len(actor)), np.uint8), 12),
        "name": take(_NAME_OF_STEP, steps.step),
        **_times(recipe, people, actor, steps, random),
        **_actors(recipe, people, actor),
        **_addresses(visits.entrance[steps.visit], steps),
        **_devices(people.user_agent[actor]),
        **_measures(people, actor, steps, random),
        "properties": json_properties(people, actor, steps, random),
    }
    return conform(pa.table(columns), arrow_schema(DEMO_SOURCE))


def actor_ids(recipe: Recipe, people: Population, actor: np.ndarray) -> pa.Array:
    """What the sender calls these actors: customers by number, the others by a hash."""
    number = actor.astype(np.uint64) + np.uint64(recipe.seed << 40)
    visitor = concatenated("v_", hex_text(_scramble(number).view(np.uint8), 8))
    customer = concatenated("c-", pa.array(actor * 7 + 100_003).cast(pa.string()))
    return pc.if_else(pa.array(people.is_customer[actor]), customer, visitor)


def _scramble(number: np.ndarray) -> np.ndarray:
    """Numbers that look random but never collide: splitmix64, Steele et al. 2014."""
    mixed = (number + np.uint64(0x9E3779B97F4A7C15)).astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _times(
    recipe: Recipe,
    people: Population,
    actor: np.ndarray,
    steps: VisitSteps,
    random: np.random.Generator,
) -> dict[str, pa.Array]:
    delay = np.exp(random.normal(np.log(250_000), 0.6, len(actor)))
    is_late = (random.random(len(actor)) < _LATE_SHARE) & (_device(people, actor) == "mobile")
    # A phone that was out of reach sends its events hours later.
    delay = np.where(is_late, delay * 3e4, delay).astype(np.int64)
    received = np.minimum(steps.time + delay, micros(recipe.now))
    # Browsers know milliseconds, servers microseconds.
    happened = steps.time // 1000 * 1000
    moment = pa.timestamp("us", tz="UTC")
    return {"timestamp": pa.array(happened, moment), "received_at": pa.array(received, moment)}


def _device(people: Population, actor: np.ndarray) -> np.ndarray:
    return _DEVICE[people.user_agent[actor]]


def _actors(recipe: Recipe, people: Population, actor: np.ndarray) -> dict[str, pa.Array]:
    ids = actor_ids(recipe, people, actor)
    country = people.country[actor]
    city = country * _MAX_CITIES + people.city[actor]
    language = country * _MAX_LANGUAGES + people.language[actor]
    return {
        "distinct_id": ids,
        "actor_id": ids,
        "country": take([item.code for item in COUNTRIES], country),
        "region": take(_REGIONS, city),
        "city": take(_CITIES, city),
        "language": take(_LANGUAGES, language),
    }


def _addresses(entrance: np.ndarray, steps: VisitSteps) -> dict[str, pa.Array]:
    way = np.where(steps.is_landing, entrance + 1, 0)
    before = np.where(steps.is_second, entrance + 1, 0)
    referrer = np.where(
        steps.came_from < 0,
        len(_URLS) + entrance,
        steps.came_from * _N_WAYS + before,
    )
    return {
        "url": take(_URLS, steps.page * _N_WAYS + way),
        "host": take([page.host for page in PAGES], steps.page),
        "path": take([page.path for page in PAGES], steps.page),
        "title": take([page.title for page in PAGES], steps.page),
        "referrer": take(_REFERRERS, referrer),
        "referrer_host": take(_REFERRER_HOSTS, referrer),
        "channel": take(_CHANNELS, way),
        **{
            name: take([None, *(item.utm and item.utm[part] for item in ALL_ENTRANCES)], way)
            for part, name in enumerate(("utm_source", "utm_medium", "utm_campaign"))
        },
    }


def _devices(user_agent: np.ndarray) -> dict[str, pa.Array]:
    agents = [AGENTS[item.agent] for item in USER_AGENTS]
    return {
        "browser": take([item.browser for item in agents], user_agent),
        "browser_version": take([item.version for item in USER_AGENTS], user_agent),
        "os": take([item.os for item in agents], user_agent),
        "device": take([item.device for item in agents], user_agent),
        "user_agent": take([item.text for item in USER_AGENTS], user_agent),
        "is_bot": pa.array(np.array([item.is_bot for item in agents])[user_agent]),
    }


def _measures(
    people: Population, actor: np.ndarray, steps: VisitSteps, random: np.random.Generator
) -> dict[str, pa.Array]:
    """The declared properties: what was paid, in which currency, how long pages took."""
    country = people.country[actor]
    is_purchase = steps.step == STEPS.index("purchase")
    paid = np.round(steps.value * _RATES[country], 2)
    load = 380.0 * _SLOWNESS[country] * np.where(_device(people, actor) == "desktop", 1.0, 1.6)
    load *= np.exp(random.normal(0.0, 0.55, len(actor)))
    return {
        "p_value": pa.array(paid, mask=~is_purchase),
        "p_currency": take(_CURRENCIES, np.where(is_purchase, country, len(COUNTRIES))),
        "p_items": pa.array(steps.items, mask=~_HAS_ITEMS[steps.step]),
        "p_duration_ms": pa.array(load.astype(np.int64), mask=~_OPENS_PAGE[steps.step]),
    }


def _url(url: str | None, query: str) -> str | None:
    return None if url is None else url + query


def _host(url: str | None) -> str | None:
    return None if url is None else url.split("/")[2]


# Addresses by page and way in: the landing page carries the campaign's query.
_URLS: Final = [
    _url(page.url, query)
    for page in PAGES
    for query in ("", *(entrance.query for entrance in ALL_ENTRANCES))
]
_REFERRERS: Final = [*_URLS, *(entrance.referrer for entrance in ALL_ENTRANCES)]
_REFERRER_HOSTS: Final = [_host(url) for url in _REFERRERS]
_CHANNELS: Final = ["internal", *(entrance.channel for entrance in ALL_ENTRANCES)]
_DEVICE: Final = np.array([AGENTS[item.agent].device for item in USER_AGENTS])
_RATES: Final = np.array([country.rate for country in COUNTRIES])
_SLOWNESS: Final = np.array([country.slowness for country in COUNTRIES])
_CURRENCIES: Final = [*(country.currency for country in COUNTRIES), None]
_MAX_CITIES: Final = max(len(country.cities) for country in COUNTRIES)
_MAX_LANGUAGES: Final = max(len(country.languages) for country in COUNTRIES)


def _padded(rows: list[list[str]], width: int) -> list[str]:
    return [text for row in rows for text in (row + [row[0]] * width)[:width]]


_CITIES: Final = _padded([[city.name for city in c.cities] for c in COUNTRIES], _MAX_CITIES)
_REGIONS: Final = _padded([[city.region for city in c.cities] for c in COUNTRIES], _MAX_CITIES)
_LANGUAGES: Final = _padded([[tag for tag, _ in c.languages] for c in COUNTRIES], _MAX_LANGUAGES)
