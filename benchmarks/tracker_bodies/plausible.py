"""Plausible: the script of today and of before."""

from __future__ import annotations

from benchmarks.tracker_bodies.sample import KEY, Sample

PAGE = Sample(
    "plausible",
    "/api/event",
    {
        "n": "pageview",
        "v": 32,
        "u": "https://shop.example/cart?utm_source=mail",
        "d": KEY,
        "r": "https://news.example/a",
        "p": {"plan": "pro"},
    },
)
OLD = Sample(
    "plausible",
    "/api/event",
    {"n": "Purchase", "u": "https://shop.example/cart", "d": KEY, "p": '{"plan":"pro"}',
     "$": '{"amount":"13.29","currency":"EUR"}'},
)  # fmt: skip
ENGAGEMENT = Sample(
    "plausible",
    "/api/event",
    {"n": "engagement", "u": "https://shop.example/cart", "d": KEY, "sd": 75, "e": 3500},
)
SAMPLES = (PAGE, OLD, ENGAGEMENT)
