"""What events say of ids that are one actor, as columns.

All of a table is gathered into one small file, up to a version of the table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall.errors import TableDamaged
from footfall.lake.actions import Commit
from footfall.lake.cache import TableCache
from footfall.lake.faults import reason
from footfall.lake.files import write_whole
from footfall.lake.intact import is_damage
from footfall.lake.log import DeltaLog
from footfall.lake.snapshot import LINK_COLUMN, DataFile
from footfall.model.identity import EXPLICIT, LONGEST_ID, Link

_COLUMNS: Final = [LINK_COLUMN, "distinct_id", "name", "timestamp"]
SCHEMA: Final = pa.schema(
    [
        (LINK_COLUMN, pa.string()),
        ("distinct_id", pa.string()),
        ("is_explicit", pa.bool_()),
        ("timestamp", pa.int64()),
    ]
)
_FILE: Final = "links.parquet"
_STATE: Final = b"footfall"


class LinkCache(TableCache):
    """The links of one table; threads that call it have to take turns.

    `on_erasure` is called when links may have gone, as events were taken out of the table.
    """

    def __init__(self, folder: Path, on_erasure: Callable[[], None]) -> None:
        super().__init__()
        self._path = folder / _FILE
        self._on_erasure = on_erasure
        self._links: pa.Table = SCHEMA.empty_table()
        self._is_saved = False

    @property
    def content(self) -> tuple[int, int]:
        """Differs where the links do: pairs are only added, and their times only fall."""
        return self._links.num_rows, pc.sum(self._links["timestamp"]).as_py() or 0

    def sync(self, log: DeltaLog) -> None:
        """Know every link of the table at the log's version."""
        self.follow(log)
        if self.is_far_ahead:
            self._save()

    def flush(self) -> None:
        """Bring to disk the links that are not there."""
        if not self._is_saved:
            self._save()

    def all(self) -> list[Link]:
        """All of them, oldest first."""
        return _as_links(self._links)

    def about(self, ids: Sequence[str]) -> list[Link]:
        """Those of these ids, oldest first."""
        wanted = pa.array(ids, pa.string())
        is_named = pc.or_(
            pc.is_in(self._links[LINK_COLUMN], wanted),
            pc.is_in(self._links["distinct_id"], wanted),
        )
        return _as_links(self._links.filter(is_named))

    def forget(self, table_id: str) -> None:
        """As every `TableCache` does."""
        super().forget(table_id)
        self._links, self._is_saved = SCHEMA.empty_table(), False

    def _load(self) -> None:
        if self.covered >= 0:
            return
        try:
            saved = pq.read_table(self._path)
            state = json.loads((saved.schema.metadata or {})[_STATE])
            if state["table"] != self.table_id or saved.schema.remove_metadata() != SCHEMA:
                return
        except (OSError, ValueError, KeyError, pa.ArrowException):
            # A cache that cannot be read is made anew from the table.
            return
        self._links, self._is_saved = _joining(saved.replace_schema_metadata(None)), True
        self.covered = self.saved = state["version"]

    def _save(self) -> None:
        state = json.dumps({"table": self.table_id, "version": self.covered}).encode()
        write_private(self._path, self._links.replace_schema_metadata({_STATE: state}))
        self.saved, self._is_saved = self.covered, True

    def _take(self, commits: Sequence[Commit], log: DeltaLog) -> bool:
        if any(commit.is_deletion for commit in commits):
            self._on_erasure()
            return False
        live = {file.key: file for file in log.files}
        for key in (key for commit in commits for key in commit.added):
            file = live.get(key)
            if file is not None and LINK_COLUMN not in file.columns:
                continue
            try:
                self._add(_read_links(log.root / key))
            except (OSError, pa.ArrowException) as error:
                if not is_damage(error):
                    raise
                # It may have been compacted since: what counts is what the live files say.
                return False
        return True

    def _read_all(self, files: Iterable[DataFile]) -> None:
        for file in files:
            if LINK_COLUMN in file.columns:
                self._add(_read_needed(Path(file.path)))

    def _add(self, links: pa.Table) -> None:
        if not links.num_rows:
            return
        before = self.content
        self._links = _earliest(pa.concat_tables([self._links, links]))
        self._is_saved = self._is_saved and self.content == before


def write_private(path: Path, table: pa.Table) -> None:
    """Give `path` these rows, for the owner of the lake alone to read."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_whole(path, sink.getvalue().to_pybytes(), mode=0o600)


def _read_needed(path: Path) -> pa.Table:
    """The links in a live file: without them people would be told apart who are one."""
    try:
        return _read_links(path)
    except (OSError, pa.ArrowException) as error:
        if not is_damage(error):
            raise
        raise TableDamaged(
            f"{path} is damaged ({reason(error)}), and which ids belong together stands in it. "
            "Put it back from a backup; until then nobody can tell who is who in this source."
        ) from error


def _read_links(path: Path) -> pa.Table:
    """The links in one file of the table, each pair with its earliest time."""
    found = pq.read_table(
        path,
        columns=_COLUMNS,
        filters=pc.field(LINK_COLUMN).is_valid(),
        page_checksum_verification=True,
    )
    is_whole = pc.and_(
        pc.is_valid(found["distinct_id"]),
        pc.fill_null(pc.not_equal(found[LINK_COLUMN], found["distinct_id"]), False),
    )
    found = _joining(found.filter(is_whole))
    explicit = pc.is_in(found["name"], pa.array(sorted(EXPLICIT), pa.string()))
    columns: list[Any] = [
        found[LINK_COLUMN],
        found["distinct_id"],
        explicit,
        found["timestamp"].cast(pa.int64()),
    ]
    return _earliest(pa.table(columns, schema=SCHEMA))


def _joining(links: pa.Table) -> pa.Table:
    """Without the ids that are too long to be joined."""
    lengths = [pc.utf8_length(links[name]) for name in (LINK_COLUMN, "distinct_id")]
    return links.filter(pc.less_equal(pc.max_element_wise(*lengths), LONGEST_ID))


def _earliest(links: pa.Table) -> pa.Table:
    """Every pair once, with the time at which it was first said."""
    keys = [LINK_COLUMN, "distinct_id", "is_explicit"]
    found = links.group_by(keys).aggregate([("timestamp", "min")])
    return pa.table([found[key] for key in [*keys, "timestamp_min"]], schema=SCHEMA)


def _as_links(table: pa.Table) -> list[Link]:
    """The rows as values, oldest first."""
    columns = [table[name].to_pylist() for name in (LINK_COLUMN, "distinct_id", "timestamp")]
    rows = zip(*columns, table["is_explicit"].to_pylist(), strict=True)
    return sorted((Link(*row) for row in rows), key=lambda link: link.timestamp)
