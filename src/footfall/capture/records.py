"""Records: what a chunk of a file holds, where each begins, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MAX_RECORD: Final = 1024 * 1024
RAW_KEPT: Final = 64 * 1024
HEAD: Final = 64 * 1024
"""Bytes by which a file is known, and in which its header must lie."""
BOM: Final = b"\xef\xbb\xbf"

Row = dict[str, Any]
Indices: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.int64]]"


@dataclass(frozen=True)
class Records:
    """Records within `data`: record i is `data[starts[i]:ends[i]]`, on line `lines[i]`."""

    data: bytes
    starts: Indices
    ends: Indices
    lines: Indices

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def items(self) -> list[bytes]:
        """The bytes of each record."""
        data = self.data
        return [
            data[start:end]
            for start, end in zip(self.starts.tolist(), self.ends.tolist(), strict=True)
        ]


class Flaw(NamedTuple):
    """Why a record is no event, for people; and the stable code of such reasons."""

    reason: str
    code: str = "malformed"


TOO_LONG: Final = Flaw(f"longer than {MAX_RECORD:,} bytes", "too_long")


class Fault(NamedTuple):
    """Record number `record` of a piece cannot become an event; the rest is its `Flaw`."""

    record: int
    reason: str
    code: str = "malformed"

    def at(self, record: int) -> Fault:
        """The same of the record with another number, as among more records."""
        return self._replace(record=int(record))


@dataclass(frozen=True)
class Parsed:
    """Events out of records: row i of `table` is record `rows[i]`; the others have faults.

    The table has canonical columns as far as the records tell, and columns of declared
    properties; `event_id` is there, and not null, only where a record carries its own.
    """

    table: pa.Table
    rows: Indices
    faults: list[Fault] = field(default_factory=list[Fault])


class Format(Protocol):
    """One shape of file. An instance belongs to one file: it may remember its header."""

    def begin(self, head: bytes) -> int:
        """Read what stands before the first record; its length in bytes.

        `head` is the beginning of the file. Raises `InvalidEvents` if it does not fit.
        """
        ...

    def cut(self, data: bytes, *, is_last: bool) -> int:
        """End of the last whole record in `data`, which begins where a record may begin.

        With `is_last` nothing follows, so that what is left over is a record as well.
        """
        ...

    def records(self, data: bytes, line: int) -> Records:
        """Records of a piece that `cut` gave; `line` is the number of its first line.

        Called for one piece after the other, while the piece before may still be parsed in
        another thread.
        """
        ...

    def parse(self, records: Records) -> Parsed:
        """Events and faults out of records."""
        ...

    def continues(self, record: bytes, following: bytes) -> bool:
        """Whether `following` belongs to a record that was read to the end of its file.

        The file has grown since; if so, `record` was only its beginning.
        """
        ...


def line_records(data: bytes, line: int) -> Records:
    """One record a line; without line ends, empty lines left out.

    >>> line_records(b"a\\r\\n\\nb", 7).items
    [b'a', b'b']
    """
    starts, ends, lines = line_spans(data, line)
    kept = ends > starts
    return Records(data, starts[kept], ends[kept], lines[kept])


def line_spans(data: bytes, line: int) -> tuple[Indices, Indices, Indices]:
    """Start, end (without line end) and number of every line, empty ones as well."""
    import numpy as np

    array = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(array == 10)
    if data and not data.endswith(b"\n"):
        breaks = np.append(breaks, len(data))
    starts = np.concatenate([np.zeros(1, np.int64), breaks[:-1] + 1])[: len(breaks)]
    ends = breaks.copy()
    has_return = (ends > starts) & (array[np.maximum(ends - 1, 0)] == 13) if data else ends > starts
    ends[has_return] -= 1
    return starts, ends, line + np.arange(len(breaks), dtype=np.int64)


def cut_line(data: bytes, *, is_last: bool) -> int:
    """End of the last whole line; of everything where nothing follows."""
    return len(data) if is_last else data.rfind(b"\n") + 1


def line_continues(record: bytes, following: bytes) -> bool:  # noqa: ARG001 - as formats call it
    """Whether a line goes on: unless what follows is its end."""
    return not following.startswith((b"\n", b"\r\n"))


def readable(records: Records) -> Records:
    """The same records in valid UTF-8 without NUL: what is not so becomes U+FFFD.

    Places may shift.
    """
    if is_text(records.data):
        return records
    import numpy as np

    items = [
        item.decode("utf-8", "replace").replace("\0", "\ufffd").encode() for item in records.items
    ]
    ends = np.cumsum([len(item) + 1 for item in items], dtype=np.int64) - 1
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])[: len(ends)]
    return Records(b"\n".join(items) + b"\n", starts, ends, records.lines)


def is_text(data: bytes) -> bool:
    """Whether the bytes are valid UTF-8 without NUL."""
    if b"\0" in data:
        return False
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def too_long(records: Records) -> list[Fault]:
    """Faults of the records that are longer than any event should be."""
    import numpy as np

    lengths = records.ends - records.starts
    return [Fault(int(i), *TOO_LONG) for i in np.flatnonzero(lengths > MAX_RECORD)]


def without(records: Records, faults: list[Fault]) -> tuple[Records, Indices]:
    """Records that have no fault yet, and their places among all."""
    import numpy as np

    kept = np.ones(len(records), np.bool_)
    kept[[fault.record for fault in faults]] = False
    places = np.flatnonzero(kept)
    if len(places) == len(records):
        return records, places
    return (
        Records(records.data, records.starts[kept], records.ends[kept], records.lines[kept]),
        places,
    )
