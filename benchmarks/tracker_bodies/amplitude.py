"""Amplitude: the browser's script of today and of before, Python."""

from __future__ import annotations

from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _web(name: str, mark: str, **more: Any) -> dict[str, Any]:
    return {
        "device_id": "d1",
        "session_id": 1793534000000,
        "time": 1793534398120,
        "platform": "Web",
        "language": "de-AT",
        "ip": "$remote",
        "insert_id": mark,
        "event_type": name,
        "event_properties": {},
        "event_id": 7,
        "library": "amplitude-ts/2.48.1",
        "user_agent": _AGENT,
        **more,
    }


_PAGE = {
    "[Amplitude] Page Domain": "shop.example",
    "[Amplitude] Page Location": "https://shop.example/cart?utm_source=mail",
    "[Amplitude] Page Path": "/cart",
    "[Amplitude] Page Title": "Cart",
    "[Amplitude] Page URL": "https://shop.example/cart",
    "[Amplitude] Page Counter": 1,
    "referrer": "https://news.example/a",
    "referring_domain": "news.example",
    "utm_source": "mail",
}
BROWSER = Sample(
    "amplitude",
    "/2/httpapi",
    {
        "api_key": KEY,
        "events": [
            _web("[Amplitude] Page Viewed", "i1", event_properties=_PAGE),
            _web("$identify", "i2", user_id="u1", user_properties={"$set": {"plan": "pro"}}),
            _web("added", "i3", user_id="u1", event_properties={"plan": "pro"}),
            *(_web("scrolled", f"s{n}", event_properties={"depth": n}) for n in range(17)),
        ],
        "options": {},
        "client_upload_time": "2026-11-01T12:00:00.000Z",
    },
)
PYTHON = Sample(
    "amplitude",
    "/batch",
    {
        "api_key": KEY,
        "events": [
            {
                "user_id": "u1",
                "device_id": "srv",
                "event_type": "revenue_amount",
                "time": 1793534399000,
                "insert_id": f"p{n}",
                "event_properties": {"$price": 3.5, "$quantity": 2, "$productId": "x"},
                "library": "amplitude-python/1.3.0",
                "ip": "203.0.113.7",
            }
            for n in range(20)
        ],
    },
)
OLD_BROWSER = Sample(
    "amplitude",
    "/2/httpapi",
    {
        "api_key": KEY,
        "events": [
            {
                "device_id": "d1",
                "session_id": -1,
                "time": 1793534399000,
                "platform": "Web",
                "os_name": "Firefox",
                "os_version": "140.0",
                "event_type": "added",
                "insert_id": "o1",
            }
        ],
    },
)
SAMPLES = (BROWSER, PYTHON, OLD_BROWSER)
