"""Google Analytics' measurement protocol, as ga4mp and as a server sends it."""

from __future__ import annotations

from benchmarks.tracker_bodies.sample import KEY, Sample

PYTHON = Sample(
    "ga4",
    f"/mp/collect?measurement_id={KEY}&api_secret=secret",
    {
        "client_id": "1122.3344",
        "events": [
            {
                "name": "page_view",
                "params": {
                    "page_location": "https://shop.example/cart?utm_source=mail",
                    "page_title": "Cart",
                    "page_referrer": "https://news.example/a",
                    "session_id": 1793534000,
                    "engagement_time_msec": 12,
                },
            },
            *(
                {"name": "scrolled", "params": {"depth": n, "session_id": 1793534000}}
                for n in range(24)
            ),
        ],
    },
)
PURCHASE = Sample(
    "ga4",
    f"/mp/collect?firebase_app_id={KEY}&api_secret=secret",
    {
        "app_instance_id": "a1",
        "user_id": "u1",
        "timestamp_micros": 1793534399000000,
        "user_properties": {"plan": {"value": "pro"}},
        "user_location": {"city": "Graz", "region_id": "AT-6", "country_id": "AT"},
        "device": {"category": "mobile", "operating_system": "Android", "model": "Pixel 9",
                   "screen_resolution": "1080x2400"},
        "ip_override": "203.0.113.7",
        "events": [
            {"name": "purchase", "params": {"value": 49.9, "currency": "EUR",
                                            "transaction_id": "t1"}},
        ],
    },
)  # fmt: skip
SAMPLES = (
    PYTHON,
    PURCHASE,
    Sample("ga4_check", "/debug/mp/collect?measurement_id=x", PYTHON.body),
)
