"""Rejects read once more, after the mapping or the source was mended, or Footfall itself."""

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

from footfall.capture.apart import parse_apart, read_apart, stacked
from footfall.capture.batches import PROTOCOL, complete_apart, entry_for, timely
from footfall.capture.logfiles import open_format, with_rules
from footfall.capture.opening import open_file
from footfall.capture.presets import PRESETS
from footfall.capture.reading import Content
from footfall.capture.records import HEAD, Parsed, Records
from footfall.capture.reread import Rereader, adapter_of, table_of
from footfall.errors import FileMissing, InvalidEvents
from footfall.intake.accept import Acceptor
from footfall.intake.mend import mend
from footfall.intake.places import Places
from footfall.lake.table import Position
from footfall.model.source import Source
from footfall.model.time import utc_now

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger, Reject
    from footfall.intake.payload import Payload
    from footfall.lake.folder import LakeFolder

_BATCH: Final = 5000
_STORED: Final = 1
"""Position of a replay whose events are in the table."""
_JSON: Final = frozenset({"json", "jsonlines"})
_OWN: Final = frozenset({PROTOCOL, "http", "library"})
"""Protocols whose rejects the source's mapping reads."""


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
    """Read the open rejects of a source by its mapping as it is now, a tracker's by its adapter.

    What can be read now is stored under the id that its line always had, and marked as
    replayed; the rest stays as it is. A line that is not kept in full stays a reject.
    """
    _finish(lake, source, ledger)
    total = Replayed()
    for rejects in _by_origin(ledger, source):
        total = total.plus(_replay(lake, source, ledger, rejects, clock()))
    return total


def _finish(lake: LakeFolder, source: str, ledger: Ledger) -> None:
    """Bring replays that a crash cut short to their end, or take them back."""
    table = lake.table(source)
    for stream, ids in ledger.begun_replays(source).items():
        if table.position(stream) < _STORED:
            ledger.drop_replay(stream)
            continue
        mend(ledger, table, stream)
        ledger.mark_replayed(ids)


def _by_origin(ledger: Ledger, source: str) -> Iterator[list[Reject]]:
    """Open rejects in the order they came, those of one file together, some thousands each."""
    rejects = ledger.rejects(source)
    for _, group in groupby(rejects, key=lambda item: (item.protocol, item.origin)):
        while batch := list(islice(group, _BATCH)):
            yield batch


def _replay(
    lake: LakeFolder,
    source: str,
    ledger: Ledger,
    rejects: Sequence[Reject],
    received_at: datetime,
) -> Replayed:
    whole = [item for item in rejects if not item.is_cut]
    if not whole:
        return Replayed(read=len(rejects), rejected=len(rejects))
    table = lake.table(source)
    found = _read(lake, table.source, whole, received_at)
    taken, events = found.taken, found.table
    if events is None:
        return Replayed(read=len(rejects), rejected=len(rejects))
    # They were received and rejected once: now they are rejected no longer. Of a request that was
    # one reject as a whole, every event is received.
    n_more = events.num_rows - len(taken)
    entry = entry_for(source, received_at, n_more, 0, found.n_mismatched)
    entry = replace(entry, rejected=-len(taken), protocol=taken[0].protocol)
    # The same rejects again, after a crash, are the same position again.
    position = Position(f"replay:{_digest(taken)}", _STORED)
    ids_taken = [item.id for item in taken]
    ledger.begin_replay(source, ids_taken, position.stream)
    done = table.append(events, position, received_at=received_at, entries=[entry])
    if done.is_replay:
        mend(ledger, table, position.stream)
    else:
        ledger.add(done.entries, position.stream, position.offset)
    ledger.mark_replayed(ids_taken)
    return Replayed(len(rejects), done.n_stored, done.n_duplicates, len(rejects) - len(taken))


@dataclass(frozen=True)
class _Found:
    """Rejects that can be read, and their events as they are stored; no table for none."""

    taken: list[Reject]
    table: pa.Table | None = None
    n_mismatched: int = 0


def _read(
    lake: LakeFolder, source: Source, rejects: Sequence[Reject], received_at: datetime
) -> _Found:
    if rejects[0].protocol not in _OWN:
        return _read_trackers(lake, source, rejects)
    parsed = timely(_parse(lake, source.name, rejects), received_at)
    items = [rejects[row] for row in parsed.rows.tolist()]
    ids = pa.array([item.event_id or _derived_id(item) for item in items], pa.string())
    parsed, table, n_mismatched = complete_apart(parsed, ids, source)
    taken = [rejects[row] for row in parsed.rows.tolist()]
    return _Found(taken, table, n_mismatched) if taken else _Found([])


def _read_trackers(lake: LakeFolder, source: Source, rejects: Sequence[Reject]) -> _Found:
    adapter = adapter_of(rejects[0].protocol)
    if adapter is None:
        # Of a package that is not installed now: the source's mapping would believe all of it.
        return _Found([])
    reader = Rereader(adapter, source, Acceptor(lake.settings.intake))
    pairs = [(item, reader.read(item)) for item in rejects]
    return _told([(item, payload) for item, payload in pairs if payload is not None], source)


def _told(pairs: Sequence[tuple[Reject, Payload]], source: Source) -> _Found:
    """The events of trackers' rejects, but for those that cannot be stored all the same."""

    def work(start: int, end: int) -> _Found:
        taken = [item for item, _ in pairs[start:end]]
        return _Found(taken, *table_of([payload for _, payload in pairs[start:end]], source))

    parts = read_apart(len(pairs), work, lambda _place, _error: _Found([])) if pairs else []
    tables = [part.table for part in parts if part.table is not None]
    if not tables:
        return _Found([])
    taken = [item for part in parts for item in part.taken]
    return _Found(taken, stacked(tables), sum(part.n_mismatched for part in parts))


def _parse(lake: LakeFolder, name: str, rejects: Sequence[Reject]) -> Parsed:
    source, head = lake.source(name), b""
    if rejects[0].protocol == PROTOCOL:
        head = _head(rejects[0].origin)
        if source.mapping.format == "csv" and not head:
            _need_header(source, rejects[0].origin)
    elif with_rules(source).mapping.format not in _JSON:
        # What was sent is JSON, however the source's files are written.
        source = replace(source, mapping=PRESETS["canonical"].mapping)
    else:
        mapping = with_rules(source).mapping
        hiding = replace(mapping, options={"hides": "sent", **mapping.options})
        source = replace(source, mapping=hiding)
    places = Places(lake.settings.intake.places)
    form = open_format(source, lake.secret, head or _head_of(rejects), places)
    form.begin(head)
    return parse_apart(form, _records(rejects))


def _head_of(rejects: Sequence[Reject]) -> bytes:
    """What stands for the beginning of a file that is gone: the first of its rejects."""
    return b"\n".join(item.raw for item in rejects[:100])[:HEAD]


def _need_header(source: Source, origin: str) -> None:
    if not source.mapping.options.get("columns"):
        raise InvalidEvents(
            f"{origin} is gone, and with it the header that tells what its cells are: put it "
            f"back, or set the mapping option 'columns' of {source.name!r}.",
            parameter="source",
        )


def _head(origin: str) -> bytes:
    """The beginning of a file; nothing where it is gone, or was no file but a stream."""
    path = Path(origin)
    if not path.is_absolute():
        return b""
    try:
        with open_file(path) as raw:
            return Content(raw, origin).fill(HEAD)
    except (FileMissing, InvalidEvents):
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
