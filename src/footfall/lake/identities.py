"""Which ids of a source's events belong to one actor: made from the events and from decisions.

What events say (`anonymous_id` beside `distinct_id`) is gathered into one small file, up to
a version of the table; it is a cache that can be made anew from the table, unlike the
decisions that lie beside it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall.errors import InvalidIdentity
from footfall.lake.decisions import Decisions
from footfall.lake.files import remove_quietly
from footfall.lake.id_links import LinkCache, write_private
from footfall.lake.log import DeltaLog
from footfall.lake.snapshot import LINK_COLUMN
from footfall.model.identity import LONGEST_ID, Decision, Identity, Link, is_somebody, resolve
from footfall.model.time import to_epoch_us, utc_now

_KEPT_SECONDS: Final = 3600  # for readers that hold an older map
_LONG: Final = 0.25
_REST: Final = 10.0
"""A map that took more than `_LONG` seconds of the processor serves so many times as long."""
_MAP: Final = pa.schema([("id", pa.string()), ("actor_id", pa.string())])

_Mark = tuple[object, object]
"""What events say, and of which table and with which decisions."""


class Identities:
    """The actors of one table; safe to use from several threads and processes."""

    def __init__(
        self,
        folder: Path,
        log: DeltaLog,
        lock: Path,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._log = log
        self._guard = threading.Lock()
        self._decisions = Decisions(folder, lock)
        # What is erased must leave no trace in maps either.
        self._links = LinkCache(folder, on_erasure=self._sweep)
        self._map: tuple[_Mark, Path | None] | None = None
        self._rests_until = 0.0

    def file(self) -> Path | None:
        """A Parquet file with the actor (`actor_id`) of every `id` that belongs to another.

        None while there is no such id. It names the newest state of the table; the file
        stays for an hour after a newer one came.
        """
        with self._guard:
            if not self._is_needed():
                return None
            self._sync()
            mark = (self._links.content, (self._links.table_id, self._decisions.mark))
            if not self._is_fresh(mark):
                began = time.thread_time()
                self._map = (mark, self._write_map())
                took = time.thread_time() - began
                self._rests_until = time.monotonic() + (_REST * took if took > _LONG else 0.0)
            return self._map[1] if self._map else None

    def _is_fresh(self, mark: _Mark) -> bool:
        """Whether the map can serve: what takes long to make is not made for every event."""
        if self._map is None or not _is_there(self._map[1]):
            return False
        known, _ = self._map
        is_decided = known[1] != mark[1]
        return known == mark or (not is_decided and time.monotonic() < self._rests_until)

    @property
    def mark(self) -> object:
        """Differs whenever people have decided something."""
        return self._decisions.mark

    def forget(self, gone: Collection[str]) -> None:
        """Let go of decisions about these ids, and of what events said that are not there."""
        with self._guard:
            if not self.folder.exists():
                return
            if gone and self._decisions.forget(gone):
                self._sweep()
            self._sync()

    def actors(self) -> dict[str, str]:
        """The actor of every id that belongs to another."""
        path = self.file()
        if path is None:
            return {}
        found = pq.read_table(path)
        return dict(zip(found["id"].to_pylist(), found["actor_id"].to_pylist(), strict=True))

    def actor(self, id: str) -> str:  # noqa: A002 - as errors and the API name it
        """The actor that an id belongs to, itself where it stands alone."""
        path = self.file()
        if path is None:
            return id
        found = pq.read_table(path, columns=["actor_id"], filters=pc.field("id") == id)
        return found["actor_id"][0].as_py() if found.num_rows else id

    def ids(self, actors: Iterable[str]) -> list[str]:
        """All ids that belong to these actors, their own among them, sorted."""
        return _ids_in(self.file(), actors)

    def links(self, ids: Sequence[str]) -> list[Link]:
        """What events said of these ids, oldest first."""
        with self._guard:
            self._sync()
            return self._links.about(ids)

    def decisions(self) -> list[Decision]:
        """What people decided, in that order."""
        return self._decisions.all()

    def show(self, id: str) -> Identity:  # noqa: A002 - as above
        """All that is known of the actor to whom an id belongs."""
        actor = self.actor(id)
        ids = self.ids([actor])
        decisions = [item for item in self.decisions() if item.ids & {id, *ids}]
        return Identity(id, actor, tuple(ids), tuple(self.links(ids)), tuple(decisions))

    def merge(self, id: str, into: str, by: str = "") -> Identity:  # noqa: A002 - as above
        """Let an id, and whoever it stands for, be the actor of `into` from now on.

        Raises `InvalidIdentity` where both are one already, one can be nobody or is too long.
        """
        for name, value in (("id", id), ("into", into)):
            _check_length(name, value)
            if not is_somebody(value):
                raise InvalidIdentity(
                    f"{name} is {value!r}, which senders use for people they do not know: "
                    "name an id of one person.",
                    parameter=name,
                )
        if self.actor(id) == self.actor(into):
            raise InvalidIdentity(f"{id!r} and {into!r} are one actor already.", parameter="id")
        self.decide(Decision(id, into, self._now(), by))
        return self.show(id)

    def split(self, id: str, by: str = "") -> Identity:  # noqa: A002 - as above
        """Let an id stand for itself again, whatever events said of it up to now.

        Raises `InvalidIdentity` where it has joined no other.
        """
        _check_length("id", id)
        actor = self.actor(id)
        if actor == id:
            others = [other for other in self.ids([id]) if other != id]
            hint = f" Split what joined it: {', '.join(others[:5])}." if others else ""
            raise InvalidIdentity(f"{id!r} belongs to no other id.{hint}", parameter="id")
        self.decide(Decision(id, None, self._now(), by))
        return self.show(id)

    def decide(self, decision: Decision) -> None:
        """Write a decision down, durably; every query from now on goes by it."""
        self._decisions.add(decision)

    def revoke(self, id: str) -> int:  # noqa: A002 - as above
        """Take back all decisions about an id; how many there were."""
        return self._decisions.remove(id)

    def _now(self) -> int:
        return self._decisions.next_moment(to_epoch_us(self._clock()))

    def _is_needed(self) -> bool:
        self._log.refresh()
        if self._decisions.mark is not None:
            return True
        return any(LINK_COLUMN in file.columns for file in self._log.files)

    def _sync(self) -> None:
        """Know every link of the table's newest version."""
        self._log.refresh()
        self._links.sync(self._log)

    def _write_map(self) -> Path | None:
        self._links.flush()
        found = resolve(self._links.all(), self.decisions())
        if not found:
            return None
        ids = sorted(found)
        table = pa.table([ids, [found[each] for each in ids]], schema=_MAP)
        path = self.folder / f"actors-{_digest(table)}.parquet"
        if not path.exists():
            write_private(path, table)
        self._sweep(kept=path)
        return path

    def _sweep(self, kept: Path | None = None) -> None:
        """Remove maps that no reader can hold any more; all of them where none is kept."""
        now = self._clock().timestamp()
        for path in self.folder.glob("actors-*.parquet"):
            is_old = kept is None or now - path.stat().st_mtime >= _KEPT_SECONDS
            if path != kept and is_old:
                remove_quietly(path)


