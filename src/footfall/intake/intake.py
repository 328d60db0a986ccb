"""The intake of one process: from a body to an answer, and from the journal to the lake."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self, cast

import msgspec

from footfall.errors import FootfallError, InvalidEvents
from footfall.intake.accept import Accepted, Acceptor
from footfall.intake.commit import Group, GroupCommit
from footfall.intake.decode import is_packed, unpack
from footfall.intake.journal import JOURNALS, Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.load import Load
from footfall.intake.mover import Carriage, Mover
from footfall.intake.moving import Moving
from footfall.intake.payload import Context, RejectItem
from footfall.intake.refused import indexed, unreadable
from footfall.intake.repeats import Repeats
from footfall.intake.request import PendingRequest, Receipt
from footfall.intake.sources import RecentSources
from footfall.intake.standing import Moved
from footfall.model.source import Source
from footfall.model.time import to_epoch_us, utc_now
from footfall.settings import parse_size

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

_SWITCH_INTERVAL: Final = 0.001
_CHUNK: Final = 5_000
_QUICK: Final = 4 * 1024
"""Packed bytes that are unpacked in less time than it takes to ask another thread."""
_LARGE: Final = 2**20
"""Bytes of a body whose events are read beside the loop, not in it."""
_MAX_LARGE: Final = 2
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
        self.sources = RecentSources(lake)
        self.clock = clock
        self._acceptor = Acceptor(settings)
        self._max_body = parse_size(settings.max_body)
        carriage = carriage or _carrier(lake, ledger)
        self.mover = Mover(journal, carriage, moved=self.repeats.moved)
        self._moving = Moving(lake, carriage, self.mover, lambda: self.move(self._settled))
        self.load = Load(
            settings, queued=lambda: self._commit.waiting, backlog=lambda: self.backlog
        )
        self._commit = GroupCommit(
            journal,
            max_waiting=self.load.max_waiting,
            seen=self.repeats.stored,
            settle=self._settle,
        )
        self._settled = journal.end
        self._large = asyncio.Semaphore(_MAX_LARGE)

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

    def start(self) -> None:
        """Start writing and moving; what an earlier process left is moved as well."""
        # A thread that computes would otherwise keep the loop waiting for 5 ms each time.
        sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_INTERVAL))
        self.repeats.remember(self.journal, self.mover.position, self.journal.end)
        self._commit.start()
        self._moving.start()

    def stop(self) -> None:
        """Write what is waiting, move everything and let go of the journal."""
        self._commit.stop()
        self._moving.stop()
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
        is_vouched: bool = False,
    ) -> Receipt:
        """The receipt of a request, once its events are on disk.

        `slow` is how far the sender's clock is behind. Of a request in another protocol,
        `indices` are those of the events in it, by which rejects are told, and `refused` the
        parts that never became events: they are kept as rejects with the others. `clean`
        takes out of the unpacked body what is not to be kept, in events and rejects. With
        `is_vouched` a tracker's write key came along, which its rejects remember.

        Raises `InvalidEvents` for a body that cannot be read as a whole (kept as a reject,
        durably as well), `TooLarge`, `UnknownSource`, and `Overloaded` or `StorageFull`
        where it has to be sent again later.
        """
        self.load.check(len(body))
        found = self.sources.get(source)
        received_at = self.clock()
        try:
            text = clean(await self.unpack(body, encoding))
            accepted = await self._read(found, text, context, received_at, slow)
        except InvalidEvents as error:
            unread = Accepted(rejects=[*refused, unreadable(clean(body), error)])
            await self._keep(source, unread, context, protocol, received_at, is_vouched=is_vouched)
            raise
        if indices or refused:
            accepted.rejects = indexed(accepted.rejects, indices, refused)
        return await self._keep(
            source, accepted, context, protocol, received_at, is_vouched=is_vouched
        )

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
        found = self.sources.get(source)
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
        return self.mover.run_once(end)

    async def unpack(self, body: bytes, encoding: str) -> bytes:
        """The body without compression; raises `InvalidEvents` and `TooLarge`."""
        if len(body) <= _QUICK or not is_packed(body, encoding):
            return unpack(body, encoding, self._max_body)
        # What takes long to unpack must not keep all others waiting.
        with self.load.held(len(body)):
            return await asyncio.to_thread(unpack, body, encoding, self._max_body)

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
        with self.load.held(len(text)):
            async with self._large:
                return await asyncio.to_thread(accept, source, text, context, received_at, slow)

    async def _keep(
        self,
        source: str,
        accepted: Accepted,
        context: Context,
        protocol: str,
        received_at: datetime,
        *,
        is_vouched: bool,
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
            is_vouched=is_vouched,
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

    def _settle(self, group: Group, end: int) -> None:
        for source, ids in group.ids.items():
            self.repeats.pending.add(source, ids, end)
        self._settled = max(self._settled, end)
        self._moving.rouse()


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
