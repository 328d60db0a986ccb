"""Rejects read once more, after the mapping was mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from footfall.capture.batches import complete, entry_for, timely
from footfall.capture.logfiles import open_format
from footfall.capture.opening import open_shared
from footfall.capture.reading import Content
from footfall.capture.records import HEAD, Parsed, Records
from footfall.errors import InvalidEvents
from footfall.lake.table import Position
from footfall.model.time import utc_now

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger, Reject
    from footfall.lake.folder import LakeFolder

_BATCH: Final = 5000


@dataclass(frozen=True)
class Replayed:
    """How many rejects were read, became events, were known events already, stayed rejects."""

    read: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0

    def plus(self, other: Replayed) -> Replayed:
        """Both together."""
        return Replayed(
            self.read + other.read,
            self.stored + other.stored,
            self.duplicates + other.duplicates,
            self.rejected + other.rejected,
        )


def replay(
    lake: LakeFolder,
    source: str,
    ledger: Ledger,
    clock: Callable[[], datetime] = utc_now,
) -> Replayed:
    """Read the open rejects of a source by its mapping as it is now.

    What can be read now is stored under the id that its line always had, and marked as
    replayed; the rest stays as it is. A line that is not kept in full stays a reject.
    """
    total = Replayed()
    for origin, rejects in _by_origin(ledger, source):
        total = total.plus(_replay(lake, source, ledger, origin, rejects, clock()))
    return total


def _by_origin(ledger: Ledger, source: str) -> Iterator[tuple[str, list[Reject]]]:
    """Open rejects in the order they came, those of one file together, some thousands each."""
    for origin, group in groupby(ledger.rejects(source), key=lambda item: item.origin):
        while rejects := list(islice(group, _BATCH)):
            yield origin, rejects


def _replay(
    lake: LakeFolder,
    source: str,
    ledger: Ledger,
    origin: str,
    rejects: Sequence[Reject],
    received_at: datetime,
) -> Replayed:
    whole = [item for item in rejects if not item.is_cut]
    table = lake.table(source)
    parsed = timely(_parse(lake, source, origin, whole), received_at)
    taken = [whole[row] for row in parsed.rows.tolist()]
    if not taken:
        return Replayed(read=len(rejects), rejected=len(rejects))
    ids = pa.array([item.event_id or _derived_id(item) for item in taken], pa.string())
    events, n_mismatched = complete(parsed.table, ids, table.source)
    n_events = events.num_rows
    # They were received and rejected once: now they are rejected no longer.
    entry = replace(entry_for(source, received_at, 0, 0, n_mismatched), rejected=-n_events)
    # The same rejects again, after a crash, are the same position again.
    position = Position(f"replay:{_digest(taken)}", 1)
    done = table.append(events, position, received_at=received_at, entries=[entry])
    ledger.add(done.entries or [replace(entry, duplicates=n_events)], position.stream, 1)
    ledger.mark_replayed([item.id for item in taken])
    return Replayed(len(rejects), done.n_stored, done.n_duplicates, len(rejects) - n_events)


def _parse(lake: LakeFolder, source: str, origin: str, rejects: Sequence[Reject]) -> Parsed:
    head = _head(origin)
    form = open_format(lake.source(source), lake.secret, head or _head_of(rejects))
    if lake.source(source).mapping.format == "csv" and not head:
        _need_header(lake, source, origin)
    form.begin(head)
    return form.parse(_records(rejects))


def _head_of(rejects: Sequence[Reject]) -> bytes:
    """What stands for the beginning of a file that is gone: the first of its rejects."""
    return rejects[0].raw if rejects else b""


def _need_header(lake: LakeFolder, source: str, origin: str) -> None:
    if not lake.source(source).mapping.options.get("columns"):
        raise InvalidEvents(
            f"{origin} is gone, and with it the header that tells what its cells are: put it "
            f"back, or set the mapping option 'columns' of {source!r}.",
            parameter="source",
        )


def _head(origin: str) -> bytes:
    try:
        with open_shared(Path(origin)) as raw:
            return Content(raw, origin).fill(HEAD)
    except OSError:
        return b""


def _records(rejects: Sequence[Reject]) -> Records:
    lengths = np.array([len(item.raw) for item in rejects], np.int64)
    ends = np.cumsum(lengths + 1) - 1
    return Records(
        b"".join(item.raw + b"\n" for item in rejects),
        ends - lengths,
        ends,
        np.array([item.line for item in rejects], np.int64),
    )


def _derived_id(reject: Reject) -> str:
    """Id for what came without one, the same whenever it is asked for."""
    return blake2b(b"%d " % reject.id + reject.raw, digest_size=12).hexdigest()


def _digest(rejects: Sequence[Reject]) -> str:
    ids = ",".join(str(item.id) for item in rejects)
    return blake2b(ids.encode(), digest_size=12).hexdigest()
