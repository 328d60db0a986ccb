"""Mixpanel: the browser's script, Python, and what they tell of persons."""

from __future__ import annotations

from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample


def _web(name: str, mark: str, **more: Any) -> dict[str, Any]:
    properties = {
        "$os": "Linux",
        "$browser": "Firefox",
        "$browser_version": 140,
        "$current_url": "https://shop.example/cart",
        "$referrer": "https://news.example/a",
        "$referring_domain": "news.example",
        "$screen_height": 1080,
        "$screen_width": 1920,
        "mp_lib": "web",
        "$lib_version": "2.83.0",
        "$insert_id": mark,
        "time": 1793534398.12,
        "distinct_id": "$device:d1",
        "$device_id": "d1",
        "token": KEY,
        "mp_sent_by_lib_version": "2.83.0",
        **more,
    }
    return {"event": name, "properties": properties}


BROWSER = Sample(
    "mixpanel",
    "/track/?verbose=1&ip=1&_=1793534400000",
    [
        _web("$mp_web_page_view", "i1", current_page_title="Cart", current_domain="shop.example"),
        _web("$identify", "i2", distinct_id="u1", **{"$user_id": "u1",
                                                     "$anon_distinct_id": "$device:d1"}),
        _web("added", "i3", distinct_id="u1", **{"$user_id": "u1"}),
        *(_web("scrolled", f"s{n}", plan="pro") for n in range(17)),
    ],
    shape="base64",
)  # fmt: skip
PYTHON = Sample(
    "mixpanel",
    "/track",
    {
        "event": "paid",
        "properties": {
            "token": KEY,
            "distinct_id": "u1",
            "time": 1793534399.5,
            "$insert_id": "0123456789abcdef",
            "mp_lib": "python",
            "$lib_version": "5.4.1",
            "amount": 49.9,
        },
    },
    shape="form",
)
PEOPLE = Sample(
    "mixpanel",
    "/engage",
    {"$token": KEY, "$time": 1793534399, "$distinct_id": "u1", "$set": {"plan": "pro"}},
    shape="form",
)
SAMPLES = (
    BROWSER,
    PYTHON,
    PEOPLE,
    Sample("mixpanel", "/import?strict=1", [_web("paid", f"p{n}") for n in range(20)]),
    Sample("mixpanel_recordings", "/record/", {}),
)
