"""What is left of an event whose sender knows no more than an id that all can read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.protocols.adapter import Sent
from footfall.capture.protocols.hearsay import excess, without_hearsay
from footfall.model.identity import EXPLICIT

IDS = st.none() | st.sampled_from(["", "anna", "ben", 7])
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["look", "alias", "merge"]),
        "distinct_id": IDS,
        "user_id": IDS,
        "anonymous_id": IDS,
        "user_agent": st.sampled_from(["", "Mozilla/5.0"]),
        "properties": st.none()
        | st.dictionaries(st.sampled_from(["anonymous_id", "_anonymous_id", "x"]), IDS),
    },
)


def left(event: dict[str, Any]) -> dict[str, Any]:
    return without_hearsay(Sent(event, "shop", address="192.0.2.1")).event


@given(EVENTS)
def test_no_event_is_left_that_joins(event: dict[str, Any]) -> None:
    before = dict(event)
    found = left(event)
    known = [name for name in ("distinct_id", "user_id") if found.get(name) is not None]
    assert not (known and "anonymous_id" in found)
    assert not found.get("user_agent")
    assert event == before
    # Properties that were there stay as they were.
    for name, value in (event.get("properties") or {}).items():
        assert found["properties"][name] == value


def test_the_other_id_is_kept_as_a_property() -> None:
    event = {"name": "x", "user_id": "anna", "anonymous_id": "v1"}
    assert left(event) == {"name": "x", "user_id": "anna", "properties": {"anonymous_id": "v1"}}


def test_a_property_of_that_name_keeps_it() -> None:
    event = {"distinct_id": "anna", "anonymous_id": "v1", "properties": {"anonymous_id": "own"}}
    assert left(event)["properties"] == {"anonymous_id": "own", "_anonymous_id": "v1"}
    event["properties"] = {"anonymous_id": "v1"}
    assert left(event)["properties"] == {"anonymous_id": "v1"}


def test_an_id_beside_no_other_stays_where_it_is() -> None:
    assert left({"name": "x", "anonymous_id": "v1"}) == {"name": "x", "anonymous_id": "v1"}


def test_neither_address_nor_browser_is_believed() -> None:
    sent = Sent({"name": "x", "user_agent": "Mozilla/5.0"}, "shop", 3, address="192.0.2.1")
    assert without_hearsay(sent) == Sent({"name": "x"}, "shop", 3)
    # No browser at all is no claim.
    assert left({"name": "x", "user_agent": ""}) == {"name": "x", "user_agent": ""}


@pytest.mark.parametrize("name", sorted(EXPLICIT))
def test_joining_two_ids_asks_for_a_write_key(name: str) -> None:
    pair = {"name": name, "distinct_id": "anna", "anonymous_id": "ben"}
    assert excess(Sent(pair, "shop")) == f"Joining two ids ({name!r})"
    assert excess(Sent({**pair, "name": "look"}, "shop")) == ""
    # An event of one's own that happens to have that name joins nobody.
    assert excess(Sent({"name": name, "distinct_id": "anna"}, "shop")) == ""
    assert excess(Sent({"name": [name]}, "shop", secret_for="A time")) == "A time"
