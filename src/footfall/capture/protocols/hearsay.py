"""What is taken of an event that came with an id which all can read, and what is not.

Whoever knows no more than such an id is taken for the visitor: they say what they did, and
not who else they are. One rule for requests as they come and for rejects that are read again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from footfall.capture.protocols.adapter import Sent
from footfall.model.identity import EXPLICIT

NOT_ALLOWED: Final = "not_allowed"
"""Code of the reject of an event that asks for more than its sender may."""

_OTHER: Final = "anonymous_id"
_KNOWN: Final = ("distinct_id", "user_id")


def excess(sent: Sent) -> str:
    """What of an event is taken with a write key only; "" for nothing.

    >>> excess(Sent({"name": "alias", "distinct_id": "anna", "anonymous_id": "ben"}, "shop"))
    "Joining two ids ('alias')"
    """
    name = sent.event.get("name")
    is_explicit = isinstance(name, str) and name in EXPLICIT
    if is_explicit and _is_known(sent.event) and sent.event.get(_OTHER):
        return f"Joining two ids ({name!r})"
    return sent.secret_for


def without_hearsay(sent: Sent) -> Sent:
    """The event without what only its sender says: of the browser, the address, other ids.

    The other id of a known actor becomes a property, so that it joins nobody. Otherwise those
    who can read a page could take over whom they like, now, or by a date long ago.

    >>> found = without_hearsay(Sent({"distinct_id": "anna", "anonymous_id": "v1"}, "shop"))
    >>> found.event
    {'distinct_id': 'anna', 'properties': {'anonymous_id': 'v1'}}
    """
    event = dict(sent.event)
    # An empty one says that a program sent it, which is no claim.
    if event.get("user_agent"):
        del event["user_agent"]
    if _OTHER in event and _is_known(event):
        _set_apart(event)
    return replace(sent, event=event, address="")


def _is_known(event: dict[str, Any]) -> bool:
    return any(event.get(name) is not None for name in _KNOWN)


def _set_apart(event: dict[str, Any]) -> None:
    """Move the other id from its column to the properties, beside what is there."""
    other = event.pop(_OTHER)
    properties = event.get("properties") or {}
    # What is no object is refused as it is.
    if other in (None, "") or not isinstance(properties, dict):
        return
    name = _OTHER
    while properties.get(name, other) != other:
        name = "_" + name
    event["properties"] = {**properties, name: other}
