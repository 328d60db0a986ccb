"""Identity of a record: a hash of its source, its file, its bytes and which of its like it is."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_SIZE: Final = 12
_HEX: Final = 2 * _SIZE
# Identical lines further apart than this many lines would count as one event; it bounds the
# memory that a file of any length takes to 256 MiB.
MAX_REMEMBERED: Final = 32 * 1024 * 1024


class RecordIds:
    """Gives the records of one file their event ids, in the order of the file.

    A file is known by its first record, which stays when the file grows or is rotated,
    packed or copied. The same record, k-th of its like, has the same id in every file that
    begins alike; two servers that log the same line at the same time have two events.
    """

    def __init__(self, source: str, *, max_remembered: int = MAX_REMEMBERED) -> None:
        self._person = blake2b(source.encode(), digest_size=16).digest()
        self._file = b""
        self._seen = _Seen(max_remembered)

    @property
    def first(self) -> bytes:
        """Digest of the first record, by which the file is known; nothing before there is one."""
        return self._file

    def assign(self, records: Sequence[bytes]) -> pa.Array:
        """Event ids of the next records: 24 hexadecimal digits each."""
        import pyarrow as pa

        digests = self._digests(records, self._begin(records))
        for index, nth in self._repeats(digests).items():
            place = slice(index * _SIZE, (index + 1) * _SIZE)
            digests[place] = self._nth(bytes(digests[place]), nth)
        offsets = np.arange(len(records) + 1, dtype=np.int32) * _HEX
        return pa.StringArray.from_buffers(
            len(records), pa.py_buffer(offsets), pa.py_buffer(digests.hex().encode())
        )

    def pass_over(self, records: Sequence[bytes]) -> None:
        """Count records that were taken in earlier, without naming them."""
        self._repeats(self._digests(records, self._begin(records)))

    def peek(self, records: Sequence[bytes]) -> list[str]:
        """The ids that `records` would get if they came next."""
        ids: list[str] = []
        file = self._file or _digest(records[0])
        for place, record in enumerate(records):
            digest = bytes(self._digests([record], file))
            before = self._seen.count(int(np.frombuffer(digest[:8], np.uint64)[0]))
            nth = before + records[:place].count(record)
            ids.append((self._nth(digest, nth) if nth else digest).hex())
        return ids

    def _begin(self, records: Sequence[bytes]) -> bytes:
        """What tells the file from others; the first record that is seen settles it."""
        if not self._file and records:
            self._file = _digest(records[0])
        return self._file

    def _digests(self, records: Sequence[bytes], file: bytes) -> bytearray:
        # A copy is made in two thirds of the time that it takes to set up another hash.
        copy = blake2b(digest_size=_SIZE, person=self._person, salt=file).copy
        digests = bytearray()
        for record in records:
            digest = copy()
            digest.update(record)
            digests += digest.digest()
        return digests

    def _nth(self, digest: bytes, nth: int) -> bytes:
        return blake2b(digest + nth.to_bytes(8), digest_size=_SIZE, person=self._person).digest()

    def _repeats(self, digests: bytearray) -> dict[int, int]:
        """Which records are not the first of their like: how many came before each."""
        table = np.frombuffer(bytes(digests), np.uint8).reshape(-1, _SIZE)
        return self._seen.add(np.ascontiguousarray(table[:, :8]).view(np.uint64).reshape(-1))


def _digest(record: bytes) -> bytes:
    return blake2b(record, digest_size=16).digest()


class _Seen:
    """Short hashes seen so far, as a few sorted runs; and how often those seen twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._runs: list[np.ndarray[Any, np.dtype[np.uint64]]] = []
        self._counts: dict[int, int] = {}

    def count(self, value: int) -> int:
        """How often the hash was seen."""
        return self._counts.get(value) or int(self._is_known(np.array([value], np.uint64))[0])

    def add(self, values: np.ndarray[Any, np.dtype[np.uint64]]) -> dict[int, int]:
        """Take values in; for each place whose value came before, how often it did."""
        order = np.argsort(values, kind="stable")
        ordered = values[order]
        is_first = np.ones(len(values), np.bool_)
        is_first[1:] = ordered[1:] != ordered[:-1]
        fresh = ordered[is_first]
        is_known = self._is_known(fresh)
        repeated = ~is_first
        repeated[is_first] = is_known
        found = self._number(ordered, order, repeated)
        self._keep(fresh[~is_known])
        return found

    def _number(
        self,
        ordered: np.ndarray[Any, np.dtype[np.uint64]],
        order: np.ndarray[Any, np.dtype[np.int64]],
        repeated: np.ndarray[Any, np.dtype[np.bool_]],
    ) -> dict[int, int]:
        found: dict[int, int] = {}
        for place in np.flatnonzero(repeated).tolist():
            value = int(ordered[place])
            nth = self._counts.get(value, 1)
            self._counts[value] = nth + 1
            found[int(order[place])] = nth
        return found

    def _is_known(
        self, values: np.ndarray[Any, np.dtype[np.uint64]]
    ) -> np.ndarray[Any, np.dtype[np.bool_]]:
        known = np.zeros(len(values), np.bool_)
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, values), len(run) - 1)
            known |= run[places] == values
        return known

    def _keep(self, run: np.ndarray[Any, np.dtype[np.uint64]]) -> None:
        if not len(run):
            return
        # Merging only runs of like size keeps them few and the work per value logarithmic;
        # a bound on their size lets the oldest quarter be forgotten alone.
        while self._runs and len(self._runs[-1]) < min(2 * len(run), self._most // 4 - len(run)):
            run = np.sort(np.concatenate([self._runs.pop(), run]), kind="stable")
        self._runs.append(run)
        if sum(map(len, self._runs)) > self._most and len(self._runs) > 1:
            del self._runs[0]
