"""Cursors as texts: what they keep, and what is none."""

from __future__ import annotations

import base64
import json

import pytest

from footfall.errors import InvalidQuery
from footfall.query.listings.cursor import Cursor


def test_a_cursor_keeps_any_key():
    cursor = Cursor("timestamp", 1_767_225_600_000_001, 'a"\\é\n')
    text = cursor.to_text()
    assert Cursor.from_text(text, "timestamp") == cursor
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_cursor_belongs_to_its_order():
    text = Cursor("-start", 0, "anna").to_text()
    with pytest.raises(InvalidQuery, match="ordered by '-start', not 'start'") as caught:
        Cursor.from_text(text, "start")
    assert caught.value.parameter == "cursor"


@pytest.mark.parametrize(
    "form",
    [
        b"no json",
        b"[]",
        b'["start", "0", "a"]',
        json.dumps(["start", 10**30, "a"]).encode(),
        # before the first time that an event can have
        json.dumps(["start", -(10**18), "a"]).encode(),
    ],
)
def test_what_no_page_gave_is_refused(form: bytes):
    with pytest.raises(InvalidQuery, match="not one that a page gave"):
        Cursor.from_text(base64.urlsafe_b64encode(form).decode(), "start")
