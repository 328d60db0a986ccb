"""What keeps one table quick, and its counts complete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from footfall.intake.mend import mend

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger
    from footfall.lake.folder import LakeFolder

# Few at a time, so that stopping need not wait long.
_MAX_JOBS: Final = 2


class Kept(msgspec.Struct, tag=True, frozen=True):
    """What one round did: files merged in `n_jobs`, files that nobody needs removed."""

    n_jobs: int = 0
    n_files_before: int = 0
    n_files_after: int = 0
    n_removed: int = 0

    def __add__(self, other: Kept) -> Kept:
        """Both rounds as one."""
        own, its = msgspec.structs.astuple(self), msgspec.structs.astuple(other)
        return Kept(*map(sum, zip(own, its, strict=True)))


def look_after(lake: LakeFolder, ledger: Ledger, source: str) -> Kept:
    """Merge, cluster and vacuum a source's table, as far as it is due."""
    table = lake.table(source)
    # Counts that a dead process left out stand in the log, which is shortened below.
    mend(ledger, table)
    done = table.maintain(most_jobs=_MAX_JOBS)
    merged = done.compacted
    return Kept(merged.n_jobs, merged.n_files_before, merged.n_files_after, done.n_removed)
