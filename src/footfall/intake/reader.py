"""What a journal holds, read record by record: by its owner, or for it in another process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import filelock

from footfall.intake.segment import Gap, Record, Segment
from footfall.lake.files import write_whole

DAMAGED: Final = "damaged"

# Whoever moves may be in the middle of a large slice.
_PATIENCE: Final = 300.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a journal that could not be read, and where a copy of them was kept.

    `torn` are bytes at the end with nothing sound behind them, as an unfinished write
    leaves; `damaged` are bytes with sound records behind them.
    """

    journal: str
    offset: int
    n_bytes: int
    kind: Literal["torn", "damaged"]
    kept: Path | None


class JournalReader:
    """Reads the segments in `folder` as far as `limits` say that they are sound.

    `moving` is held by whoever moves events out of this journal. A process that was told to
    do so may live a moment longer than the journal's owner.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name
        self.damages: list[Damage] = []
        self.moving = filelock.FileLock(folder / "moving", timeout=_PATIENCE, thread_local=False)
        self._guard = threading.RLock()
        self._limits: dict[Segment, int] = {}

    @property
    def stream(self) -> str:
        """Name of the journal where positions are kept."""
        return f"journal:{self.id}"

    @property
    def limits(self) -> dict[str, int]:
        """Names of the segments' files, and the offset where the sound part of each ends."""
        return {segment.path.name: limit for segment, limit in self._parts()}

    def look_at(self, limits: Mapping[str, int]) -> None:
        """Read these segments from now on."""
        found = {Segment.parse(self.folder / name): limit for name, limit in limits.items()}
        self._limits = {segment: limit for segment, limit in found.items() if segment}

    def read(self, start: int, end: int) -> Iterator[Record]:
        """Records from `start` (where a record begins) to `end`.

        Damaged bytes on the way are set aside and reported in `damages`.
        """
        for segment, limit in self._parts():
            first, last = max(start, segment.base), min(end, limit)
            if first >= last:
                continue
            for item in segment.read(first, last):
                if isinstance(item, Gap):
                    self._set_aside(segment, item, "damaged")
                else:
                    yield item

    def set_aside(self, record: Record) -> None:
        """Keep a copy of a sound record that nobody can make sense of, and report it."""
        for segment, limit in self._parts():
            if segment.base <= record.offset < limit:
                gap = Gap(record.offset, record.end_offset)
                self._set_aside(segment, gap, "damaged")

    def _parts(self) -> list[tuple[Segment, int]]:
        """Segments and where their sound part ends, oldest first."""
        with self._guard:
            return sorted(self._limits.items(), key=lambda item: (item[0].base, item[1]))

    def _set_aside(self, segment: Segment, gap: Gap, kind: Literal["torn", "damaged"]) -> None:
        if any(damage.offset == gap.offset for damage in self.damages):
            return
        size = gap.end_offset - gap.offset
        kept = self._keep(segment, gap)
        self.damages.append(Damage(self.id, gap.offset, size, kind, kept))
        _log.warning(
            "journal %s: %d bytes at %d are %s, a copy is in %s",
            self.id,
            size,
            gap.offset,
            kind,
            kept,
        )

    def _keep(self, segment: Segment, gap: Gap) -> Path | None:
        path = self.folder / DAMAGED / damaged_name(gap.offset)
        try:
            with segment.path.open("rb") as file:
                file.seek(gap.offset - segment.base)
                write_whole(path, file.read(gap.end_offset - gap.offset), mode=0o600)
        except OSError:
            _log.exception("journal %s: damaged bytes could not be copied", self.id)
            return None
        return path


def damaged_name(offset: int) -> str:
    """Name of the file that keeps the bytes at `offset` that could not be read."""
    return f"{offset:020d}.bin"
