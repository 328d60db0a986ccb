"""What people decided about the ids of a source: kept until these people are erased."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict
from pathlib import Path
from typing import Final

from footfall.lake.files import make_folder, write_whole
from footfall.lake.lock import TableLock
from footfall.model.identity import Decision

_FILE: Final = "decisions.json"


class Decisions:
    """The decisions of one table; safe to use from several threads and processes."""

    def __init__(self, folder: Path, lock: Path) -> None:
        self._path = folder / _FILE
        self._lock = TableLock(lock)

    def all(self) -> list[Decision]:
        """All of them, in the order in which they were made."""
        try:
            values = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return []
        return [Decision(**value) for value in values]

    @property
    def mark(self) -> object:
        """Differs whenever people have decided something; None where they never have."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def add(self, decision: Decision) -> None:
        """Write a decision down, durably."""
        self._change(lambda known: [*known, decision])

    def remove(self, id: str) -> int:  # noqa: A002 - as the API names it
        """Take back all decisions about an id; how many there were."""
        return -self._change(lambda known: [item for item in known if item.id != id])

    def forget(self, gone: Collection[str]) -> int:
        """Let go of decisions that name one of these ids; how many there were."""
        wanted = set(gone)
        return -self._change(lambda known: [item for item in known if not item.ids & wanted])

    def next_moment(self, now: int) -> int:
        """`now`, or later than any decision so far: two may come in one microsecond."""
        return max(now, max((item.decided_at for item in self.all()), default=0) + 1)

    def _change(self, change: Callable[[list[Decision]], list[Decision]]) -> int:
        """Write what becomes of the decisions; how many more there are."""
        make_folder(self._path.parent)
        with self._lock:
            known = self.all()
            changed = change(known)
            values = [asdict(each) for each in changed]
            write_whole(self._path, json.dumps(values, indent=1).encode(), mode=0o600)
        return len(changed) - len(known)
