"""Countly: the browser's script, with its parameters in a form or in the address."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from benchmarks.tracker_bodies.sample import KEY, Sample

_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def form(**parameters: Any) -> str:
    """The parameters of one request; what is no text is written as JSON."""
    shared: dict[str, Any] = {
        "app_key": KEY,
        "device_id": "d1",
        "sdk_name": "javascript_native_web",
        "sdk_version": "26.1.1",
        "timestamp": 1793534399000,
        "hour": 13,
        "dow": 0,
        "tz": 60,
        "t": 1,
        "av": "1.4",
        "metrics": {"_ua": _AGENT},
    }
    return urlencode({
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in {**shared, **parameters}.items()
    })  # fmt: skip


VIEW: dict[str, Any] = {
    "key": "[CLY]_view",
    "count": 1,
    "segmentation": {
        "name": "/cart",
        "visit": 1,
        "view": "/cart",
        "domain": "shop.example",
        "start": 1,
        "utm_source": "mail",
        "referrer": "https://news.example/a",
    },
    "timestamp": 1793534398120,
    "hour": 12,
    "dow": 0,
    "id": "v1",
    "pvid": "",
}
_PAID: dict[str, Any] = {
    "key": "paid",
    "count": 1,
    "sum": 49.9,
    "dur": 3,
    "segmentation": {"plan": "pro"},
    "timestamp": 1793534398500,
}
EVENTS = Sample(
    "countly",
    "/i",
    form(events=[VIEW, *({**_PAID, "id": f"e{n}"} for n in range(9))]).encode(),
)
SESSION = Sample(
    "countly",
    "/i?" + form(begin_session=1, metrics={"_ua": _AGENT, "_resolution": "1920x1080",
                                           "_locale": "de-AT", "_density": 2}),
    method="GET",
)  # fmt: skip
MERGE = Sample("countly", "/i", form(device_id="u1", old_device_id="d1").encode())
SAMPLES = (
    EVENTS,
    SESSION,
    MERGE,
    Sample("countly", "/i", form(user_details={"name": "A", "custom": {"plan": "pro"}}).encode()),
    Sample("countly_settings", f"/o/sdk?method=sc&app_key={KEY}&device_id=d1&av=1.4", method="GET"),
)
