"""Which field plays which part in an event, by its name and by its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from footfall.capture.sampled import Sampled
from footfall.model.event import COLUMNS

_TIME: Final = re.compile(
    r"@?(event_?)?(timestamp|time|ts|datetime|date)|(created|occurred|logged|happened)_?(at|on)|"
    r"client_?time|start_?time"
)
_NAME: Final = re.compile(r"event|event_?name|action|activity|verb")
_NAME_MAYBE: Final = re.compile(
    r"name|type|event_?type|operation|kind|category|handling|task|step|page"
)
_ACTOR: Final = re.compile(
    r"(user|actor|customer|client|visitor|member|person|patient|account|distinct|anonymous|case|"
    r"subscriber|player|student|uid)(_?(id|name|key|uuid))?"
)
_SESSION: Final = re.compile(r"(session|sess|visit)(_?(id|key|uuid))?")
_SPLIT: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TAKEN_OVER: Final = frozenset(
    column.name
    for column in COLUMNS
    if column.type == "text"
    and column.name
    not in ("event_id", "name", "distinct_id", "actor_id", "session_id", "properties")
)
_OTHER_WORDS: Final = {
    "page_url": "url",
    "href": "url",
    "page_title": "title",
    "page_referrer": "referrer",
    "referer": "referrer",
    "useragent": "user_agent",
    "http_user_agent": "user_agent",
    "agent": "user_agent",
    "country_code": "country",
    "locale": "language",
}


@dataclass(frozen=True)
class Proposal:
    """A field for a column, how sure that is (0 to 1), and why."""

    column: str
    path: str
    confidence: float
    reason: str
    time_format: str | None = None


def propose(fields: Sequence[Sampled]) -> list[Proposal]:
    """The likeliest field for each column that one was found for."""
    found: dict[str, Proposal] = {}
    for column, judge in _JUDGES:
        used = {proposal.path for proposal in found.values()}
        best = _best(column, judge, [field for field in fields if field.path not in used])
        if best is not None:
            found[column] = best
    used = {proposal.path for proposal in found.values()}
    for field in fields:
        column = _column_of(field)
        if column and column not in found and field.path not in used:
            found[column] = Proposal(column, field.path, 0.9, f"is called {field.path!r}")
    return list(found.values())


Verdict = tuple[float, str]


def _best(
    column: str, judge: Callable[[Sampled], Verdict | None], fields: Sequence[Sampled]
) -> Proposal | None:
    judged = [(verdict, field) for field in fields if (verdict := judge(field)) is not None]
    if not judged:
        return None
    # Of equal ones the first counts: people put first what matters.
    (confidence, reason), field = max(judged, key=lambda item: item[0][0])
    time_format = field.time_format if column == "timestamp" else None
    return Proposal(column, field.path, round(confidence * field.fill, 2), reason, time_format)


def _as_time(field: Sampled) -> Verdict | None:
    form = field.time_format
    if form is None or field.fill < 0.5:
        return None
    if _TIME.fullmatch(_word(field.path)):
        return 0.98, f"is called {field.path!r} and holds times ({form})"
    if re.search(r"time|date|_at$|_ts$", _word(field.path)):
        return 0.8, f"holds times ({form})"
    return 0.6 if not form.startswith("epoch") else 0.4, f"holds times ({form})"


def _as_name(field: Sampled) -> Verdict | None:
    word = _word(field.path)
    if field.kind != "text" or field.fill < 0.9 or _is_about_somebody(word):
        return None
    if _NAME.fullmatch(word):
        return 0.95, f"is called {field.path!r}"
    if field.n_distinct > max(20, len(field.present) // 5):
        return None
    if _NAME_MAYBE.fullmatch(word):
        return 0.7, f"is called {field.path!r} and has {field.n_distinct} different values"
    if "." in field.path or _column_of(field):
        return None
    return 0.35, f"is a text with {field.n_distinct} different values"


def _as_actor(field: Sampled) -> Verdict | None:
    word = _word(field.path)
    if field.kind not in ("text", "int") or field.fill < 0.5:
        return None
    if _ACTOR.fullmatch(word) or _ACTOR.fullmatch(word.rpartition("_")[2]) is not None:
        return 0.95, f"is called {field.path!r}"
    if _ACTOR.match(word) and word.endswith("id"):
        return 0.8, f"is called {field.path!r}"
    is_shared = 1 < field.n_distinct < len(field.present)
    if word.endswith("_id") and is_shared and not _SESSION.match(word):
        return 0.4, f"is an id with {field.n_distinct} different values"
    return None


def _as_session(field: Sampled) -> Verdict | None:
    if field.kind not in ("text", "int") or not _SESSION.fullmatch(_word(field.path)):
        return None
    return 0.95, f"is called {field.path!r}"


_JUDGES: Final = (
    ("timestamp", _as_time),
    ("distinct_id", _as_actor),
    ("session_id", _as_session),
    ("name", _as_name),
)


def _is_about_somebody(word: str) -> bool:
    return bool(_ACTOR.fullmatch(word) or _SESSION.fullmatch(word))


def _column_of(field: Sampled) -> str | None:
    """Canonical column that the field is called after."""
    word = _word(field.path)
    column = _OTHER_WORDS.get(word, word)
    return column if column in _TAKEN_OVER and field.kind == "text" else None


def _word(path: str) -> str:
    """The path as one lower-case word: `pageUrl` is `page_url`, `user.id` is `user_id`.

    >>> _word("pageUrl")
    'page_url'
    """
    return re.sub(r"[\s.-]+", "_", _SPLIT.sub("_", path)).lower()
