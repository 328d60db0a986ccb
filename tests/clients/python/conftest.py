"""Clients whose events stay in the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.clients.python.sink import Catcher

from footfall_client import Client


@pytest.fixture
def catcher() -> Catcher:
    return Catcher()


@pytest.fixture
def client(catcher: Catcher) -> Iterator[Client]:
    """A client that sends at once, into `catcher`."""
    with Client("http://test", "ffw_test", every="1ms", spool=False, transport=catcher) as client:
        yield client
