"""Ready-made mappings, by the name that `footfall source add --mapping` takes."""

from __future__ import annotations

from typing import Final

from footfall.capture.mapping import Preset
from footfall.capture.presets_json import JSON_LOGS
from footfall.capture.presets_servers import SERVERS
from footfall.errors import InvalidMapping, did_you_mean
from footfall.model.event import COLUMN_NAMES
from footfall.model.source import Mapping, PropertyType, Rule

_LOG_PROPERTIES: Final[dict[str, PropertyType]] = {
    "method": "text",
    "status": "int",
    "bytes": "int",
    "protocol": "text",
    "user": "text",
}

_USERALE_PROPERTIES: Final[dict[str, PropertyType]] = {
    "logType": "text",
    "target": "text",
    "duration": "int",
    "count": "int",
    "userAction": "bool",
    "httpSessionId": "text",
    "browserSessionId": "text",
}

# Where a sender may write another word for the column of the canonical JSON.
_OTHER_WORDS: Final = {
    "distinct_id": ("distinct_id", "user_id"),
    "name": ("name", "event"),
    "timestamp": ("timestamp", "time"),
}


def _access_log(form: str, summary: str) -> Preset:
    rules = {
        "name": Rule(constant="request"),
        "distinct_id": Rule(paths=("address",), hashed=True),
    }
    return Preset(Mapping(form, rules), dict(_LOG_PROPERTIES), summary=summary)


def _userale() -> Preset:
    rules = {
        # An interval has no clientTime: it is told when it ended.
        "timestamp": Rule(paths=("clientTime", "endTime"), format="epoch_ms"),
        "name": Rule(paths=("type",)),
        "distinct_id": Rule(paths=("userId",)),
        "session_id": Rule(paths=("sessionID",)),
        "url": Rule(paths=("pageUrl",)),
        "title": Rule(paths=("pageTitle",)),
        "referrer": Rule(paths=("pageReferrer",)),
        "browser": Rule(paths=("browser.browser",)),
        "browser_version": Rule(paths=("browser.version",)),
    }
    return Preset(
        Mapping("json", rules, options={"hides": "addresses"}),
        dict(_USERALE_PROPERTIES),
        sessions="given",
        summary="UserALE.js browser logs: raw, interval and custom records as JSON",
    )


def _canonical() -> Preset:
    names = sorted(COLUMN_NAMES - {"received_at", "properties"})
    rules = {name: Rule(paths=_OTHER_WORDS.get(name, (name,))) for name in names}
    options = {"spread": "properties", "hides": "sent"}
    return Preset(
        Mapping("json", rules, drop=("received_at",), options=options),
        summary="the JSON that POST /v1/events takes, one event a line",
    )


PRESETS: Final[dict[str, Preset]] = {
    "combined": _access_log("combined", "Apache's and nginx's combined access log"),
    "common": _access_log("common", "the common access log, without referrer and user agent"),
    **SERVERS,
    **JSON_LOGS,
    "userale": _userale(),
    "canonical": _canonical(),
}


def preset(name: str) -> Preset:
    """The ready-made mapping of that name; raises `InvalidMapping` with near names."""
    if name not in PRESETS:
        raise InvalidMapping(
            f"There is no mapping {name!r}; there are {', '.join(PRESETS)}, and the path of a "
            "mapping file (.toml)." + did_you_mean(name, PRESETS),
            parameter="mapping",
        )
    return PRESETS[name]
