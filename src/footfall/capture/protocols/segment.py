"""Segment: messages one by one and in batches, as analytics.js and the server libraries send them.

Its clients look at the status alone. They drop a batch at 400, 401, 403, 413 and other 4xx,
and send again at 429 and 5xx, after `Retry-After` where there is one (analytics-python 2,
analytics-node 3, analytics-next 1). So what is kept, rejects too, is answered with 200.
"""

from __future__ import annotations

from typing import Final

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Reply,
    Route,
    json_reply,
    posts,
    routes,
)
from footfall.capture.protocols.messages import BY_LETTER, KEYS, KINDS, read_messages

_METRICS: Final = "/v1/m"
_LOCAL: Final = ("localhost", "127.0.0.1")
_SINGLE: Final = (*KINDS, *BY_LETTER)
_PATHS: Final = tuple(f"/v1/{each}" for each in (*_SINGLE, "b", "batch", "import"))
_PIXELS: Final = tuple(f"/v1/pixel/{each}" for each in KINDS)


def read(call: Call) -> Reading:
    """Every message; the client's counts of its own work (`/v1/m`) are no events."""
    return Reading() if call.path.rstrip("/") == _METRICS else read_messages(call)


def reply(_call: Call, outcome: Outcome) -> Reply:
    """What Segment answers; the code and message are shown by the Python client."""
    if outcome.error is None:
        return json_reply({"success": True})
    error = outcome.error
    told = {"success": False, "code": error.code, "message": error.message}
    return json_reply(told, error.status)


def settings(call: Call, _outcome: Outcome) -> Reply:
    """Settings of analytics.js, which say that it shall send here and load nothing else."""
    key = call.path.split("/")[3]
    prefix = f"/k/{call.key}" if call.key else ""
    host = call.header("host")
    own = {"apiKey": key, "apiHost": f"{host}{prefix}/v1"}
    if host.partition(":")[0] in _LOCAL:
        # Else the script takes HTTPS for granted.
        own["protocol"] = call.header("x-forwarded-proto") or "http"
    # Without the rate the script sends counts of its own work to Segment.
    quiet = {"sampleRate": 0}
    return json_reply({"integrations": {"Segment.io": own}, "plan": {}, "metrics": quiet})


ADAPTERS: Final = (
    Adapter(
        "segment",
        (*posts(*_PATHS, _METRICS), *routes("GET", *_PIXELS)),
        read,
        reply,
        # RudderStack's clients use the same paths, and are known by their shape.
        rank=10,
        key_parameters=KEYS,
    ),
    Adapter(
        "segment_settings",
        (Route("GET", "/v1/projects/{key}/settings"),),
        lambda _call: Reading(),
        settings,
    ),
)
