"""Bytes of a file or stream, decompressed by what they are, not by how the file is named."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

from footfall.errors import InvalidEvents

_BLOCK: Final = 256 * 1024
# A block of zstd holds up to 128 KiB in a few bytes: small pieces keep a hostile file from
# filling the memory before anything can stop it.
_ZSTD_PIECE: Final = 4 * 1024
# What `xz -9` needs to unpack, twice over; more is asked for by hostile files.
_MAX_XZ_MEMORY: Final = 128 * 1024 * 1024

_GZIP: Final = b"\x1f\x8b"
_BZIP2: Final = b"BZh"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPED: Final = tuple(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60))
_XZ: Final = b"\xfd7zXZ\0"
_N_MAGIC: Final = 10  # those of bzip2 are the longest
_FOREIGN: Final = {
    b"\x04\x22\x4d\x18": "lz4 -dc",
    b"PK\x03\x04": "unzip -p",
    b"7z\xbc\xaf\x27\x1c": "7z e -so",
    b"\x1f\x9d": "uncompress -c",
}


@dataclass(frozen=True)
class End:
    """Where content ends for whoever reads it, and the damage behind it, if there is any."""

    offset: int
    damage: InvalidEvents | None = None

    def check(self) -> None:
        """Raise what ends the content early, if it was damage."""
        if self.damage is not None:
            raise self.damage


class Content:
    """Decompressed bytes of `raw`: gzip, bzip2, zstd, xz (also several in a row), or as they are.

    `name` is how messages call it; `n_raw` counts the bytes taken from `raw`, which is
    what progress can be measured by; `n_sound` those given out whose checksum was seen to be
    right, which of packed content are whole parts only. `end` bounds what is given.
    """

    def __init__(self, raw: BinaryIO, name: str, end: End | None = None) -> None:
        self.name = name
        self.n_raw = 0
        self.n_sound = 0
        self.end = end
        self._raw = raw
        self._ahead = self._magic(b"")
        _refuse_foreign(self._ahead, name)
        self._make = _decoder_for(self._ahead)
        self._decoder = self._make() if self._make else None
        self._peeked = b""
        self._failure: InvalidEvents | None = None
        self._n_out = 0

    @property
    def is_compressed(self) -> bool:
        """Whether the bytes are unpacked on the way."""
        return self._make is not None

    def read(self, most: int) -> bytes:
        """Up to `most` bytes, none at the end; raises `InvalidEvents` if they are damaged."""
        if self._peeked:
            data, self._peeked = self._peeked[:most], self._peeked[most:]
            return data
        if self.end is not None:
            most = min(most, self.end.offset - self._n_out)
            if not most:
                self.end.check()
                return b""
        data = self._read_plain(most) if self._make is None else self._read_packed(most)
        self._n_out += len(data)
        return data

    def peek(self, n_bytes: int) -> bytes:
        """The next `n_bytes` bytes, fewer only at the end; they are still to be read."""
        data = self.fill(n_bytes)
        self._peeked = data + self._peeked
        # Who reads what was peeked meets the damage in its own place.
        self._failure = None
        return data

    def skip(self, n_bytes: int) -> int:
        """Read past `n_bytes` bytes; how many there were."""
        skipped = 0
        while skipped < n_bytes and (data := self.read(min(_BLOCK, n_bytes - skipped))):
            skipped += len(data)
        return skipped

    def fill(self, n_bytes: int) -> bytes:
        """Exactly `n_bytes` bytes, fewer only at the end.

        Damage also is an end, which `check` tells from a good one.
        """
        parts: list[bytes] = []
        try:
            while n_bytes > 0 and self._failure is None and (part := self.read(n_bytes)):
                parts.append(part)
                n_bytes -= len(part)
        except InvalidEvents as error:
            self._failure = error
        return b"".join(parts)

    def check(self) -> None:
        """Raise what ended the last `fill` early, if it was damage."""
        if self._failure is not None:
            raise self._failure

    def unread(self) -> Iterator[bytes]:
        """What `raw` gives, as it is packed, of content that nothing was read of yet."""
        yield self._ahead
        while data := self._take(_BLOCK):
            yield data

    def _magic(self, ahead: bytes) -> bytes:
        """What is ahead, long enough to tell how it is packed; a pipe gives it bit by bit."""
        while len(ahead) < _N_MAGIC and (more := self._take(_BLOCK)):
            ahead += more
        return ahead

    def _take(self, most: int) -> bytes:
        # read1 gives what a pipe has now instead of waiting for more.
        read = getattr(self._raw, "read1", self._raw.read)
        try:
            data: bytes = read(most)
        except OSError as error:
            raise InvalidEvents(
                f"{self.name} cannot be read: {error.strerror or error}. What came before is kept."
            ) from error
        self.n_raw += len(data)
        return data

    def _read_plain(self, most: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:most], self._ahead[most:]
            return data
        return self._take(most)

    def _read_packed(self, most: int) -> bytes:
        while True:
            if self._decoder is None and not self._next_member():
                return b""
            assert self._decoder is not None
            if not self._ahead and self._decoder.needs_input:
                self._ahead = self._take(_BLOCK)
                if not self._ahead:
                    raise self._damaged("ends in the middle of its compressed data")
            data = self._decode(most)
            if data:
                return data

    def _decode(self, most: int) -> bytes:
        assert self._decoder is not None
        given, self._ahead = self._ahead, b""
        try:
            data = self._decoder.decompress(given, most)
        except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError) as error:
            raise self._damaged(f"cannot be unpacked ({error})") from error
        if self._decoder.eof:
            self._ahead = self._decoder.unused_data
            self._decoder = None
            self.n_sound = self._n_out + len(data)
        return data

    def _next_member(self) -> bool:
        """Begin the next compressed part, if there is one after any padding."""
        while not (ahead := self._ahead.lstrip(b"\0")):
            self._ahead = self._take(_BLOCK)
            if not self._ahead:
                return False
        self._ahead = self._magic(ahead)
        make = _decoder_for(self._ahead)
        if make is None:
            raise self._damaged("has bytes after its compressed data that are not compressed")
        self._decoder = make()
        return True

    def _damaged(self, what: str) -> InvalidEvents:
        return InvalidEvents(
            f"{self.name} {what}, after {self._n_out:,} bytes of content. Of packed files only "
            "whole parts are taken in, whose checksums are right: here the first "
            f"{self.n_sound:,} bytes. Fetch the file again and ingest it once more."
        )


class _Decoder(Protocol):
    """What is needed of a decompressor; `bz2.BZ2Decompressor` is one already."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes: ...


