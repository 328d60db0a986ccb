"""What became of the events, in numbers."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall_client.bucket import Bucket
    from footfall_client.sender import Sender


class Stats:
    """Counts of one process since it began (or was forked).

    `captured` were taken; of these `waiting` are in memory and `spooled` went through the
    spool. `stored`, `duplicates` and `rejected` are what the server said of events, those
    that an earlier process had spooled included. `dropped` found the bucket full, `unfit`
    were no events, `refused` the server would not take at all, `lost` were in memory at
    the end of the process. `requests` counts attempts, `retries` those that failed.
    """

    __slots__ = ("captured", "dropped", "duplicates", "lost", "refused", "rejected", "requests",
                 "retries", "spooled", "stored", "unfit", "waiting")  # fmt: skip

    captured: int
    waiting: int
    stored: int
    duplicates: int
    rejected: int
    refused: int
    dropped: int
    unfit: int
    lost: int
    spooled: int
    requests: int
    retries: int

    @classmethod
    def of(cls, bucket: Bucket, sender: Sender, n_unfit: int) -> Stats:
        """The counts as they are now."""
        stats = cls()
        tally = sender.tally
        stats.captured, stats.dropped = bucket.n_taken_in, bucket.n_dropped
        stats.waiting, stats.unfit = sender.n_waiting, n_unfit
        stats.stored, stats.duplicates = tally.stored, tally.duplicates
        stats.rejected, stats.refused = tally.rejected, tally.refused
        stats.spooled, stats.lost = tally.spooled, tally.lost
        stats.requests, stats.retries = tally.requests, tally.retries
        return stats

    def to_dict(self) -> dict[str, int]:
        """The counts by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __repr__(self) -> str:
        return f"Stats({', '.join(f'{name}={n}' for name, n in self.to_dict().items() if n)})"
