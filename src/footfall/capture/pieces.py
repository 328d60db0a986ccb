"""A file cut into pieces of whole records, each with its place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from footfall.capture.reading import Content
from footfall.capture.records import RAW_KEPT, Format
from footfall.intake.issued import LONGEST, without_secrets

PIECE: Final = 6 * 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """Whole records: `data` are the bytes `start` to `end` of the content, from line `line`.

    `is_oversized` marks a record longer than a piece, of which `data` is the beginning;
    `is_tail` a piece that the content ended rather than a record's own end.
    """

    data: bytes
    start: int
    end: int
    line: int
    is_oversized: bool = False
    is_tail: bool = False


class Pieces:
    """Cuts `content`, which stands at byte `offset` on line `line`, into pieces.

    More can be read when the content has grown meanwhile.
    """

    def __init__(
        self, content: Content, form: Format, offset: int, line: int, *, size: int = PIECE
    ) -> None:
        self.offset = offset
        self.line = line
        self._content = content
        self._form = form
        self._size = size
        self._held = b""

    def push_back(self, data: bytes, start: int, line: int) -> None:
        """Give bytes back that were read last, from `start` on line `line`, to be read again."""
        self._held = data
        self.offset, self.line = start, line

    def read(self, *, is_last: bool, until: int | None = None) -> Iterator[Piece]:
        """Pieces up to the end of the content, or to byte `until` of it.

        With `is_last` what is left at the end is a piece as well, otherwise it is held.
        Raises `InvalidEvents` behind the last whole record of content that is damaged.
        """
        while True:
            data = self._fill(until)
            if len(data) < self._size:
                yield from self._finish(data, is_last=is_last)
                return
            end = self._form.cut(data, is_last=False)
            if end:
                yield self._piece(data, end)
            else:
                yield self._oversized(data, until)

    def _fill(self, until: int | None) -> bytes:
        most = self._size - len(self._held)
        if until is not None:
            most = min(most, until - self.offset - len(self._held))
        data = self._held + self._content.fill(max(most, 0))
        self._held = b""
        return data

    def _finish(self, data: bytes, *, is_last: bool) -> Iterator[Piece]:
        end = self._form.cut(data, is_last=False)
        if end:
            yield self._piece(data, end)
            data, self._held = self._held, b""
        self._content.check()
        if data and is_last:
            yield self._piece(data, len(data), is_tail=True)
        else:
            self._held = data

    def _piece(self, data: bytes, end: int, *, is_tail: bool = False) -> Piece:
        self._held = data[end:]
        taken = data[:end]
        return self._advance(taken, len(taken), taken.count(b"\n"), is_tail=is_tail)

    def _oversized(self, data: bytes, until: int | None) -> Piece:
        """The beginning of a record that fills a whole piece; the rest of its line is skipped."""
        length, n_lines, ended = len(data), 0, False
        while not ended:
            self._held = b""
            more = self._content.fill(
                self._size if until is None else min(self._size, until - self.offset - length)
            )
            place = more.find(b"\n") + 1
            self._held = more[place:] if place else b""
            length += place or len(more)
            n_lines, ended = int(place > 0), place > 0 or not more
        # Cut only behind a secret, of which else the beginning would be left.
        kept = without_secrets(data[: RAW_KEPT + LONGEST])[:RAW_KEPT]
        return self._advance(kept, length, n_lines, is_oversized=True)

    def _advance(
        self,
        data: bytes,
        length: int,
        n_lines: int,
        *,
        is_oversized: bool = False,
        is_tail: bool = False,
    ) -> Piece:
        start, line = self.offset, self.line
        self.offset += length
        self.line += n_lines
        return Piece(data, start, self.offset, line, is_oversized, is_tail)
