"""A segment of the journal: records one after another, each with its own checksums.

    marker 4 | length 4 | checksum of payload 4 | checksum of this header 4 | payload

Both checksums start from the segment's salt, and the header's includes the offset: bytes
that a sender made look like a record, or that lie at another offset, are never taken for one.
Offset and salt stand in the file's name, so no byte of the file is needed to read the rest.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

MARKER: Final = b"\xff\xfaFJ"
HEADER: Final = struct.Struct(">4sIII")
OVERHEAD: Final = HEADER.size

_OFFSET: Final = struct.Struct(">QI")
_NAME: Final = re.compile(r"(\d{20})-([0-9a-f]{8})\.seg")
_BUFFER: Final = 2**20


@dataclass(frozen=True, slots=True)
class Record:
    """What was appended in one piece: `[offset, end_offset)` of the journal."""

    offset: int
    end_offset: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes `[offset, end_offset)` of the journal that are no record."""

    offset: int
    end_offset: int


@dataclass(frozen=True, slots=True)
class Segment:
    """A file of records; `base` is the offset of its first byte."""

    path: Path
    base: int
    salt: int

    @classmethod
    def parse(cls, path: Path) -> Segment | None:
        """The segment a file holds by its name, or None."""
        match = _NAME.fullmatch(path.name)
        return cls(path, int(match[1]), int(match[2], 16)) if match else None

    @classmethod
    def name(cls, folder: Path, base: int, salt: int) -> Segment:
        """The segment that starts at `base`; its file is not made."""
        return cls(folder / f"{base:020d}-{salt:08x}.seg", base, salt)

    @property
    def n_bytes(self) -> int:
        """Size of the file, 0 where it is gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    @property
    def end(self) -> int:
        """Offset behind the file's last byte."""
        return self.base + self.n_bytes

    def frame(self, payload: bytes, offset: int) -> bytes:
        """The header that goes before a payload whose header starts at `offset`."""
        length, checksum = len(payload), crc32(payload, self.salt)
        return HEADER.pack(MARKER, length, checksum, self._header_sum(length, checksum, offset))

    def read(self, start: int, end: int) -> Iterator[Record | Gap]:
        """Records and gaps between two offsets of the journal, in order.

        `start` is where a record or gap begins. Damage costs the record it lies in: the
        reading goes on at the next header that proves to be one.
        """
        with self.path.open("rb", buffering=_BUFFER) as file:
            file.seek(start - self.base)
            yield from self._read(file, start, end)

    def _read(self, file: BinaryIO, at: int, end: int) -> Iterator[Record | Gap]:
        gap = at
        while at < end:
            payload = self._payload(file, at, end)
            if payload is None:
                at = self._resume(file, at, end)
                file.seek(at - self.base)
                continue
            if gap < at:
                yield Gap(gap, at)
            yield Record(at, gap := at + OVERHEAD + len(payload), payload)
            at = gap
        if gap < end:
            yield Gap(gap, end)

    def _payload(self, file: BinaryIO, at: int, end: int) -> bytes | None:
        """Payload of the record at `at` if it is whole and sound."""
        header = file.read(OVERHEAD)
        if not self._is_header(header, at, end):
            return None
        _, length, checksum, _ = HEADER.unpack(header)
        payload = file.read(length)
        return payload if crc32(payload, self.salt) == checksum else None

    def _is_header(self, header: bytes, at: int, end: int) -> bool:
        """Whether this is a sound header at `at`, of a record that ends before `end`."""
        if len(header) < OVERHEAD:
            return False
        marker, length, checksum, own = HEADER.unpack(header)
        if marker != MARKER or at + OVERHEAD + length > end:
            return False
        return own == self._header_sum(length, checksum, at)

    def _resume(self, file: BinaryIO, at: int, end: int) -> int:
        """Where the next sound header behind the damage at `at` starts, or `end`."""
        file.seek(at - self.base)
        rest = file.read(end - at)
        found = rest.find(MARKER, 1)
        while found >= 0:
            if self._is_header(rest[found : found + OVERHEAD], at + found, end):
                return at + found
            found = rest.find(MARKER, found + 1)
        return end

    def _header_sum(self, length: int, checksum: int, offset: int) -> int:
        return crc32(_OFFSET.pack(offset, length), checksum ^ self.salt)
