"""The intake of one process: from a body to an answer, and from the journal to the lake."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self, cast

import msgspec

from footfall.errors import FootfallError, InvalidEvents, Overloaded
from footfall.intake.accept import Accepted, Acceptor
from footfall.intake.chores import Chores
from footfall.intake.commit import Group, GroupCommit
from footfall.intake.decode import is_packed, unpack
from footfall.intake.journal import JOURNALS, Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.mover import Carriage, Mover
from footfall.intake.payload import Context, RejectItem
from footfall.intake.refused import indexed, unreadable
from footfall.intake.repeats import Repeats
from footfall.intake.request import PendingRequest, Receipt
from footfall.intake.standing import Moved
from footfall.model.source import Source
from footfall.model.time import parse_duration, to_epoch_us, utc_now
from footfall.settings import parse_size

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

_SOURCE_LIFETIME: Final = 1.0
_LONGEST_PAUSE: Final = 30.0
_SWITCH_INTERVAL: Final = 0.001
_CHUNK: Final = 5_000
_QUICK: Final = 4 * 1024
"""Packed bytes that are unpacked in less time than it takes to ask another thread."""
_LARGE: Final = 2**20
"""Bytes of a body whose events are read beside the loop, not in it."""
_MOST_LARGE: Final = 2
_NO_CONTEXT: Final = Context()
_NO_TIME: Final = timedelta(0)
_log = logging.getLogger(__name__)


class Intake:
    """Takes events in, keeps them durably, and moves them into the lake.

    `start` and `stop` belong to a server, which calls `accept` in its event loop. A library
    calls `append` alone, from any thread, and `close`.
    """

    def __init__(
        self,
        lake: LakeFolder,
        journal: Journal,
        ledger: Ledger,
        clock: Callable[[], datetime] = utc_now,
        carriage: Carriage | None = None,
    ) -> None:
        settings = lake.settings.intake
        self.lake = lake
        self.journal = journal
        self.ledger = ledger
        self.repeats = Repeats(lake, clock)
        self._carriage = carriage or _carrier(lake, ledger)
        self.mover = Mover(journal, self._carriage, moved=self.repeats.moved)
        self.clock = clock
        self._acceptor = Acceptor(settings)
        self._max_body = parse_size(settings.max_body)
        self._max_waiting = parse_size(settings.max_waiting)
        self._max_backlog = parse_size(settings.max_backlog)
        self._commit = GroupCommit(
            journal, max_waiting=self._max_waiting, seen=self.repeats.stored, settle=self._settle
        )
        self._sources: dict[str, tuple[float, Source]] = {}
        self._settled = journal.end
        self._reading = 0
        self._large = asyncio.Semaphore(_MOST_LARGE)
        self._is_stopping = self._is_resting = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def open(
        cls,
        lake: LakeFolder,
        clock: Callable[[], datetime] = utc_now,
        carriage: Carriage | None = None,
    ) -> Self:
        """The intake of this process, with a journal of its own in the lake's folder.

        `carriage` moves events into the lake; None stands for this process.
        """
        segment = parse_size(lake.settings.intake.segment)
        journal = Journal.open(lake.root / JOURNALS, segment_bytes=segment)
        return cls(lake, journal, Ledger(lake.root / FILE_NAME, clock), clock, carriage)

    @property
    def max_body(self) -> int:
        """Bytes that a body may have, packed or not."""
        return self._max_body

    @property
    def backlog(self) -> int:
        """Bytes in the journal that are not in the lake yet."""
        return self.journal.end - self.mover.done

    @property
    def waiting(self) -> int:
        """Bytes held in memory: bodies being read, and records that wait for the disk."""
        return self._reading + self._commit.waiting

    def start(self) -> None:
        """Start writing and moving; what an earlier process left is moved as well."""
        # A thread that computes would otherwise keep the loop waiting for 5 ms each time.
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL))
        self.repeats.remember(self.journal, self.mover.position, self.journal.end)
        self._commit.start()
        self._is_stopping = False
        self._wake.clear()
        self._thread = threading.Thread(target=self._run, name="footfall-mover", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, move everything and let go of the journal."""
        self._commit.stop()
        self._is_stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self.close()

    def close(self) -> None:
        """Move everything and let go of the journal; for whoever did not `start`."""
        try:
            self.move()
            self.mover.clear()
        except (FootfallError, OSError):
            _log.exception("what is left in journal %s is moved at the next start", self.journal.id)
        finally:
            self.journal.close()
            self.ledger.close()

    async def accept(
        self,
        source: str,
        body: bytes,
        *,
        encoding: str = "",
        context: Context = _NO_CONTEXT,
        protocol: str = "http",
        slow: timedelta = _NO_TIME,
        indices: Sequence[int] = (),
        refused: Iterable[RejectItem] = (),
        clean: Callable[[bytes], bytes] = bytes,
    ) -> Receipt:
        """The receipt of a request, once its events are on disk.

        `slow` is how far the sender's clock is behind. Of a request in another protocol,
        `indices` are those of the events in it, by which rejects are told, and `refused` the
        parts that never became events: they are kept as rejects with the others. `clean`
        takes out of the unpacked body what is not to be kept, in events and rejects.

        Raises `InvalidEvents` for a body that cannot be read as a whole (kept as a reject,
        durably as well), `TooLarge`, `UnknownSource`, and `Overloaded` or `StorageFull`
        where it has to be sent again later.
        """
        self.check_load(len(body))
        found = self.source(source)
        received_at = self.clock()
        try:
            text = clean(await self.unpack(body, encoding))
            accepted = await self._read(found, text, context, received_at, slow)
        except InvalidEvents as error:
            unread = Accepted([], None, [*refused, unreadable(clean(body), error)])
            await self._keep(source, unread, context, protocol, received_at)
            raise
        if indices or refused:
            accepted.rejects = indexed(accepted.rejects, indices, refused)
        return await self._keep(source, accepted, context, protocol, received_at)

    def append(
        self,
        source: str,
        events: Iterable[Mapping[str, Any]],
        *,
        context: Context = _NO_CONTEXT,
        protocol: str = "library",
    ) -> Receipt:
        """The receipt of events given as mappings, once they are in the lake.

        Rejects carry the event's index in `events`. Raises `UnknownSource`, and
        `StorageFull` or `JournalError` when the disk fails; what came before is kept.
        """
        found = self.source(source)
        total = Receipt(0, 0)
        for chunk in _chunks(events, min(_CHUNK, self.lake.settings.intake.max_events)):
            part = self._append(found, chunk, context, protocol, total)
            total = Receipt(
                total.stored + part.stored,
                total.duplicates + part.duplicates,
                total.rejected + part.rejected,
            )
        self.move()
        return total

    def move(self, end: int | None = None) -> Moved:
        """Move all that is in the journal into the lake, or up to `end`."""
        self.repeats.pending.cut()
        return self.mover.run_once(end)

    def check_load(self, n_bytes: int) -> None:
        """Raise `Overloaded` unless so many more bytes can be taken in now."""
        waiting = self.waiting
        if waiting and waiting + n_bytes > self._max_waiting:
            raise Overloaded(
                f"{waiting} bytes are being taken in already: send again in a second.",
                retry_after=1,
            )
        if self.backlog > self._max_backlog:
            raise Overloaded(
                f"{self.backlog} bytes wait to be moved into the lake, more than max_backlog "
                "allows: send again in half a minute.",
                retry_after=30,
            )

    def hold(self, n_bytes: int) -> None:
        """Count bytes of a body that is being read; negative to let go of them."""
        self._reading += n_bytes

    async def unpack(self, body: bytes, encoding: str) -> bytes:
        """The body without compression; raises `InvalidEvents` and `TooLarge`."""
        if len(body) <= _QUICK or not is_packed(body, encoding):
            return unpack(body, encoding, self._max_body)
        # What takes long to unpack must not keep all others waiting.
        self.hold(len(body))
        try:
            return await asyncio.to_thread(unpack, body, encoding, self._max_body)
        finally:
            self.hold(-len(body))

    async def _read(
        self,
        source: Source,
        text: bytes,
        context: Context,
        received_at: datetime,
        slow: timedelta,
    ) -> Accepted:
        accept = self._acceptor.accept
        if len(text) <= _LARGE:
            return accept(source, text, context, received_at, slow)
        # It takes seconds at worst: others are answered meanwhile.
        self.hold(len(text))
        try:
            async with self._large:
                return await asyncio.to_thread(accept, source, text, context, received_at, slow)
        finally:
            self.hold(-len(text))

    async def _keep(
        self,
        source: str,
        accepted: Accepted,
        context: Context,
        protocol: str,
        received_at: datetime,
    ) -> Receipt:
        # An event that another request has on its way counts as there only once it is on
        # disk: if that write fails, this one has to keep it.
        n_dropped = 0
        if not accepted.is_new:
            while group := self._commit.in_flight(source, accepted.ids):
                await group.settled()
            n_dropped = self._drop(accepted, self.repeats.pending.among(source, accepted.ids))
        oldest = accepted.oldest
        request = PendingRequest(
            source,
            to_epoch_us(received_at),
            protocol,
            context,
            accepted,
            n_dropped,
            is_checked=oldest is not None and oldest >= self.repeats.pending.known_since,
        )
        await self._commit.submit(request)
        return request.receipt()

    @staticmethod
    def _drop(accepted: Accepted, known: set[str]) -> int:
        if not known and len(set(accepted.ids)) == len(accepted.ids):
            return 0
        return accepted.drop(known)

    def _append(
        self,
        source: Source,
        chunk: list[Mapping[str, Any]],
        context: Context,
        protocol: str,
        before: Receipt,
    ) -> Receipt:
        received_at = self.clock()
        body = msgspec.json.encode(chunk, enc_hook=_plain)
        accepted = self._acceptor.accept(source, body, context, received_at)
        for item in accepted.rejects:
            item.index += before.stored + before.duplicates + len(before.rejected)
        known = self.repeats.pending.among(source.name, accepted.ids)
        known |= self.repeats.stored(source.name, accepted.ids)
        n_dropped = accepted.drop(known)
        request = PendingRequest(
            source.name, to_epoch_us(received_at), protocol, context, accepted, n_dropped
        )
        end = self.journal.commit([request.payload])
        self.repeats.pending.add(source.name, request.ids, end)
        return request.receipt()

    def source(self, name: str) -> Source:
        """Definition of a source, looked up once a second at most."""
        now = time.monotonic()
        known = self._sources.get(name)
        if known is None or now - known[0] > _SOURCE_LIFETIME:
            known = self._sources[name] = (now, self.lake.source(name))
        return known[1]

    def _settle(self, group: Group, end: int) -> None:
        # `append` of another thread may have had the mover take these along already.
        if end > self.mover.position:
            for source, ids in group.ids.items():
                self.repeats.pending.add(source, ids, end)
        self._settled = max(self._settled, end)
        if self._is_resting:
            self._is_resting = False
            self._wake.set()

    def _run(self) -> None:
        every = parse_duration(self.lake.settings.intake.move_every).total_seconds()
        pause = every
        chores = Chores(self.lake, self._carriage, self.mover)
        while not self._pause(pause):
            try:
                moved = self.move(self._settled)
                chores.run(is_idle=not moved.n_bytes)
                self._carriage.rest()
                # What comes after a while without events is moved at once.
                self._is_resting = not moved.n_bytes and not self.mover.stuck
                is_failing = bool(self.mover.stuck)
            except Exception:
                _log.exception("moving the journal failed; it is tried again")
                is_failing = True
            pause = min(pause * 2, _LONGEST_PAUSE) if is_failing else every

    def _pause(self, seconds: float) -> bool:
        """Wait until there is something to do; whether that is to stop."""
        self._wake.wait(seconds)
        self._wake.clear()
        return self._is_stopping


def _carrier(lake: LakeFolder, ledger: Ledger) -> Carriage:
    from footfall.intake.carrier import Carrier

    return Carrier(lake, ledger)


def _plain(value: Any) -> Any:
    """A mapping as a dict, a number of NumPy's kind as Python's own, anything else as text."""
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, Any]", value))
    return value.item() if hasattr(value, "item") else str(value)


def _chunks(events: Iterable[Mapping[str, Any]], size: int) -> Iterable[list[Mapping[str, Any]]]:
    chunk: list[Mapping[str, Any]] = []
    for event in events:
        chunk.append(event)
        if len(chunk) >= size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
