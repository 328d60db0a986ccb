"""What is gathered from the events of a table, and kept up with the table's log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from footfall.lake.actions import Commit
from footfall.lake.log import DeltaLog
from footfall.lake.snapshot import DataFile

_MAX_BEHIND: Final = 500  # versions that would have to be read again after a crash


class TableCache(ABC):
    """Something known of all events up to one version of a table.

    It follows the log: only what was committed since is read, and everything anew where the
    log or the table no longer has that. What is saved spares a later start most of this, and
    may be lost at any time.
    """

    outlives: ClassVar[bool] = False
    """Whether what is known of events holds on when they leave the table."""

    def __init__(self) -> None:
        self.covered = -1
        """Version of the table up to which all is known."""
        self.saved = -1
        """The version on disk."""
        self.table_id = ""

    def follow(self, log: DeltaLog) -> None:
        """Know what the table says at the log's version, as of its last refresh."""
        if self.table_id != log.table_id:
            self.forget(log.table_id)
        self._load()
        if self.covered > log.version:
            log.refresh()
        version = log.version
        if self.covered == version:
            return
        # More than the log has is known where its last entry was taken away.
        if 0 <= self.covered < version and self._catch_up(log):
            self.covered = version
        else:
            self.rebuild(log)

    def rebuild(self, log: DeltaLog) -> None:
        """Read all that is wanted from the table's live files, and save it."""
        version, files = log.read()
        if not (self.outlives and 0 <= self.covered <= version):
            self.forget(log.table_id)
        self._read_all(files)
        self.covered = version
        self._save()

    def forget(self, table_id: str) -> None:
        """Know nothing, of a table of this identity."""
        self.covered = self.saved = -1
        self.table_id = table_id

    @property
    def is_far_ahead(self) -> bool:
        """Whether so much is known that is not saved that it should be."""
        return self.covered - self.saved >= _MAX_BEHIND

    def _catch_up(self, log: DeltaLog) -> bool:
        try:
            return self._take(list(log.commits(self.covered)), log)
        except FileNotFoundError:
            # Commits have left the log since, or files the table.
            return False

    @abstractmethod
    def _load(self) -> None:
        """Take over what was saved where that is news."""

    @abstractmethod
    def _save(self) -> None:
        """Bring what is known to disk."""

    @abstractmethod
    def _take(self, commits: Sequence[Commit], log: DeltaLog) -> bool:
        """Read what commits added; False where all has to be read anew."""

    @abstractmethod
    def _read_all(self, files: Iterable[DataFile]) -> None:
        """Read what is wanted of these files."""
