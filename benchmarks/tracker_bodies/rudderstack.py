"""RudderStack: a batch of a server library, a page of the browser's script."""

from __future__ import annotations

from benchmarks.tracker_bodies.sample import Sample
from benchmarks.tracker_bodies.segment import BASIC

BATCH = Sample(
    "rudderstack",
    "/v1/batch",
    {
        "batch": [
            {
                "type": "track",
                "event": "paid",
                "userId": "u1",
                "anonymousId": "a1",
                "messageId": f"m{n}",
                "timestamp": "2026-11-01T11:59:58+00:00",
                "channel": "server",
                "properties": {"revenue": 5},
                "context": {"traits": {"plan": "pro"}, "library": {"name": "analytics-python"}},
            }
            for n in range(20)
        ],
        "sentAt": "2026-11-01T12:00:00+00:00",
    },
    headers={"authorization": BASIC},
)
PAGE = Sample(
    "rudderstack",
    "/v1/page",
    {
        "type": "page",
        "name": "Home",
        "channel": "web",
        "userId": "",
        "anonymousId": "a1",
        "messageId": "m2",
        "originalTimestamp": "2026-11-01T11:59:58Z",
        "sentAt": "2026-11-01T12:00:00Z",
        "properties": {"url": "https://shop.example/a", "path": "/a"},
        "context": {"sessionId": 17, "screen": {"width": 1920, "height": 1080}},
    },
    headers={"authorization": BASIC, "anonymousid": "YTE="},
)
SAMPLES = (
    BATCH,
    PAGE,
    Sample("rudderstack_settings", "/sourceConfig", method="GET"),
)
