"""The demo goes on while it is looked at: events come in as from anybody's application."""

from __future__ import annotations

import json
import threading
import urllib.request
from typing import TYPE_CHECKING

from footfall.cli.common import say

if TYPE_CHECKING:
    from footfall.demo.lake import Demo
    from footfall.demo.trickle import Event


class Living:
    """Sends the demo's coming events to its server from a thread, with a write key of its own."""

    def __init__(self, made: Demo) -> None:
        self._made = made
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, url: str) -> None:
        """Begin to send to the server at that address."""
        self._thread = threading.Thread(target=self._run, args=(url,), name="demo", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sending, and wait until that is so."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, url: str) -> None:
        from footfall.demo.recipe import DEMO_SOURCE
        from footfall.demo.trickle import coming, trickle
        from footfall.model.time import utc_now
        from footfall.workspace.workspace import Workspace

        with Workspace(self._made.lake.root) as workspace:
            key = workspace.keys.create(DEMO_SOURCE.name, "the demo itself")
            try:
                trickle(
                    coming(self._made.recipe, utc_now()),
                    lambda event: _send(url, key.secret, event),
                    utc_now,
                    self._over.wait,
                )
            except OSError as error:
                # A server that stops ends this as well; only what is not meant is worth a word.
                if not self._over.is_set():
                    say(f"The demo has no new events from now on: {error}.")
            finally:
                workspace.keys.revoke(key.info.prefix)


def _send(url: str, key: str, event: Event) -> None:
    request = urllib.request.Request(  # noqa: S310 - our own server's address
        f"{url}/v1/events",
        json.dumps(event).encode(),
        {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        answer.read()
