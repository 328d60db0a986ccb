"""Sorted runs of keys, in memory or on disk, and how several become one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from footfall.lake.files import checksum, sync_file
from footfall.lake.keys import Keys

KEY_BYTES: Final = 16
_SLICE: Final = 1 << 20  # keys held in memory while merging


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Keys sorted by their high half; `latest` is when the last came in (µs since 1970).

    `name` is that of its file, empty for a run in memory.
    """

    high: np.ndarray = field(repr=False)
    low: np.ndarray = field(repr=False)
    latest: int
    name: str = ""

    def __len__(self) -> int:
        return len(self.high)

    def holds(self, keys: Keys) -> np.ndarray:
        """Which of the keys are in here; quickest when they are sorted."""
        high, low = keys
        if not len(self):
            return np.zeros(len(high), bool)
        place = np.searchsorted(self.high, high)
        found = np.zeros(len(high), bool)
        # Several keys may share a high half; in practice the loop ends after one round.
        open_ = np.flatnonzero(place < len(self))
        open_ = open_[self.high[place[open_]] == high[open_]]
        while len(open_):
            is_same = self.low[place[open_]] == low[open_]
            found[open_[is_same]] = True
            open_ = open_[~is_same]
            place[open_] += 1
            open_ = open_[place[open_] < len(self)]
            open_ = open_[self.high[place[open_]] == high[open_]]
        return found


def sort_keys(keys: Keys) -> np.ndarray:
    """Order that sorts keys by high half; equal ones keep their order."""
    return np.argsort(keys[0], kind="stable")


def merge_in_memory(runs: Sequence[Run]) -> Run:
    """One run in memory out of several."""
    high = np.concatenate([run.high for run in runs])
    low = np.concatenate([run.low for run in runs])
    order = sort_keys((high, low))
    return Run(high[order], low[order], max(run.latest for run in runs))


def write_run(folder: Path, runs: Sequence[Run]) -> Run:
    """One run on disk out of several, in memory or on disk; it is durable on return.

    Memory stays bounded however long the runs are.
    """
    n_keys = sum(len(run) for run in runs)
    begun = folder / f"{uuid.uuid4().hex}.run"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with begun.open("wb") as file:
            _write(file, runs, n_keys)
        path = begun.with_stem(f"{begun.stem}-{checksum(begun):08x}")
        begun.replace(path)
        sync_file(path)
    except BaseException:
        begun.unlink(missing_ok=True)
        raise
    return _mapped(path, n_keys, max(run.latest for run in runs))


def _write(file: BinaryIO, runs: Sequence[Run], n_keys: int) -> None:
    # Never through a memory map: where the disk is full, that kills the process.
    place = 0
    for piece in _pieces(runs):
        for half, keys in enumerate((piece.high, piece.low)):
            file.seek((half * n_keys + place) * (KEY_BYTES // 2))
            file.write(keys.tobytes())
        place += len(piece)


def open_run(folder: Path, name: str, n_keys: int, latest: int) -> Run:
    """A run on disk; raises `OSError` or `ValueError` if it is missing or damaged.

    Among keys that are out of order, most would not be found.
    """
    path = folder / name
    if path.stat().st_size != n_keys * KEY_BYTES:
        raise ValueError(f"{path} should hold {n_keys} keys")
    if path.stem.rpartition("-")[2] != f"{checksum(path):08x}":
        raise ValueError(f"{path} does not hold the bytes that were written")
    return _mapped(path, n_keys, latest)


def _mapped(path: Path, n_keys: int, latest: int) -> Run:
    keys = np.memmap(path, np.uint64, "r", shape=(2, n_keys))
    return Run(keys[0], keys[1], latest, path.name)


def _pieces(runs: Sequence[Run]) -> Iterator[Run]:
    """The merged run, piece by piece: each holds the keys of one range of high halves."""
    n_pieces = max(1, sum(len(run) for run in runs) // _SLICE)
    # Keys are spread evenly, so ranges of equal width hold about equally many.
    bounds = [np.uint64((1 << 64) * place // n_pieces) for place in range(1, n_pieces)]
    cuts = [[0, *(int(np.searchsorted(r.high, b)) for b in bounds), len(r)] for r in runs]
    for place in range(n_pieces):
        yield merge_in_memory(
            [
                Run(run.high[c[place] : c[place + 1]], run.low[c[place] : c[place + 1]], run.latest)
                for run, c in zip(runs, cuts, strict=True)
            ]
        )
