"""UserALE.js: browser logs as a JSON array, `POST /userale`.

The records become the events that the `userale` mapping makes of a file of them.

- A write key may be in the `Authorization` header (the script's `data-auth`) or the
  address; without one the tool's name (`data-tool`) names the source.
- `userId` becomes `distinct_id`; there is no second id, and no clock but `clientTime`.
- Records have no identity: it is made of their content, so that a batch which a script
  sends twice counts once.

Success is exactly 200 to the script; it does not send again. It tries a WebSocket on the
same address first, and goes on with POST where that is refused.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from footfall.capture.presets import preset
from footfall.capture.protocols.adapter import (
    Adapter,
    Call,
    Outcome,
    Reading,
    Refused,
    Reply,
    Sent,
    json_reply,
    posts,
    routes,
    text_reply,
    without_nothing,
)
from footfall.capture.protocols.content import no_object, one_or_many, raw_of, read_json, text_of
from footfall.capture.protocols.properties import stable_id
from footfall.errors import InvalidEvents
from footfall.model.source import Source

if TYPE_CHECKING:
    from footfall.capture.rows import RowMapper

_PATH: Final = "/userale"


def read(call: Call) -> Reading:
    """Every record; the WebSocket's request has none."""
    if call.method == "GET":
        return Reading()
    key = _key(call)
    try:
        value = read_json(call.body)
    except InvalidEvents as error:
        if not key:
            raise
        return Reading((), [Refused(0, error.code, error.message, call.body, key)])
    records = one_or_many(value)
    refused = [
        no_object(index, record, key, "record")
        for index, record in enumerate(records)
        if not isinstance(record, dict)
    ]
    good = {index: record for index, record in enumerate(records) if isinstance(record, dict)}
    sent, faults = _events(good, key)
    return Reading(sent, refused + faults)


def _key(call: Call) -> str:
    bare = call.header("authorization")
    return call.query.get("key") or call.bearer or call.basic_user or bare


def _events(records: dict[int, dict[str, Any]], key: str) -> tuple[list[Sent], list[Refused]]:
    import numpy as np

    if not records:
        return [], []
    ids = _identities(list(records.values()))
    keys = {index: key or text_of(record.get("toolName")) for index, record in records.items()}
    texts = {index: raw_of(record) for index, record in records.items()}
    try:
        # The mapper uses the records up.
        parsed = _mapper().table(list(records.values()), np.array(list(records), np.int64))
        rows = parsed.table.to_pylist()
    except (ValueError, OverflowError, RecursionError) as error:
        raise InvalidEvents(f"The records cannot be read: {error}.") from error
    names = dict(zip(records, ids, strict=True))
    sent = [
        Sent(_canonical(row, names[index]), keys[index], index)
        for index, row in zip(parsed.rows.tolist(), rows, strict=True)
    ]
    refused = [
        Refused(index, "invalid_event", f"{reason}.", texts[index], keys[index])
        for index, reason, _ in parsed.faults
    ]
    return sent, refused


def _identities(records: list[dict[str, Any]]) -> list[str]:
    """One for each record: of its content, and of how many like it came before."""
    counts: dict[str, int] = {}
    found: list[str] = []
    for record in records:
        name = stable_id(record)
        nth = counts[name] = counts.get(name, -1) + 1
        found.append(f"{name}-{nth}" if nth else name)
    return found


def _canonical(row: dict[str, Any], event_id: str) -> dict[str, Any]:
    row["event_id"] = event_id
    row["timestamp"] = row["timestamp"].isoformat()
    properties = row.get("properties")
    row["properties"] = msgspec.json.decode(properties) if properties else None
    return without_nothing(row)


@cache
def _mapper() -> RowMapper:
    from footfall.capture.rows import RowMapper

    # Nothing in the mapping is hashed, so there is no secret; times are counts of UTC.
    return RowMapper(Source("userale", mapping=preset("userale").mapping), b"", is_text=False)


def reply(call: Call, outcome: Outcome) -> Reply:
    """200, or the error; a WebSocket is refused, which the script takes for none."""
    if outcome.error is not None:
        return json_reply({"error": outcome.error.to_dict()}, outcome.error.status)
    if call.method == "GET":
        return text_reply("Send logs with POST.", 405)
    return json_reply({"stored": outcome.stored, "duplicates": outcome.duplicates})


ADAPTERS: Final = (
    Adapter(
        "userale",
        (*posts(_PATH), *routes("GET", _PATH)),
        read,
        reply,
        key_parameters=("key",),
    ),
)
