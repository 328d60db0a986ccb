"""The properties that nobody declared: JSON text, as a shop would send it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.demo.catalog import DOC_TERMS, PRODUCTS, SEARCH_TERMS
from footfall.demo.journeys import S, VisitSteps
from footfall.demo.pages import FIRST, PageKind
from footfall.demo.people import Population
from footfall.demo.places import AGENTS, COUNTRIES, USER_AGENTS
from footfall.demo.text import concatenated, take_where

_VIEWPORTS: Final = {
    "desktop": ((1920, 1080), (1536, 864), (2560, 1440), (1440, 900)),
    "mobile": ((390, 844), (412, 915), (360, 800), (393, 852)),
    "tablet": ((820, 1180), (810, 1080), (1024, 1366), (820, 1180)),
    "bot": ((1024, 768), (412, 732), (1024, 768), (1024, 768)),
}
_PAYMENTS: Final = ("card", "card", "paypal", "invoice")
_COUPONS: Final = ("WELCOME10", "NEWS5", None, None, None, None, None, None)
_ERRORS: Final = (
    {"status": 502, "message": "payment provider did not answer"},
    {"status": 500, "message": "unexpected null in price"},
    {"status": 404, "message": "image not found"},
)
_VIEWS: Final = [S[name] for name in ("home", "category", "item", "cart", "docs", "help")]
_SHOPPING: Final = [S[name] for name in ("item", "add", "remove")]
_CHECKOUT: Final = [S[name] for name in ("cart", "checkout", "purchase")]


def json_properties(
    people: Population, actor: np.ndarray, steps: VisitSteps, random: np.random.Generator
) -> pa.Array:
    """A JSON object per event, null where it would be empty."""
    parts = [
        *_page(people, actor, steps, random),
        *_shopping(steps),
        *_search(steps, random),
        *_checkout(people, actor, steps, random),
        *_other(steps, random),
    ]
    inner = pc.binary_join_element_wise(*parts, ",", null_handling="skip")
    return pc.if_else(
        pc.equal(inner, ""), pa.scalar(None, pa.string()), concatenated("{", inner, "}")
    )


def _members(values: Sequence[object]) -> list[str | None]:
    """Each dict as the inside of a JSON object, null where it is None."""
    return [None if value is None else json.dumps(value, separators=(",", ":"))[1:-1]
            for value in values]  # fmt: skip


def _number(key: str, values: np.ndarray, chosen: np.ndarray) -> pa.Array:
    return concatenated(f'"{key}":', pa.array(values, mask=~chosen).cast(pa.string()))


def _page(
    people: Population, actor: np.ndarray, steps: VisitSteps, random: np.random.Generator
) -> list[pa.Array]:
    is_view = np.isin(steps.step, _VIEWS)
    slowness = np.array([country.slowness for country in COUNTRIES])[people.country[actor]]
    wait = 70.0 * slowness * np.exp(random.normal(0.0, 0.7, len(actor)))
    viewport = people.user_agent[actor].astype(np.int32) * 4 + actor % 4
    return [
        _number("ttfb_ms", wait.astype(np.int64), is_view),
        take_where(_VIEWPORT_TEXTS, viewport, is_view),
    ]


def _shopping(steps: VisitSteps) -> list[pa.Array]:
    return [take_where(_PRODUCT_TEXTS, steps.product, np.isin(steps.step, _SHOPPING))]


def _search(steps: VisitSteps, random: np.random.Generator) -> list[pa.Array]:
    in_shop, in_docs = steps.step == S["search"], steps.step == S["docs_search"]
    n_results = np.maximum(random.poisson(14, len(steps.step)) - 8, 0)
    terms = [*SEARCH_TERMS, *DOC_TERMS]
    place = np.where(
        in_docs,
        steps.page - FIRST[PageKind.DOCS_SEARCH] + len(SEARCH_TERMS),
        steps.page - FIRST[PageKind.SEARCH],
    )
    is_search = in_shop | in_docs
    return [
        take_where(_members([{"query": term} for term in terms]), place, is_search),
        _number("n_results", n_results, is_search),
    ]


def _checkout(
    people: Population, actor: np.ndarray, steps: VisitSteps, random: np.random.Generator
) -> list[pa.Array]:
    n = len(actor)
    is_purchase = steps.step == S["purchase"]
    rate = np.array([country.rate for country in COUNTRIES])[people.country[actor]]
    arms = [{"experiment": {"checkout": arm}} for arm in ("one_page", "three_pages")]
    coupons = [text and {"coupon": text} for text in _COUPONS]
    payments = [{"payment": text} for text in _PAYMENTS]
    order = concatenated(
        '"order":"', pa.array(random.integers(10**8, 10**9, n)).cast(pa.string()), '"'
    )
    return [
        _number("cart_value", np.round(steps.value * rate, 2), steps.step == S["checkout"]),
        take_where(_members(arms), actor % 2, np.isin(steps.step, _CHECKOUT)),
        pc.if_else(pa.array(is_purchase), order, pa.scalar(None, pa.string())),
        take_where(_members(payments), random.integers(0, len(payments), n), is_purchase),
        take_where(_members(coupons), random.integers(0, len(coupons), n), is_purchase),
    ]


def _other(steps: VisitSteps, random: np.random.Generator) -> list[pa.Array]:
    n = len(steps.step)
    is_paying = steps.page == FIRST[PageKind.CHECKOUT]
    kind = np.where(is_paying, 0, random.integers(1, len(_ERRORS), n))
    helpful = [{"is_helpful": True}, {"is_helpful": False}]
    methods = [{"method": "password"}, {"method": "github"}]
    return [
        take_where(_members(_ERRORS), kind, steps.step == S["error"]),
        take_where(
            _members(helpful), (random.random(n) < 0.2).astype(np.int8), steps.step == S["feedback"]
        ),
        take_where(_members(methods), random.integers(0, 2, n), steps.step == S["sign_up"]),
    ]


_VIEWPORT_TEXTS: Final = _members(
    [
        {"viewport": {"width": width, "height": height}}
        for item in USER_AGENTS
        for width, height in _VIEWPORTS[AGENTS[item.agent].device]
    ]
)
_PRODUCT_TEXTS: Final = _members(
    [{"product": item.slug, "category": item.category, "price": item.price} for item in PRODUCTS]
)
