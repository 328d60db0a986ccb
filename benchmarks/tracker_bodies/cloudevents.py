"""CloudEvents: a batch, a single event, one whose parts stand in headers."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample


def _event(mark: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": mark,
        "source": KEY,
        "type": "com.example.order.paid",
        "time": "2026-11-01T11:59:58Z",
        "subject": "o1",
        "datacontenttype": "application/json",
        "data": {"distinct_id": "u1", "url": "https://shop.example/", "revenue": 49.9},
    }


BATCH = Sample("cloudevents", "/cloudevents", [_event(f"e{n}") for n in range(20)])
BINARY = Sample(
    "cloudevents",
    "/cloudevents",
    json.dumps(_event("e1")["data"]).encode(),
    headers={
        "ce-specversion": "1.0",
        "ce-id": "e1",
        "ce-source": KEY,
        "ce-type": "com.example.order.paid",
        "ce-time": "2026-11-01T11:59:58Z",
    },
)
SAMPLES = (BATCH, Sample("cloudevents", "/cloudevents", _event("e1")), BINARY)
