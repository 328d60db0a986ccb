"""Files into the lake: each from where it was left, and no event twice."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from footfall.capture.live import Pipe
from footfall.capture.opening import STDIN, open_file
from footfall.capture.passage import Counts, Passage, Target
from footfall.capture.pieces import PIECE
from footfall.capture.positions import Positions
from footfall.capture.reading import Content
from footfall.errors import InvalidEvents
from footfall.intake.mend import mend
from footfall.intake.places import Places
from footfall.model.time import utc_now

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger
    from footfall.lake.folder import LakeFolder


class Collector:
    """Takes files into one source of a lake.

    A log file is its own journal: nothing is copied but the events themselves, and the
    position in the file is committed with them. Killed at any moment, it goes on where
    the last commit ended.
    """

    def __init__(
        self,
        lake: LakeFolder,
        source: str,
        ledger: Ledger,
        *,
        clock: Callable[[], datetime] = utc_now,
        is_strict: bool = False,
        is_following: bool = False,
        piece_size: int = PIECE,
        on_bytes: Callable[[int], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> None:
        table = lake.table(source)
        mend(ledger, table)
        self.target = Target(
            table=table,
            ledger=ledger,
            positions=Positions(table, ledger),
            secret=lake.secret,
            clock=clock,
            places=Places(lake.settings.intake.places),
            stop=stop or threading.Event(),
            is_strict=is_strict,
            is_following=is_following,
            piece_size=piece_size,
            on_bytes=on_bytes,
        )

    @property
    def counts(self) -> Counts:
        """What became of all that was read so far."""
        return self.target.counts

    @property
    def is_stopped(self) -> bool:
        """Whether somebody asked to stop, or a strict reading met a reject."""
        return self.target.stop.is_set() or self.target.counts.halt is not None

    def ingest(self, paths: Sequence[str | Path], stdin: BinaryIO | None = None) -> Counts:
        """Take in what is new in these files; `-` stands for standard input.

        A file that cannot be read, or not to its end, is noted as a problem, and the others
        are read all the same. Raises `FileMissing`.
        """
        for path in paths:
            if self.is_stopped:
                break
            try:
                if str(path) == STDIN:
                    Pipe(stdin or sys.stdin.buffer, "standard input", self.target).run()
                else:
                    self.ingest_file(Path(path))
            except InvalidEvents as error:
                self.counts.problems.append(error.message)
        self.target.table.close()
        return self.counts

    def ingest_file(self, path: Path) -> None:
        """Take in what is new in one file.

        Raises `FileMissing`, and `InvalidEvents` for a damaged file, after what is sound before
        the damage was stored.
        """
        with open_file(path) as raw:
            self.counts.files += 1
            passage = Passage(raw, str(path.resolve()), self.target)
            offset = passage.find()
            if offset and not _has_more(path, passage.content, offset):
                self.target.on_bytes(path.stat().st_size - passage.n_reported)
                if passage.content.end is not None:
                    passage.content.end.check()
                return
            if offset:
                passage.resume(offset)
            passage.drain(is_last=True)


def _has_more(path: Path, content: Content, offset: int) -> bool:
    """Whether the file has content behind `offset`, found without reading records."""
    if content.end is not None:
        return content.end.offset > offset
    return not path.is_file() or path.stat().st_size > offset
