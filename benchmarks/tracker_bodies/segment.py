"""Segment: a batch of a server library, a page of the browser's script."""

from __future__ import annotations

import base64
from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample

BASIC = "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()


def _track(mark: str) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": mark,
        "timestamp": "2026-11-01T11:59:58Z",
        "userId": "u1",
        "anonymousId": "a1",
        "properties": {"revenue": 12.5, "currency": "EUR"},
        "context": {
            "page": {"url": "https://shop.example/paid", "title": "Paid"},
            "campaign": {"name": "autumn", "source": "mail"},
            "locale": "de-AT",
            "userAgent": "Mozilla/5.0 (X11)",
            "ip": "203.0.113.9",
            "library": {"name": "analytics.js", "version": "1"},
        },
        "integrations": {},
    }


BATCH = Sample(
    "segment",
    "/v1/batch",
    {
        "batch": [_track(f"m{n}") for n in range(20)],
        "sentAt": "2026-11-01T12:00:00Z",
        "writeKey": KEY,
    },
    headers={"authorization": BASIC},
)
PAGE = Sample(
    "segment",
    "/v1/p",
    {
        "type": "page",
        "writeKey": KEY,
        "messageId": "m1",
        "anonymousId": "a1",
        "timestamp": "2026-11-01T11:59:58Z",
        "sentAt": "2026-11-01T12:00:00Z",
        "properties": {"url": "https://shop.example/", "path": "/", "title": "Shop"},
    },
)
SAMPLES = (
    BATCH,
    PAGE,
    Sample("segment_settings", f"/v1/projects/{KEY}/settings", method="GET"),
)
