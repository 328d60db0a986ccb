"""Snowplow: a batch of flat strings, and one page view in the address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from benchmarks.tracker_bodies.sample import KEY, Sample

_SCHEMA = "iglu:com.snowplowanalytics.snowplow"


def _page(mark: int, **more: str) -> dict[str, Any]:
    return {
        "e": "pv",
        "aid": KEY,
        "eid": f"a1f0c2aa-7cde-4a35-9c36-7f4f4b3e{mark:04d}",
        "dtm": "1793534398000",
        "stm": "1793534400000",
        "url": "https://shop.example/a",
        "page": "A",
        "refr": "https://x.example/",
        "lang": "de-AT",
        "res": "1920x1080",
        "duid": "d1",
        "uid": "u1",
        "sid": "s1",
        "vid": "3",
        "p": "web",
        "tv": "js-4.6.8",
        **more,
    }


_DESCRIBED = json.dumps({
    "schema": f"{_SCHEMA}/unstruct_event/jsonschema/1-0-0",
    "data": {"schema": "iglu:com.acme/paid/jsonschema/1-0-0", "data": {"amount": 49.9}},
})  # fmt: skip
BATCH = Sample(
    "snowplow",
    "/com.snowplowanalytics.snowplow/tp2",
    {
        "schema": f"{_SCHEMA}/payload_data/jsonschema/1-0-4",
        "data": [_page(n) for n in range(10)]
        + [_page(n, e="ue", ue_pr=_DESCRIBED) for n in range(10, 20)],
    },
)
PIXEL = Sample("snowplow", "/i?" + urlencode(_page(20)), method="GET")
SAMPLES = (BATCH, PIXEL)
