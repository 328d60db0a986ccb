"""Which event ids came in lately: a cache of the table that can be made anew from it.

Recent keys are sorted runs in memory, older ones sorted runs on disk, merged as they
grow. A manifest says up to which version of the table the runs on disk go; whatever the
table holds behind that is read from the files added since. So a crash between a commit
and this cache, or a commit by another process, is caught up with and never missed.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from footfall.lake.actions import Commit
from footfall.lake.cache import TableCache
from footfall.lake.faults import reason
from footfall.lake.files import mark, remove_quietly, write_whole
from footfall.lake.intact import is_damage
from footfall.lake.keys import Keys, event_keys
from footfall.lake.log import DeltaLog
from footfall.lake.runs import Run, merge_in_memory, open_run, sort_keys, write_run
from footfall.lake.snapshot import DataFile
from footfall.model.time import DAY_US, to_epoch_us

MANIFEST: Final = "manifest.json"

_log = logging.getLogger(__name__)

# Grows when the same id becomes another key.
_FORMAT: Final = 2
_MAX_IN_MEMORY: Final = 1 << 18  # keys
_MAX_RUNS_IN_MEMORY: Final = 12
_FANOUT: Final = 4


class SeenIndex(TableCache):
    """Event ids of one table that were received within `remembered`, and up to a day longer.

    Events that were taken out of the table still count, as long as the files of this index are
    there. `sync`, `add` and `flush` are called with the table's lock held; `holds` needs no lock.
    """

    outlives = True

    def __init__(self, folder: Path, remembered: timedelta, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.folder = folder
        self._remembered = remembered
        self._clock = clock
        self._memory: list[Run] = []
        self._disk: list[Run] = []
        self._n_named = 0
        self._mark: object = None
        self._unread: dict[str, list[int]] = {}
        self._guard = threading.RLock()

    @property
    def n_keys(self) -> int:
        """Keys held, in memory and on disk."""
        return sum(len(run) for run in (*self._memory, *self._disk))

    @property
    def unread(self) -> list[str]:
        """Damaged files whose ids are not known, until they are put back."""
        return sorted(self._unread)

    def holds(self, keys: Keys) -> np.ndarray:
        """Which of the keys are known."""
        order = sort_keys(keys)
        found = np.zeros(len(order), bool)
        found[order] = self._holds_sorted((keys[0][order], keys[1][order]))
        return found

    def first_seen(self, keys: Keys) -> tuple[np.ndarray, Keys]:
        """Mask of the keys that are new, and come first among equals; those keys, sorted."""
        order = sort_keys(keys)
        high, low = keys[0][order], keys[1][order]
        is_new = np.ones(len(order), bool)
        is_new[1:] = (high[1:] != high[:-1]) | (low[1:] != low[:-1])
        is_new &= ~self._holds_sorted((high, low))
        mask = np.zeros(len(order), bool)
        mask[order] = is_new
        return mask, (high[is_new], low[is_new])

    def add(self, keys: Keys, version: int, latest: int) -> None:
        """Take in sorted keys that `version` committed; `latest` in µs since 1970."""
        with self._guard:
            self._keep(keys, latest)
            self.covered = version
        if self._is_full() or self.is_far_ahead:
            self.flush()

    def pass_over(self, version: int) -> None:
        """Take note that `version`, committed after `sync`, brought no new ids."""
        self.covered = version

    def sync(self, log: DeltaLog) -> None:
        """Know every id of the table at the log's version."""
        with self._guard:
            self.follow(log)
            self._read_again(log)
            if self._has_unnamed:
                self.flush()

    def flush(self) -> None:
        """Bring all runs to disk, so that a later start need not read the table again.

        Only after `sync` under the same lock: another process may have written meanwhile.
        """
        with self._guard:
            if self.saved != self.covered:
                self._save()

    def forget(self, table_id: str) -> None:
        """As every `TableCache` does."""
        super().forget(table_id)
        self._memory, self._disk = [], []
        self._mark, self._n_named = None, 0
        self._unread = {}

    def _holds_sorted(self, keys: Keys) -> np.ndarray:
        with self._guard:
            runs = [*self._memory, *self._disk]
        found = np.zeros(len(keys[0]), bool)
        for run in runs:
            found |= run.holds(keys)
        return found

    def _keep(self, keys: Keys, latest: int) -> None:
        if len(keys[0]):
            self._memory.append(Run(*keys, latest))
        if len(self._memory) > _MAX_RUNS_IN_MEMORY:
            self._memory = [merge_in_memory(self._memory)]

    def _is_full(self) -> bool:
        return sum(len(run) for run in self._memory) >= _MAX_IN_MEMORY

    @property
    def _has_unnamed(self) -> bool:
        """Whether runs are on disk that the manifest does not name yet."""
        return self.covered != self.saved and len(self._disk) != self._n_named

    def _save(self) -> None:
        self._spill()
        self._drop_expired()
        self._merge()
        self._write_manifest()
        self._sweep()

    def _spill(self) -> None:
        if self._memory:
            self._disk.append(write_run(self.folder, self._memory))
            self._memory = []

    def _take(self, commits: Sequence[Commit], log: DeltaLog) -> bool:
        for commit in commits:
            for key in commit.added:
                path = log.root / key
                if not path.exists():
                    # It was compacted since.
                    return False
                self._read_if_sound(key, path, 0)
        return True

    def _read_all(self, files: Iterable[DataFile]) -> None:
        """Read the ids that are remembered."""
        cutoff = self._cutoff()
        for file in files:
            if to_epoch_us(file.max_received_at) >= cutoff:
                self._read_if_sound(file.key, Path(file.path), cutoff)

    def _read_again(self, log: DeltaLog) -> None:
        """Read what was damaged where other bytes stand now."""
        if not self._unread:
            return
        live = {file.key for file in log.files}
        for key, known in list(self._unread.items()):
            path = log.root / key
            if key not in live:
                del self._unread[key]
            elif mark(path) != known:
                del self._unread[key]
                self._read_if_sound(key, path, self._cutoff())

    def _read_if_sound(self, key: str, path: Path, cutoff: int) -> None:
        """Read the ids of a file; one that is damaged holds up nothing but itself."""
        try:
            self._read(path, cutoff)
        except (OSError, pa.ArrowException) as error:
            if not is_damage(error):
                raise
            self._unread[key] = mark(path)
            _log.warning(
                "%s is damaged (%s): what is sent again of its events is stored again until it "
                "is put back",
                path,
                reason(error),
            )

    def _read(self, path: Path, cutoff: int) -> None:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        for batch in file.iter_batches(1 << 18, columns=["event_id", "received_at"]):
            received = np.asarray(batch["received_at"].cast(pa.int64()))
            is_recent = received >= cutoff
            if not is_recent.any():
                continue
            high, low = event_keys(batch["event_id"].filter(pa.array(is_recent)))
            order = sort_keys((high, low))
            self._keep((high[order], low[order]), int(received.max()))
            if self._is_full():
                self._spill()

    def _load(self) -> None:
        """Take over the runs on disk if another process wrote them since."""
        written = self._manifest_mark()
        if written is None or written == self._mark:
            return
        try:
            manifest = json.loads((self.folder / MANIFEST).read_text("utf-8"))
            if manifest["format"] != _FORMAT or manifest["table"] != self.table_id:
                return
            open_ = {run.name: run for run in self._disk}
            disk = [
                open_.get(entry[0]) or open_run(self.folder, *entry) for entry in manifest["runs"]
            ]
        except (OSError, ValueError, KeyError, TypeError):
            # A cache that cannot be read is made anew from the table.
            self.forget(self.table_id)
            return
        self._disk, self._n_named, self._mark = disk, len(disk), written
        self._unread = manifest.get("unread", {})
        self.saved = manifest["version"]
        if self.saved >= self.covered:
            self._memory, self.covered = [], self.saved

    def _drop_expired(self) -> None:
        cutoff = self._cutoff()
        self._disk = [run for run in self._disk if run.latest >= cutoff]

    def _merge(self) -> None:
        """Runs of an earlier day become one; of today, those of about the same size."""
        today = to_epoch_us(self._clock()) // DAY_US

        def rank(run: Run) -> tuple[int, int]:
            day = run.latest // DAY_US
            return day, len(run).bit_length() // 2 if day >= today else 0

        merged: list[Run] = []
        for (day, _), group in groupby(sorted(self._disk, key=rank), rank):
            runs = list(group)
            is_due = len(runs) >= _FANOUT if day >= today else len(runs) > 1
            merged += [write_run(self.folder, runs)] if is_due else runs
        self._disk = merged

    def _write_manifest(self) -> None:
        manifest: dict[str, Any] = {
            "format": _FORMAT,
            "table": self.table_id,
            "version": self.covered,
            "runs": [[run.name, len(run), run.latest] for run in self._disk],
            "unread": self._unread,
        }
        write_whole(self.folder / MANIFEST, json.dumps(manifest).encode())
        self._mark, self._n_named = self._manifest_mark(), len(self._disk)
        self.saved = self.covered

    def _sweep(self) -> None:
        """Remove runs that no manifest names; one still open in Windows goes next time."""
        names = {run.name for run in self._disk}
        for path in self.folder.glob("*.run"):
            if path.name not in names:
                remove_quietly(path)

    def _manifest_mark(self) -> object:
        try:
            found = (self.folder / MANIFEST).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _cutoff(self) -> int:
        return to_epoch_us(self._clock() - self._remembered)
