"""The Delta log of one table: the only place that knows `deltalake`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties, Transaction
from deltalake.exceptions import DeltaError
from deltalake.schema import Schema
from deltalake.transaction import AddAction, RemoveAction

from footfall.errors import LakeError
from footfall.lake.actions import METADATA_KEY, Commit, data_files, parse_commit
from footfall.lake.checkpoints import (
    HINT,
    entries_left,
    entry_path,
    has_checkpoint,
    let_go,
    mend_checkpoints,
    mend_entry,
    sync_checkpoint,
)
from footfall.lake.faults import Translated
from footfall.lake.files import make_folder, remove_quietly, sync_file, sync_folder
from footfall.lake.parquet import Written, bounded_columns
from footfall.lake.schema import DAY, table_schema
from footfall.lake.snapshot import DataFile
from footfall.model.source import Source
from footfall.model.time import parse_duration, utc_now
from footfall.settings import LakeSettings

CHECKPOINT_EVERY: Final = 20
CLEAN_EVERY: Final = 200

_NO_HOOKS: Final = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


class DeltaLog:
    """Handle on the log of the table in `root`; safe to use from several threads.

    Reading takes no lock. Whoever commits holds the table's lock. `clock` has to go with the
    times of files: what `vacuum` removes is told by the clock of the machine.
    """

    def __init__(
        self,
        root: Path,
        source: Source,
        retention: LakeSettings,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.root = root
        self.folder = root / "_delta_log"
        self.source = source
        self._retention = retention
        self._clock = clock
        self._handle: DeltaTable | None = None
        self._files: dict[str, DataFile] = {}
        self._mark: object = None
        self._guard = threading.RLock()

    @property
    def version(self) -> int:
        """Version as of the last refresh, -1 while there is no table."""
        return -1 if self._handle is None else self._handle.version()

    @property
    def files(self) -> tuple[DataFile, ...]:
        """Live files as of the last refresh."""
        return tuple(self._files.values())

    @property
    def table_id(self) -> str:
        """Identity of the table, other after it was removed and made anew."""
        return "" if self._handle is None else str(self._handle.metadata().id)

    @property
    def columns(self) -> frozenset[str]:
        """Names of the table's columns."""
        if self._handle is None:
            return frozenset()
        return frozenset(item.name for item in self._handle.schema().fields)

    def read(self) -> tuple[int, tuple[DataFile, ...]]:
        """Newest version and its files."""
        with self._guard:
            self.refresh()
            return self.version, self.files

    def refresh(self) -> None:
        """Take in what was committed since, by this process or another."""
        with self._guard, _readable(self.root):
            if self._handle is None:
                self._open()
            elif self._has_news():
                self._handle.update_incremental()
                self._reload()

    def mend(self) -> None:
        """Set aside what a power cut left torn. Call with the table's lock held.

        That can be the last entry, or the newest checkpoint: then the log is read from the
        one before it. Nothing is to be done once the log was read.
        """
        with self._guard, _writable(self.root):
            if self._handle is not None:
                return
            mend_entry(self.folder)
            try:
                self._open()
            except (DeltaError, OSError):
                # What cannot be mended here is told by the refresh that follows.
                mend_checkpoints(self.folder)

    def position(self, stream: str) -> int:
        """Committed offset of a stream, -1 if it was never seen."""
        if self._handle is None:
            return -1
        found = self._handle.transaction_version(stream)
        return -1 if found is None else found

    def create(self) -> None:
        """Make the table if there is none, and give it the columns that are missing."""
        if self._handle is None:
            self._create()
        else:
            self._evolve()

    def commit(
        self,
        added: Sequence[Written] = (),
        removed: Iterable[DataFile] = (),
        *,
        positions: Iterable[tuple[str, int]] = (),
        metadata: dict[str, Any] | None = None,
        is_new_data: bool,
    ) -> int:
        """Commit in one step, durably; the version it made. Call with the table's lock held."""
        handle = self._require()
        now = int(self._clock().timestamp() * 1000)
        actions: list[AddAction | RemoveAction] = [_add(file, is_new_data, now) for file in added]
        actions += [_remove(file, is_new_data, now) for file in removed]
        properties = CommitProperties(
            custom_metadata={METADATA_KEY: json.dumps(metadata)} if metadata else None,
            app_transactions=[Transaction(stream, offset) for stream, offset in positions],
        )
        with self._guard, _writable(self.root):
            handle.create_write_transaction(
                actions,
                "append",
                handle.schema(),
                [DAY],
                commit_properties=properties,
                post_commithook_properties=_NO_HOOKS,
            )
            self._settle()
        return self.version

    def commits(self, after: int) -> Iterator[Commit]:
        """Commits behind version `after`, oldest first.

        Raises `FileNotFoundError` when one of them has left the log already.
        """
        for version in range(after + 1, self.version + 1):
            yield parse_commit(version, self._entry(version).read_text("utf-8"))

    def commits_left(self, after: int) -> Iterator[Commit]:
        """Like `commits`, but passing over those that have left the log."""
        for version in entries_left(self.folder, after, self.version):
            try:
                text = self._entry(version).read_text("utf-8")
            except FileNotFoundError:  # it left since the folder was listed
                continue
            yield parse_commit(version, text)

    def discard(self, written: Iterable[Written]) -> None:
        """Remove files of a commit that failed, unless it went through after all."""
        with self._guard:
            if self._handle is not None:
                try:
                    self._handle.update_incremental()
                    self._reload()
                except (DeltaError, OSError):
                    # Better to leave files behind than to remove some that are in use.
                    return
            for file in written:
                if file.key not in self._files:
                    remove_quietly(file.path)

    def clean(self) -> None:
        """Write a checkpoint, and let go of log entries past their retention."""
        with self._guard, _writable(self.root):
            if not has_checkpoint(self.folder, self.version):
                self._checkpoint()
            self._let_go()

    def superfluous(self, retention: timedelta) -> list[Path]:
        """Data files that left the table longer ago than `retention`.

        Files that no commit names go by their age. Retention counts whole hours.
        """
        with self._guard, _readable(self.root):
            keys = self._vacuum(retention, dry_run=True)
        return [path for key in keys if (path := self.root / key).exists()]

    def vacuum(self, retention: timedelta) -> int:
        """Remove the files that are `superfluous`; how many."""
        before = self._n_on_disk()
        with self._guard, _writable(self.root):
            self._vacuum(retention, dry_run=False)
            self.refresh()
        # What the call above returns names files that were gone before, too.
        return before - self._n_on_disk()

    def _vacuum(self, retention: timedelta, *, dry_run: bool) -> list[str]:
        return self._require().vacuum(
            -(-int(retention.total_seconds()) // 3600),
            dry_run=dry_run,
            enforce_retention_duration=False,
            full=True,  # else files are missed once the log has forgotten them
            post_commithook_properties=_NO_HOOKS,
        )

    def _n_on_disk(self) -> int:
        return sum(1 for _ in self.root.glob(f"{DAY}=*/*.parquet"))

    def _open(self) -> None:
        if not DeltaTable.is_deltatable(str(self.root)):
            return
        self._handle = DeltaTable(str(self.root))
        self._reload()

    def _create(self) -> None:
        with self._guard, _writable(self.root):
            make_folder(self.root)
            schema = table_schema(self.source)
            self._handle = DeltaTable.create(
                str(self.root),
                Schema.from_arrow(schema),
                partition_by=[DAY],
                name=self.source.name,
                configuration=dict(self._configuration(schema)),
                post_commithook_properties=_NO_HOOKS,
            )
            sync_folder(self.root)
            self._settle()

    def _evolve(self) -> None:
        """Give the table the columns of properties that were declared since."""
        handle = self._require()
        columns = {item.name: item for item in handle.schema().fields}
        wanted = Schema.from_arrow(table_schema(self.source)).fields
        for item in wanted:
            known = columns.get(item.name)
            if known is not None and known.type != item.type:
                raise LakeError(
                    f"Column {item.name!r} of source {self.source.name!r} holds {known.type} and "
                    f"cannot become {item.type}: give the property its former type again in "
                    f"sources/{self.source.name}.toml, or declare one under another key."
                )
        missing = [item for item in wanted if item.name not in columns]
        if missing:
            with self._guard, _writable(self.root):
                handle.alter.add_columns(missing, post_commithook_properties=_NO_HOOKS)
                self._settle()
        wished = self._configuration(pa.schema(handle.schema().to_arrow()))
        present = handle.metadata().configuration
        if any(present.get(key) != value for key, value in wished.items()):
            with self._guard, _writable(self.root):
                handle.alter.set_table_properties(wished, post_commithook_properties=_NO_HOOKS)
                self._settle()

    def _configuration(self, schema: pa.Schema) -> dict[str, str]:
        """Properties of the table: what its statistics hold, and how long its log is kept."""
        return {
            "delta.dataSkippingStatsColumns": ",".join(bounded_columns(schema)),
            "delta.logRetentionDuration": _interval(self._retention.log_retention),
            "delta.deletedFileRetentionDuration": _interval(self._retention.vacuum_after),
            # Others would not spare what it takes to do without the newest checkpoint.
            "delta.enableExpiredLogCleanup": "false",
        }

    def _settle(self) -> None:
        """See our own commit, make it lasting, and keep the log short."""
        handle = self._require()
        handle.update_incremental()
        self._reload()
        sync_file(self._entry(handle.version()))
        sync_folder(self.folder)
        if handle.version() and handle.version() % CHECKPOINT_EVERY == 0:
            self._checkpoint()
        if handle.version() and handle.version() % CLEAN_EVERY == 0:
            self._let_go()

    def _checkpoint(self) -> None:
        handle = self._require()
        handle.create_checkpoint()
        # Entries are removed on its strength.
        sync_checkpoint(self.folder, handle.version())

    def _let_go(self) -> None:
        let_go(self.folder, self._clock() - parse_duration(self._retention.log_retention))

    def _reload(self) -> None:
        handle = self._require()
        self._mark = self._checkpoint_mark()
        actions = pa.table(handle.get_add_actions(flatten=True))
        self._files = data_files(actions, self.root, self._files)

    def _has_news(self) -> bool:
        """A cheap look for newer versions, which spares most refreshes."""
        # The next entry may have left the log already, but then a newer checkpoint is there.
        return self._entry(self.version + 1).exists() or self._mark != self._checkpoint_mark()

    def _checkpoint_mark(self) -> object:
        try:
            found = (self.folder / HINT).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size

    def _entry(self, version: int) -> Path:
        return entry_path(self.folder, version)

    def _require(self) -> DeltaTable:
        if self._handle is None:
            raise LakeError(f"Source {self.source.name!r} has no table in {self.root} yet.")
        return self._handle


def _readable(root: Path) -> Translated:
    return Translated(f"Table {root} cannot be read", DeltaError, OSError)


def _writable(root: Path) -> Translated:
    return Translated(f"Table {root} cannot be written", DeltaError, OSError)


def _interval(duration: str) -> str:
    return f"interval {int(parse_duration(duration).total_seconds())} seconds"


def _add(file: Written, is_new_data: bool, now: int) -> AddAction:
    values = {DAY: file.day.isoformat()}
    return AddAction(file.key, file.n_bytes, values, now, is_new_data, file.stats)


def _remove(file: DataFile, is_new_data: bool, now: int) -> RemoveAction:
    return RemoveAction(
        file.key, is_new_data, now, size=file.n_bytes, partition_values={DAY: str(file.day)}
    )
