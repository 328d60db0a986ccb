"""What PostHog's clients ask before they send: settings, flags, surveys; and recordings.

Nothing of it is Footfall's to give: the answers say "none", in the form each version
reads without an error, so that the clients go on to send plain events.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Reply,
    json_reply,
    posts,
    routes,
)
from footfall.capture.protocols.posthog import refused

_SCRIPT: Final = "application/javascript; charset=utf-8"
_SETTINGS: Final[dict[str, Any]] = {
    # Both names of the same packing, so that old and new versions save their users' bytes.
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "sessionRecording": False,
    # No word of surveys: if told that there are none, posthog-js loads their script all the same.
    "heatmaps": False,
    "capturePerformance": False,
    "captureDeadClicks": False,
    "autocaptureExceptions": False,
    "autocapture_opt_out": False,
    "elementsChainAsString": True,
    "defaultIdentifiedOnly": True,
    "siteApps": [],
    "analytics": {"endpoint": "/e/"},
}
_FLAGS: Final[dict[str, Any]] = {
    "flags": {},
    "featureFlags": {},
    "featureFlagPayloads": {},
    "errorsWhileComputingFlags": False,
}
_DECISION: Final[dict[str, Any]] = {
    "config": {"enable_collect_everything": True},
    "toolbarParams": {},
    "isAuthenticated": False,
}
_EMPTY: Final[dict[str, Any]] = {
    "/api/surveys": {"surveys": []},
    "/api/web_experiments": {"experiments": []},
    "/api/early_access_features": {"earlyAccessFeatures": []},
}


def read(_call: Call) -> Reading:
    """Nothing: none of these requests holds events."""
    return Reading()


def settings(call: Call, outcome: Outcome) -> Reply:
    """Settings of a project as JSON, or as the script that older snippets load."""
    if outcome.error is not None:
        return refused(outcome.error)
    token, _, rest = call.path.removeprefix("/array/").partition("/")
    own = {"token": token, **_SETTINGS}
    if rest.rstrip("/") != "config.js":
        return json_reply(own)
    return Reply(200, _script(token, own), _SCRIPT)


def _script(token: str, own: dict[str, Any]) -> bytes:
    name, config = (_literal(each) for each in (token, {"config": own, "siteApps": []}))
    return (
        b"(function(){var w=window;w._POSTHOG_REMOTE_CONFIG=w._POSTHOG_REMOTE_CONFIG||{};"
        b"w._POSTHOG_REMOTE_CONFIG[" + name + b"]=" + config + b"})();"
    )


def _literal(value: Any) -> bytes:
    # The token stands in the address: it must not end the script that it is written into.
    return msgspec.json.encode(value).replace(b"<", b"\\u003c")


def flags(_call: Call, outcome: Outcome) -> Reply:
    """No flags, in the form of every version of this call, with the settings for old ones."""
    if outcome.error is not None:
        return refused(outcome.error)
    return json_reply({**_SETTINGS, **_DECISION, **_FLAGS})


def empty(call: Call, outcome: Outcome) -> Reply:
    """An empty list of what was asked for."""
    if outcome.error is not None:
        return refused(outcome.error)
    return json_reply(_EMPTY.get(call.path.rstrip("/"), {}))


def recordings(_call: Call, outcome: Outcome) -> Reply:
    """Accepted and let go of: with an error, clients would keep sending them."""
    if outcome.error is not None and outcome.error.status >= 500:
        return refused(outcome.error)
    return json_reply({"status": 1})


def _gets_and_posts(*paths: str) -> tuple[Any, ...]:
    return posts(*paths) + routes("GET", *paths)


ADAPTERS: Final = (
    Adapter(
        "posthog_config",
        routes("GET", "/array/{token}/config", "/array/{token}/config.js"),
        read,
        settings,
    ),
    Adapter("posthog_flags", _gets_and_posts("/flags", "/decide"), read, flags),
    Adapter("posthog_lists", routes("GET", *_EMPTY), read, empty),
    Adapter("posthog_recordings", posts("/s", "/i/v0/s"), read, recordings),
)
