"""A server that other people's clients send to, and a source of its own for each test."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
import structlog
from tests.capture.conftest import events as rows_of
from tests.server.conftest import Running, run
from tests.waiting import wait_until

from footfall.errors import Overloaded
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

_numbers = count(1)


class Inbox:
    """A source, the keys that lead to it, and what came of what was sent to it."""

    def __init__(self, server: Running) -> None:
        number = next(_numbers)
        self.server = server
        self.source = f"inbox{number}"
        self.id = f"{number}.inbox.example"
        server.app.state.lake.add_source(Source(self.source, tracker_ids=(self.id,)))
        self.key: str = server.app.state.workspace.keys.create(self.source, "test").secret

    @property
    def port(self) -> int:
        return self.server.port

    @property
    def url(self) -> str:
        return self.server.url

    def events(self, n_events: int) -> list[dict[str, Any]]:
        """The events in the lake, once so many are there; more are a failure."""
        lake = self.server.app.state.lake
        wait_until(lambda: lake.table(self.source).snapshot().n_rows >= n_events)
        found = self.stored()
        assert len(found) == n_events
        return found

    def stored(self) -> list[dict[str, Any]]:
        """The events that are in the lake now."""
        found = rows_of(self.server.app.state.lake, self.source)
        for event in found:
            event["properties"] = json.loads(event["properties"] or "{}")
        return found

    def counts(self, protocol: str) -> tuple[int, int, int]:
        """Stored, duplicates and rejected of this protocol, as the ledger has them."""
        entries = [each for each in self.server.app.state.ledger.entries(self.source)
                   if each.protocol == protocol]  # fmt: skip
        assert all(each.is_balanced for each in entries)
        return (
            sum(each.stored for each in entries),
            sum(each.duplicates for each in entries),
            sum(each.rejected for each in entries),
        )

    def expect(self, protocol: str, stored: int, duplicates: int = 0, rejected: int = 0) -> None:
        """Wait until the ledger has exactly these counts."""
        wanted = (stored, duplicates, rejected)
        wait_until(lambda: sum(self.counts(protocol)) >= sum(wanted))
        assert self.counts(protocol) == wanted


@pytest.fixture(scope="session")
def tracker_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    lake = LakeFolder.create(tmp_path_factory.mktemp("trackers") / "lake")
    hasty = replace(lake.settings.intake, move_every="50ms")
    lake.settings = replace(lake.settings, intake=hasty)
    with run(lake) as running:
        yield running


@pytest.fixture
def inbox(tracker_server: Running) -> Inbox:
    return Inbox(tracker_server)


@contextmanager
def overload(inbox: Inbox, n_times: int, retry_after: int | None = None) -> Iterator[None]:
    """Have the intake refuse the next requests for lack of room, as it does under load."""
    load = inbox.server.app.state.trackers._intake.load
    left = [n_times]
    check_load = load.check

    def check(n_bytes: int) -> None:
        if left[0]:
            left[0] -= 1
            raise Overloaded("more arrives than can be kept: send again.", retry_after=retry_after)
        check_load(n_bytes)

    load.check = check
    try:
        yield
    finally:
        del load.check
    assert not left[0]


@pytest.fixture(autouse=True)
def silent_clients() -> Iterator[None]:
    """The clients tell of every refusal in their logs; the tests look at what they do."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True, scope="session")
def silent_server() -> Iterator[None]:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(),
                        cache_logger_on_first_use=False)  # fmt: skip
    yield
    structlog.reset_defaults()
