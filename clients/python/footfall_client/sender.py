"""From the bucket to the server: batches, retries, and the spool when the server is away."""

from __future__ import annotations

from footfall_client.reports import events
from footfall_client.transport import Outcome

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from footfall_client.bucket import Bucket
    from footfall_client.reports import Reports
    from footfall_client.spool import Spool
    from footfall_client.transport import Transport

BATCH_BYTES = 1024 * 1024

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_LOOK_EVERY = 30.0
_AT_ONCE = 20
_BETWEEN = b",\n"
_COMPRESSION = 3


class Batch:
    """Events as they go over the wire: a JSON array, packed."""

    __slots__ = ("body", "n_events")

    def __init__(self, body: bytes, n_events: int) -> None:
        self.body = body
        self.n_events = n_events


class Tally:
    """What became of the events so far."""

    __slots__ = ("duplicates", "lost", "refused", "rejected", "requests", "retries", "spooled",
                 "stored")  # fmt: skip

    def __init__(self) -> None:
        self.stored = self.duplicates = self.rejected = self.refused = 0
        self.spooled = self.lost = self.requests = self.retries = 0


class Sender:
    """Sends what is in the bucket; every method but `rescue` runs in one thread.

    After a failure batches go into the spool (or stay in memory, where there is none), and
    the oldest is tried again after a pause that doubles, with chance in it, so that many
    clients do not come back at the same moment.
    """

    def __init__(
        self,
        bucket: Bucket,
        transport: Transport,
        spool: Spool | None,
        reports: Reports,
        *,
        batch: int,
        clock: Callable[[], float],
        chance: Callable[[], float],
    ) -> None:
        self.tally = Tally()
        self._bucket = bucket
        self._transport = transport
        self._spool = spool
        self._reports = reports
        self._batch = batch
        self._clock = clock
        self._chance = chance
        self._held: list[Batch] = []
        self._in_flight: Batch | None = None
        self._n_failures = 0
        self._not_before = self._told_until = 0.0
        self._looked_at = float("-inf")
        self._n_dropped = 0

    @property
    def is_away(self) -> bool:
        """Whether the last attempt failed in a way that time may mend."""
        return self._n_failures > 0

    @property
    def is_clear(self) -> bool:
        """Whether nothing waits anywhere: neither in memory nor in the spool."""
        if self.is_away or self._held or len(self._bucket):
            return False
        return self._spool is None or not self._spool.has_any()

    @property
    def n_waiting(self) -> int:
        """Events in memory that have not arrived yet."""
        flying = self._in_flight
        held = sum(batch.n_events for batch in self._held)
        return len(self._bucket) + held + (flying.n_events if flying else 0)

    def step(self, *, is_urgent: bool = False) -> float:
        """Do what is due, and say in how many seconds to come again.

        An urgent step looks into the spool, and does not wait for a pause to end unless the
        server itself asked for it.
        """
        has_more = False
        if not self.is_away or self._clock() >= (
            self._told_until if is_urgent else self._not_before
        ):
            has_more = self._resend(is_urgent=is_urgent)
            self._send_new()
        if self.is_away:
            self.put_aside()
        self._tell_dropped()
        if has_more and not self.is_away:
            return 0.0
        return self._pause()

    def put_aside(self) -> None:
        """Bring what is in memory to the disk, as far as there is room."""
        if self._spool is None:
            return
        waiting, self._held = self._held, []
        for batch in waiting:
            self._keep(batch)
        while not self._held and (batch := self._take()):
            self._keep(batch)

    def rescue(self) -> None:
        """Keep what another thread, which is stuck in the network, cannot bring away any more.

        What it was sending may have arrived: the server will know it again.
        """
        flying, self._in_flight = self._in_flight, None
        if flying is not None:
            self._keep(flying)
        self.put_aside()

    def give_up(self) -> None:
        """Count what is still in memory as lost: the process ends."""
        n_lost = self.n_waiting
        if n_lost:
            self.tally.lost += n_lost
            message = f"{events(n_lost, 'was', 'were')} lost at the end of the process."
            self._reports.say("full", message, n_lost)

    def _resend(self, *, is_urgent: bool) -> bool:
        """Try what waits for another time; True if there may be more of it."""
        waiting, self._held = self._held, []
        for at, batch in enumerate(waiting):
            self._send(batch)
            if self.is_away:
                self._held += waiting[at + 1 :]
                return False
        return self._spool is not None and self._drain(self._spool, is_urgent=is_urgent)

    def _drain(self, spool: Spool, *, is_urgent: bool) -> bool:
        now = self._clock()
        if not (is_urgent or self.is_away or now - self._looked_at >= _LOOK_EVERY):
            return False
        for _ in range(_AT_ONCE):
            spooled = spool.take()
            if spooled is None:
                self._looked_at = now
                # Nothing is left to try the server with: the next new batch will.
                self._n_failures = 0
                return False
            left = self._deliver(Batch(spooled.body, spooled.n_events))
            if left and left[0].body is spooled.body:
                spool.put_back(spooled)
                return False
            for batch in left:
                self._keep(batch)
            spool.done(spooled)
            if self.is_away:
                return False
        return True

    def _send_new(self) -> None:
        while not self.is_away and not self._held:
            batch = self._take()
            if batch is None:
                self._reports.settle("full")
                return
            self._send(batch)

    def _send(self, batch: Batch) -> None:
        self._in_flight = batch
        for left in self._deliver(batch):
            self._keep(left)
        self._in_flight = None

    def _take(self) -> Batch | None:
        lines = self._bucket.take(self._batch, BATCH_BYTES)
        return Batch(pack(lines), len(lines)) if lines else None

    def _deliver(self, batch: Batch) -> list[Batch]:
        """Send a batch; returns what of it has to be sent again."""
        self.tally.requests += 1
        outcome = self._attempt(batch)
        if outcome.kind == "later":
            self._fail(outcome)
            return [batch]
        self._n_failures = 0
        self._reports.settle("away")
        if outcome.kind == "large" and batch.n_events > 1:
            return self._deliver_in_pieces(batch)
        if outcome.kind == "stored":
            self._count(outcome)
        else:
            self.tally.refused += batch.n_events
            message = f"{events(batch.n_events, 'is', 'are')} refused: {outcome.message}"
            self._reports.say("refused", message, batch.n_events)
        return []

    def _attempt(self, batch: Batch) -> Outcome:
        try:
            return self._transport.send(batch.body)
        except Exception as error:
            return Outcome("later", f"A defect of the transport: {error!r}.")

    def _deliver_in_pieces(self, batch: Batch) -> list[Batch]:
        lines = unpack(batch.body)
        middle = len(lines) // 2
        pieces = [Batch(pack(part), len(part)) for part in (lines[:middle], lines[middle:])]
        left = self._deliver(pieces[0])
        return [*left, pieces[1]] if self.is_away else self._deliver(pieces[1])

    def _count(self, outcome: Outcome) -> None:
        n_rejected = len(outcome.rejected)
        self.tally.stored += outcome.stored
        self.tally.duplicates += outcome.duplicates
        self.tally.rejected += n_rejected
        self._reports.settle("refused")
        if n_rejected:
            first = "for" if n_rejected == 1 else "the first for"
            rejected = events(n_rejected, "was", "were")
            message = f"{rejected} rejected, {first} {outcome.rejected[0]}"
            self._reports.say("rejected", message, n_rejected)
        else:
            self._reports.settle("rejected")

    def _fail(self, outcome: Outcome) -> None:
        self.tally.retries += 1
        pause = min(_FIRST_PAUSE * 2 ** min(self._n_failures, 10), _LONGEST_PAUSE)
        pause *= 0.5 + self._chance() / 2
        self._n_failures += 1
        self._looked_at = float("-inf")
        self._told_until = self._clock() + (outcome.retry_after or 0.0)
        self._not_before = max(self._clock() + pause, self._told_until)
        where = "on disk" if self._spool else "in memory"
        self._reports.say("away", f"{outcome.message} Events wait {where} and are sent again.")

    def _keep(self, batch: Batch) -> None:
        """Put a batch into the spool; where that cannot be, hold it, and take no more."""
        if self._spool is not None:
            try:
                if self._spool.put(batch.body, batch.n_events):
                    self.tally.spooled += batch.n_events
                    self._reports.settle("spool")
                    return
                self._reports.say("spool", f"The spool {self._spool.folder} is full.")
            except OSError as error:
                message = f"The spool {self._spool.folder} cannot be used: {error}. Give another."
                self._reports.say("spool", message)
        self._held.append(batch)

    def _tell_dropped(self) -> None:
        n_new = self._bucket.n_dropped - self._n_dropped
        if n_new:
            self._n_dropped += n_new
            dropped = events(n_new, "was", "were")
            message = f"{dropped} dropped: events come faster than they can be sent."
            self._reports.say("full", message, n_new)

    def _pause(self) -> float:
        if not self.is_away:
            return min(self._transport.idle(), _LOOK_EVERY)
        return max(self._not_before - self._clock(), 0.0)


def pack(lines: list[bytes]) -> bytes:
    """A JSON array of the lines, as gzip."""
    import zlib

    packer = zlib.compressobj(_COMPRESSION, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(b"[" + _BETWEEN.join(lines) + b"]") + packer.flush()


def unpack(body: bytes) -> list[bytes]:
    """The lines of a batch; a line break never stands inside one, for JSON escapes it.

    >>> unpack(pack([b'{"a":1}', b'{"b":2}']))
    [b'{"a":1}', b'{"b":2}']
    """
    import zlib

    return zlib.decompress(body, 16 + zlib.MAX_WBITS)[1:-1].split(_BETWEEN)