class FixedIdentities:
    """Who is who for one answer: the state at its first look, whatever is decided meanwhile.

    A filter that knows more than the actors it is compared with would lose events.
    """

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._guard = threading.Lock()
        self._seen: list[Path | None] = []

    def file(self) -> Path | None:
        """As `Identities.file`, and the same one each time while it is there."""
        with self._guard:
            if not self._seen or not _is_there(self._seen[0]):
                self._seen = [self._identities.file()]
            return self._seen[0]

    def ids(self, actors: Iterable[str]) -> list[str]:
        """As `Identities.ids`."""
        return _ids_in(self.file(), actors)


def _check_length(name: str, value: str) -> None:
    if len(value) > LONGEST_ID:
        raise InvalidIdentity(
            f"{name} has {len(value)} characters: an id of more than {LONGEST_ID} is kept in its "
            "events, and joins no other. Have its sender use a shorter one, such as a hash of it.",
            parameter=name,
        )


def _ids_in(path: Path | None, actors: Iterable[str]) -> list[str]:
    own = set(actors)
    if path is None:
        return sorted(own)
    wanted = pc.field("actor_id").isin(pa.array(sorted(own), pa.string()))
    found = pq.read_table(path, columns=["id"], filters=wanted)
    return sorted(own | set(found["id"].to_pylist()))


def _digest(table: pa.Table) -> str:
    digest = blake2b(digest_size=12)
    for column in table.columns:
        for each in column.to_pylist():
            digest.update(each.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _is_there(path: Path | None) -> bool:
    return path is None or path.exists()
