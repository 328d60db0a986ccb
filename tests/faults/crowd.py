"""Real clients that send at the same time, and what has to be true of them at the end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.senders import Sender, senders
from tests.faults.server_process import Process

PAUSE = 0.02


class Crowd:
    """All clients, each sending from a thread of its own until it is told to stop."""

    def __init__(self, clients: list[Sender]) -> None:
        self.clients = clients
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(each,)) for each in clients]
        for thread in self._threads:
            thread.start()

    def _work(self, client: Sender) -> None:
        while not self._stop.wait(PAUSE):
            client.send()

    def give_no_more(self) -> None:
        self._stop.set()

    def stop(self) -> None:
        """Give no more events, and let every client get rid of those it has."""
        self.give_no_more()
        for thread in self._threads:
            thread.join()
        closing = [threading.Thread(target=each.close) for each in self.clients]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()


@contextmanager
def crowd(url: str, key: str, spool: Path) -> Iterator[Crowd]:
    with senders(url, key, spool) as clients:
        found = Crowd(clients)
        try:
            yield found
        finally:
            found.give_no_more()


def check(server: Process, clients: list[Sender]) -> None:
    """What clients hold as delivered is in the lake, nothing twice, and the ledger adds up."""
    names = Counter(row["name"] for row in server.rows())
    assert {name: n for name, n in names.items() if n > 1} == {}
    for client in clients:
        assert client.held - names.keys() == set(), client.title
        if client.keeps_on:
            assert client.held == set(client.sent), client.title
        assert client.held, client.title
    made = {name for client in clients for name in client.sent}
    assert names.keys() <= made
    assert sum(each.stored for each in server.entries()) == len(names)
    assert sum(each.rejected for each in server.entries()) == 0
    server.check()
