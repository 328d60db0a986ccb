"""Which file this is, whatever it is called, and how far it was read before."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from footfall.capture.records import HEAD

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger
    from footfall.lake.table import EventTable

_SMALL: Final = 4 * 1024

_FIRST: Final = "first"
_SHARED: Final = "shared"
_WENT_ON: Final = "went on"
_ALL_NOTED: Final = "all noted"


class Positions:
    """Positions of a source's files, which are known by what they begin with.

    A stream is named after the content that was read, up to its first 64 KiB: a file that
    was smaller is recognized by all of it, so that nothing is taken for read that was not.
    Names hold under rotation, compression and copying. The table knows the offsets; the
    ledger helps to find which lengths of heads there are.

    A shorter copy of a file has a head that nobody named. Of each file it is noted as well
    with which record it begins, and of each stream that its file was read further under another
    name: these tell where lines may come that were taken in before.
    """

    def __init__(self, table: EventTable, ledger: Ledger) -> None:
        self._table = table
        self._ledger = ledger
        self._source = table.source.name
        self._known: set[str] = set()
        self._lengths: set[int] = set()
        self.reload()

    def reload(self) -> None:
        """Learn of the files that others have read meanwhile."""
        self._known = {file.fingerprint for file in self._ledger.files(self._source)}
        self._lengths = {int(name.partition("-")[0]) for name in self._known} - {0}

    @property
    def has_unnoted(self) -> bool:
        """Whether there may be files whose first records nobody noted.

        An earlier version read them, or the ledger was lost.
        """
        return _remark(_ALL_NOTED) not in self._known

    def find(self, head: bytes) -> tuple[int, str]:
        """How many bytes of the file that begins with `head` were read, and as which stream.

        0 and no name where none were.
        """
        offset, stream = max(self._streams(head), default=(0, ""))
        return (offset, stream) if offset > 0 else (0, "")

    def _streams(self, head: bytes) -> list[tuple[int, str]]:
        return [
            (self._table.position(stream_name(name)), stream_name(name))
            for name in self._names(head)
            # The whole head may be known to the table alone, where the ledger was lost.
            if name in self._known or name.startswith(f"{HEAD}-")
        ]

    def _names(self, head: bytes) -> Iterator[str]:
        """Fingerprints of the head at all lengths that files had, in one pass over it."""
        print_ = _hash(self._source)
        done = 0
        for length in sorted({*self._lengths, HEAD}):
            if length > len(head):
                return
            print_.update(head[done:length])
            done = length
            yield f"{length}-{print_.hexdigest()}"

    def note(self, head: bytes, path: str, end: int, line: int, *, is_growing: bool) -> str:
        """Name of the stream for what was read up to `end`; remembered in the ledger."""
        length = _known_length(min(end, len(head), HEAD), is_growing=is_growing)
        name = fingerprint(self._source, head[:length])
        self._lengths.add(length)
        self._known.add(name)
        self._ledger.note_file(name, self._source, path, end, line - 1)
        return stream_name(name)

    def is_repeat(self, first: bytes, stream: str) -> bool:
        """Whether another file with this first record was read, perhaps further.

        `first` is the digest of the record, `stream` what `find` gave for the head. A file that
        goes on where it was left repeats none, unless others went on from there as well.
        """
        if _remark(_FIRST, first) not in self._known:
            return False
        return not stream or _remark(_SHARED, first) in self._known or self.went_on(stream)

    def note_first(self, first: bytes, path: str, *, is_shared: bool) -> None:
        """Remember the first record of a file; `is_shared` says that several begin with it."""
        # Asked before anything is noted: later the source has files in any case.
        if not self._known and self._table.snapshot().version < 0:
            self._note_remark(_remark(_ALL_NOTED), path)
        self._note_remark(_remark(_FIRST, first), path)
        if is_shared:
            self._note_remark(_remark(_SHARED, first), path)

    def went_on(self, stream: str) -> bool:
        """Whether more came behind the end of this stream, which has another name."""
        return _remark(_WENT_ON, stream.encode()) in self._known

    def note_going_on(self, stream: str, path: str) -> None:
        """Remember that more came behind the end of this stream."""
        self._note_remark(_remark(_WENT_ON, stream.encode()), path)

    def _note_remark(self, name: str, path: str) -> None:
        if name not in self._known:
            self._ledger.note_file(name, self._source, path, 0, 0)
            self._known.add(name)


def _known_length(length: int, *, is_growing: bool) -> int:
    """How much of the head names the stream.

    A growing file is committed often: a name for each size would be too many, so from
    4 KiB on powers of two must do.
    """
    if not is_growing or length < _SMALL:
        return length
    return 1 << (length.bit_length() - 1)


def _remark(kind: str, what: bytes = b"") -> str:
    """Name under which the ledger keeps a remark: as of a head of no length, which no file has."""
    return f"0-{blake2b(what, digest_size=12, person=kind.encode()).hexdigest()}"


def fingerprint(source: str, head: bytes) -> str:
    """Length of the head and a hash of it.

    >>> fingerprint("web", b"abc").partition("-")[0]
    '3'
    """
    print_ = _hash(source)
    print_.update(head)
    return f"{len(head)}-{print_.hexdigest()}"


def _hash(source: str) -> blake2b:
    person = blake2b(source.encode(), digest_size=16).digest()
    return blake2b(digest_size=12, person=person)


def stream_name(fingerprint: str) -> str:
    """Stream of a file, as positions name it."""
    return f"file:{fingerprint}"
