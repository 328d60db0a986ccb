"""Umami: the tracker, the Python library, a batch."""

from __future__ import annotations

from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample


def _web(kind: str = "event", **more: Any) -> dict[str, Any]:
    payload = {
        "website": KEY,
        "screen": "1920x1080",
        "language": "de-AT",
        "title": "Cart",
        "hostname": "shop.example",
        "url": "https://shop.example/cart?utm_source=mail",
        "referrer": "https://news.example/a",
        **more,
    }
    return {"type": kind, "payload": payload}


PAGE = Sample("umami", "/api/send", _web())
_MONEY = {"revenue": 9.5, "currency": "EUR"}
NAMED = Sample("umami", "/api/send", _web(name="paid", id="u1", data=_MONEY))
PYTHON = Sample(
    "umami",
    "/api/send",
    _web(name="paid", url="/cart", id="u1", ip="203.0.113.7", data={"plan": "pro"}),
    headers={
        "authorization": "Bearer None",
        "user-agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/142.0.0.0",
    },
)
BATCH = Sample("umami", "/api/batch", [_web(name=f"step {n}", timestamp=1793534300 + n)
                                       for n in range(20)])  # fmt: skip
SAMPLES = (
    PAGE,
    NAMED,
    PYTHON,
    BATCH,
    Sample("umami", "/api/send", _web("identify", id="u1", data={"plan": "pro"})),
    Sample("umami_recordings", "/api/record", {}),
    Sample("umami_heartbeat", "/api/heartbeat", method="GET"),
)