class _Gzip:
    """One member of a gzip file."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


class _Zstd:
    """One frame of a zstd file; gives what a few KiB hold, whatever length is asked for."""

    def __init__(self) -> None:
        import zstandard

        self._inner = zstandard.ZstdDecompressor().decompressobj()
        self._error = zstandard.ZstdError
        self._waiting = b""
        self._out = b""

    @property
    def eof(self) -> bool:
        return self._inner.eof and not self._out

    @property
    def needs_input(self) -> bool:
        return not self._waiting and not self._out

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data + self._waiting

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        self._waiting += data
        if not self._out and not self._inner.eof:
            piece, self._waiting = self._waiting[:_ZSTD_PIECE], self._waiting[_ZSTD_PIECE:]
            try:
                self._out = self._inner.decompress(piece)
            except self._error as error:
                raise ValueError(str(error)) from error
        result, self._out = self._out[:max_length], self._out[max_length:]
        return result


class _Skipped:
    """A frame of zstd without content, as pzstd and the seekable format write for their readers.

    Its magic number, its length in four bytes, and so many bytes (RFC 8878, 3.1.2).
    """

    def __init__(self) -> None:
        self._head = b""
        self._n_left = -1
        self.unused_data = b""

    needs_input = True

    @property
    def eof(self) -> bool:
        return self._n_left == 0

    def decompress(self, data: bytes, _max_length: int = -1, /) -> bytes:
        if self._n_left < 0:
            self._head += data
            if len(self._head) < 8:
                return b""
            data, self._n_left = self._head[8:], int.from_bytes(self._head[4:8], "little")
        n_skipped = min(len(data), self._n_left)
        self._n_left -= n_skipped
        self.unused_data = data[n_skipped:]
        return b""


def is_packed(start: bytes) -> bool:
    """Whether content that begins so is compressed."""
    return _decoder_for(start) is not None


def _decoder_for(start: bytes) -> Callable[[], _Decoder] | None:
    if start.startswith(_GZIP):
        return _Gzip
    if start.startswith(_BZIP2) and start[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return bz2.BZ2Decompressor
    if start.startswith(_XZ):
        return _xz
    if start.startswith(_ZSTD_SKIPPED):
        return _Skipped
    return _Zstd if start.startswith(_ZSTD) else None


def _xz() -> _Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MAX_XZ_MEMORY)


def _refuse_foreign(start: bytes, name: str) -> None:
    """Tell the way out where content is packed in a way that is not read here."""
    for magic, command in _FOREIGN.items():
        if start.startswith(magic):
            raise InvalidEvents(
                f"{name} is packed in a way that is not read (gzip, zstd, bzip2 and xz are). "
                f"Unpack it on the way: {command} FILE | footfall ingest - --source NAME"
            )
