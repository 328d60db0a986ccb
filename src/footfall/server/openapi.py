"""What the API's description says before it comes to the single operations."""

from __future__ import annotations

from typing import Any, Final

DESCRIPTION: Final = """\
Ask for numbers, list events, run read-only SQL, listen for news, and keep sources and their
keys. Every answer is JSON unless another format is asked for.

Programs send `Authorization: Bearer fft_…`; `footfall token create` makes such a token, with
the rights `read`, `write` or `admin`. Pages of this server use the cookie that a login link sets.

Events are sent to `POST /v1/events` with a write key: one JSON object, a list of them, or one
a line. The answer comes when they are on disk:
`{"stored": 2, "duplicates": 0, "rejected": []}`.

An error has a status and one shape:
`{"error": {"code", "message", "parameter", "suggestions"}}`. 429 and 503 carry `Retry-After`.
"""

TAGS: Final[list[dict[str, Any]]] = [
    {
        "name": "query",
        "description": "Metrics of a source, broken down, filtered, bucketed, compared.",
    },
    {"name": "sql", "description": "Read-only SQL over the sources."},
    {"name": "events", "description": "Single events."},
    {"name": "live", "description": "News as it happens."},
    {"name": "sources", "description": "Where events come from, and their write keys."},
    {"name": "rejects", "description": "What could not be taken in, and why."},
    {"name": "ledger", "description": "What became of every event received."},
    {"name": "tokens", "description": "What programs prove themselves with."},
    {"name": "health", "description": "For whoever watches over the server."},
]
