"""RudderStack: messages like Segment's, on the same paths.

Told from Segment by what only its clients send: beacon and pixel paths, the `AnonymousId`
header, `originalTimestamp` (browser, Node) or `channel` without a write key in the body
(Python, Go). Success is exactly 200 to the Python client. It reads an error in JSON without
`code` and `message` as a broken connection and sends the batch ten times more, so refusals
are plain text: then 4xx is final for it, as for the others, and 429 and 5xx are tried again.
"""

from __future__ import annotations

from typing import Final

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Reply,
    json_reply,
    posts,
    routes,
    text_reply,
)
from footfall.capture.protocols.messages import KEYS, KINDS, read_messages

_OWN: Final = ("/beacon/", "/pixel/")
_WORDS: Final = (*KINDS, "batch")


def claims(call: Call) -> bool:
    """Whether a request has what RudderStack's clients alone send."""
    if call.path.startswith(_OWN) or call.header("anonymousid"):
        return True
    if b'"originalTimestamp"' in call.body:
        return True
    return b'"channel"' in call.body and b'"writeKey"' not in call.body


def reply(_call: Call, outcome: Outcome) -> Reply:
    """`OK`, or the reason in plain text."""
    if outcome.error is None:
        return text_reply("OK")
    return text_reply(outcome.error.message, outcome.error.status)


def settings(call: Call, _outcome: Outcome) -> Reply:
    """Configuration of the browser client: no destinations, no reports elsewhere."""
    quiet = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    source = {
        "id": "footfall",
        "name": "footfall",
        "workspaceId": "footfall",
        "writeKey": call.query.get("writeKey") or call.basic_user,
        "enabled": True,
        "config": {"statsCollection": quiet},
        "destinations": [],
        "dataplanes": {},
    }
    return json_reply({"source": source})


ADAPTERS: Final = (
    Adapter(
        "rudderstack",
        (
            *posts(*(f"/v1/{word}" for word in _WORDS), "/beacon/v1/batch"),
            *routes("GET", *(f"/pixel/v1/{kind}" for kind in KINDS)),
        ),
        read_messages,
        reply,
        claims,
        key_parameters=KEYS,
    ),
    Adapter(
        "rudderstack_settings",
        routes("GET", "/sourceConfig"),
        lambda _call: Reading(),
        settings,
    ),
)
