"""Group commit: many requests share one write and one wait for the disk."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final, Protocol

from footfall.errors import FootfallError, JournalError, Overloaded
from footfall.intake.journal import Journal

_log = logging.getLogger(__name__)

MAX_GROUP: Final = 8 * 2**20
"""Bytes after which a group takes no more: the next one gathers beside it."""


class Submission(Protocol):
    """A request on its way to the journal."""

    source: str
    payload: bytes
    is_checked: bool

    @property
    def ids(self) -> list[str]:
        """Identities of its events."""
        ...

    def drop(self, known: set[str]) -> None:
        """Leave out these events, and change the payload accordingly."""
        ...


class Group:
    """Requests whose records go to disk together."""

    __slots__ = ("_settled", "futures", "ids", "loop", "n_bytes", "requests")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.requests: list[Submission] = []
        self.futures: list[asyncio.Future[int]] = []
        self.ids: dict[str, set[str]] = {}
        self.n_bytes = 0
        self._settled: asyncio.Future[None] | None = None

    def add(self, request: Submission) -> asyncio.Future[int]:
        """Take a request in; the future of its answer."""
        future: asyncio.Future[int] = self.loop.create_future()
        self.requests.append(request)
        self.futures.append(future)
        self.n_bytes += len(request.payload)
        ids = request.ids
        known = self.ids.get(request.source)
        if known is None:
            self.ids[request.source] = set(ids)
        elif ids:
            known.update(ids)
        return future

    async def settled(self) -> None:
        """Return when the group is on disk or has failed."""
        if self._settled is None:
            self._settled = self.loop.create_future()
        await asyncio.shield(self._settled)

    def resolve(self, end: int, error: FootfallError | None) -> None:
        """Answer every request of the group; runs in the loop."""
        for future in self.futures:
            if future.done():  # whoever asked has gone away
                continue
            if error is None:
                future.set_result(end)
            else:
                future.set_exception(error)
        if self._settled is not None and not self._settled.done():
            self._settled.set_result(None)


class GroupCommit:
    """Gathers records while the disk is busy with the group before.

    One thread writes. Before it does, it asks `seen` which events of a source came earlier,
    for all requests of the group that are not checked yet, and has them left out. `settle`
    is called in the loop once a group is on disk, with the end offset, before any of its
    requests is answered. `submit` and `in_flight` belong to the loop's thread.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        max_waiting: int,
        seen: Callable[[str, list[str]], set[str]] = lambda _source, _ids: set(),
        settle: Callable[[Group, int], None] = lambda _group, _end: None,
    ) -> None:
        self._journal = journal
        self._max_waiting = max_waiting
        self._seen = seen
        self._settle = settle
        self._guard = threading.Lock()
        self._queue: queue.SimpleQueue[Group | None] = queue.SimpleQueue()
        self._gathering: Group | None = None
        self._unsettled: list[Group] = []
        self._waiting = 0
        self._thread: threading.Thread | None = None
        self._is_stopping = False

    @property
    def waiting(self) -> int:
        """Bytes that are not on disk yet."""
        return self._waiting

    def start(self) -> None:
        """Start the writing thread."""
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="footfall-journal", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting and end the thread; later submissions are refused."""
        with self._guard:
            self._is_stopping = True
            self._queue.put(None)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def submit(self, request: Submission) -> asyncio.Future[int]:
        """A future of the end offset, done once the record is on disk.

        It fails with `StorageFull` or `JournalError` when the write does. Raises
        `Overloaded` at once when too much is waiting already.
        """
        size = len(request.payload)
        if self._waiting and self._waiting + size > self._max_waiting:
            raise Overloaded(
                f"{self._waiting} bytes wait for the disk already: send again in a second.",
                retry_after=1,
            )
        loop = asyncio.get_running_loop()
        with self._guard:
            # Asked here, for behind the end of the queue nobody would answer.
            if self._is_stopping:
                raise Overloaded("The server is stopping: send again in a moment.", retry_after=5)
            self._waiting += size
            group = self._gathering
            if group is None or group.loop is not loop or group.n_bytes > MAX_GROUP:
                group = self._gathering = Group(loop)
                self._unsettled.append(group)
                self._queue.put(group)
            return group.add(request)

    def in_flight(self, source: str, ids: Collection[str]) -> Group | None:
        """A group not on disk yet that holds one of these events."""
        for group in self._unsettled:
            known = group.ids.get(source)
            if known is not None and not known.isdisjoint(ids):
                return group
        return None

    def _run(self) -> None:
        while (group := self._queue.get()) is not None:
            with self._guard:
                # Whoever comes now gathers in the next group, while this one is written.
                if self._gathering is group:
                    self._gathering = None
            end, error = self._write(group)
            # The loop is closed when a server was torn down without stopping the intake.
            with suppress(RuntimeError):
                group.loop.call_soon_threadsafe(self._finish, group, group.n_bytes, end, error)

    def _write(self, group: Group) -> tuple[int, FootfallError | None]:
        try:
            self._sift(group)
            return self._journal.commit([request.payload for request in group.requests]), None
        except FootfallError as error:
            _log.error("%d requests could not be kept: %s", len(group.requests), error)
            return -1, error
        except Exception as error:
            _log.exception("%d requests could not be kept", len(group.requests))
            return -1, JournalError(f"The journal cannot be written: {error!r}.")

    def _sift(self, group: Group) -> None:
        """Leave out what was seen earlier; one look serves the whole group."""
        unchecked = [request for request in group.requests if not request.is_checked]
        for source in {request.source for request in unchecked}:
            mine = [request for request in unchecked if request.source == source]
            known = self._seen(source, [each for request in mine for each in request.ids])
            if not known:
                continue
            for request in mine:
                request.drop(known)
            # What the lake has will not come there again, and so is not on its way.
            group.ids[source] = group.ids[source] - known

    def _finish(self, group: Group, n_bytes: int, end: int, error: FootfallError | None) -> None:
        self._unsettled.remove(group)
        self._waiting -= n_bytes
        if error is None:
            self._settle(group, end)
        group.resolve(end, error)
