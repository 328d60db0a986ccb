"""Keys that nobody knows: told, but not by everyone as often as they like."""

from __future__ import annotations

import logging

import pytest

from footfall.capture.protocols.registry import adapters
from footfall.server.key_origins import KeyOrigins, no_source

ADAPTER = next(each for each in adapters() if each.name == "segment")


def test_keys_that_nobody_knows_are_told_once_and_not_without_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [0.0]
    origins = KeyOrigins(lambda _: None, lambda _: None, lambda: now[0])
    with caplog.at_level(logging.WARNING):
        for n in range(1000):
            origins.warn(ADAPTER, [f"k{n}", f"k{n}"])
        assert len(caplog.messages) == 16
        now[0] = 60.0
        origins.warn(ADAPTER, ["another"])
        origins.warn(ADAPTER, ["another"])
    assert caplog.messages[16:] == [
        "events came for 984 more keys that no source has",
        "segment events came for 'another', which no source has",
    ]


def test_a_sender_is_told_a_few_of_its_keys() -> None:
    assert "for 'a', 'b': use" in no_source(["b", "a", "", "a"])
    assert "'k4' and 5 more: use" in no_source(f"k{n}" for n in range(10))
    assert "for no key: use" in no_source([""])
