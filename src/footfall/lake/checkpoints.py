"""The log of a table as files: checkpoints made lasting, torn ones mended, old ones let go of.

A checkpoint stands for all entries up to its version. Entries are let go of only behind the
last checkpoint but one, so that the log can be read when the newest checkpoint is damaged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from footfall.lake.files import remove_quietly, sync_file, sync_folder

HINT: Final = "_last_checkpoint"

_DIGITS: Final = 20
_SECTOR: Final = bytes(512)
# Each line of an entry is an object with one action in it.
_LINE_END: Final = b"}}"
# Those of the Delta protocol; readers pass over what they do not know.
_ACTIONS: Final = frozenset(
    ("add", "remove", "cdc", "metaData", "protocol", "txn", "commitInfo", "domainMetadata")
)

_log = logging.getLogger(__name__)


def entry_path(folder: Path, version: int) -> Path:
    """Where the entry of a version stands in the log."""
    return folder / f"{version:0{_DIGITS}d}.json"


def entries_left(folder: Path, after: int, last: int) -> list[int]:
    """Versions behind `after`, up to `last`, whose entries are still in the log, in order.

    It takes as long as the log is, not as the table is old.
    """
    found = (_version(path) for path in folder.glob("*.json") if path.stem.isdigit())
    return sorted(version for version in found if after < version <= last)


def has_checkpoint(folder: Path, version: int) -> bool:
    """Whether there is a checkpoint of exactly this version."""
    return any(True for _ in _checkpoints_of(folder, version))


def sync_checkpoint(folder: Path, version: int) -> None:
    """Return when the checkpoint of this version, and the hint at it, are on the disk."""
    for path in (*_checkpoints_of(folder, version), folder / HINT):
        sync_file(path)
    sync_folder(folder)


def let_go(folder: Path, before: datetime) -> int:
    """Remove what was written to the log before that moment; the number of files removed.

    What it takes to read the log from the last checkpoint but one stays, and so does
    whatever follows an entry that stays.
    """
    known = {path: _version(path) for path in folder.iterdir() if path.name[:_DIGITS].isdigit()}
    checkpoints = sorted({known[path] for path in known if _is_checkpoint(path)})
    entries = sorted(path for path in known if path.suffix == ".json")
    stays = next((known[path] for path in entries if _written(path) >= before), None)
    bases = [version for version in checkpoints[:-1] if stays is None or version <= stays]
    if not bases:
        return 0
    # Oldest first: killed halfway, what is left has no gap.
    gone = sorted(path for path in known if known[path] < bases[-1])
    return sum(remove_quietly(path) for path in gone)


def mend_entry(folder: Path) -> None:
    """Set the last entry aside if a power cut left it torn.

    Such an entry was never acknowledged: a commit returns when its entry is on the disk. One
    that is damaged otherwise stays, for what it committed may be told nowhere else.
    """
    last = max(folder.glob("*.json"), default=None)
    if last is not None and is_torn(last.read_bytes()):
        last.replace(last.with_suffix(".torn"))
        _log.warning(
            "%s was torn by a power cut and is set aside as .torn: nothing that it says was "
            "acknowledged.",
            last,
        )


def damaged_entry(folder: Path) -> Path | None:
    """The first entry of the log that is neither whole nor torn."""
    for path in sorted(folder.glob("*.json")):
        content = path.read_bytes()
        if not is_torn(content) and not _is_whole_entry(content):
            return path
    return None


def is_torn(entry: bytes) -> bool:
    """Whether the writing of an entry ended early, so that it never was on the disk.

    Then it ends within a line, or has sectors that were not written. Bits that turned on the
    disk later leave an entry that goes on to its end, be it that they are in the end itself.
    """
    if not entry or entry.endswith(b"\0") or _SECTOR in entry:
        return True
    *before, last = entry.splitlines()
    has_end = last.endswith(_LINE_END) or _is_json([last[:-2] + _LINE_END])
    return not has_end and not _is_json([last]) and _is_json(before)


def _is_whole_entry(content: bytes) -> bool:
    try:
        lines = [json.loads(line) for line in content.splitlines()]
    except ValueError:
        return False
    return all(isinstance(line, dict) and line.keys() <= _ACTIONS for line in lines)


def _is_json(lines: list[bytes]) -> bool:
    try:
        for line in lines:
            json.loads(line)
    except ValueError:
        return False
    return True


def mend_checkpoints(folder: Path) -> None:
    """Set newest checkpoints aside that cannot be read, and forget which was the last.

    Without the hint a reader looks for the newest checkpoint itself.
    """
    for path in sorted(filter(_is_checkpoint, folder.glob("*.parquet")), reverse=True):
        if _is_whole(path):
            break
        path.replace(path.with_suffix(".torn"))
    remove_quietly(folder / HINT)


def _checkpoints_of(folder: Path, version: int) -> Iterator[Path]:
    return folder.glob(f"{version:0{_DIGITS}d}.checkpoint*.parquet")


def _is_checkpoint(path: Path) -> bool:
    return ".checkpoint" in path.name and path.suffix == ".parquet"


def _version(path: Path) -> int:
    return int(path.name[:_DIGITS])


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _is_whole(checkpoint: Path) -> bool:
    # Read before it is parsed: pyarrow tells damage, too, as an `OSError`.
    content = checkpoint.read_bytes()
    try:
        pq.ParquetFile(pa.BufferReader(content)).read()
    except (OSError, pa.ArrowException):
        return False
    return True
