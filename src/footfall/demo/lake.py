"""A lake with demo events in it, made once and found again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from footfall.demo.generator import BATCH_EVENTS, Generator
from footfall.demo.recipe import DEMO_SOURCE, Recipe
from footfall.errors import Conflict
from footfall.intake.ledger import FILE_NAME as LEDGER
from footfall.intake.ledger import Ledger
from footfall.lake.files import write_whole
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable, Position
from footfall.model.ledger import Entry
from footfall.settings import FILE_NAME as SETTINGS

FILE_NAME: Final = "demo.json"
PROTOCOL: Final = "demo"
STREAM: Final = "file:demo"

_HOUR_US: Final = 3_600_000_000

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo lake: its folder, what it was made from, and whether that was just now."""

    lake: LakeFolder
    recipe: Recipe
    n_events: int
    is_new: bool


class _Note(msgspec.Struct):
    """What lies in the lake about how it was made."""

    recipe: Recipe
    n_events: int = 0
    is_complete: bool = False


def make_demo(root: Path, recipe: Recipe, progress: Progress | None = None) -> Demo:
    """The demo lake in `root`, made unless it is there already.

    A lake that was left half made is completed by its own recipe. `progress` hears what is
    being done and which share of the whole is done. Raises `Conflict` for a lake of other
    origin.
    """
    note = _read_note(root)
    if note is not None and note.is_complete:
        return Demo(LakeFolder.open(root), note.recipe, note.n_events, is_new=False)
    if note is None:
        _check_is_free(root)
        root.mkdir(parents=True, exist_ok=True)
        note = _Note(recipe)
        _write_note(root, note)
    lake = LakeFolder.open_or_create(root)
    lake.save_source(DEMO_SOURCE)
    note.n_events = fill(lake, note.recipe, progress)
    note.is_complete = True
    _write_note(root, note)
    return Demo(lake, note.recipe, note.n_events, is_new=True)


def fill(lake: LakeFolder, recipe: Recipe, progress: Progress | None = None) -> int:
    """Append the recipe's events to the demo source, count and compact them; how many."""
    progress = progress or _quiet
    table = lake.table(DEMO_SOURCE.name)
    progress("events", 0.0)
    generator = Generator(recipe)
    spans = generator.spans(BATCH_EVENTS)
    n_events = 0
    with Ledger(lake.root / LEDGER) as ledger:
        for number, plans in enumerate(spans):
            batch = generator.batch(number, plans)
            append(table, ledger, batch, Position(STREAM, number))
            n_events += batch.num_rows
            progress("events", 0.8 * (number + 1) / len(spans))
    table.compact(progress=lambda done, of: progress("compacting", 0.8 + 0.2 * done / of))
    # Nobody has read the files that compaction replaced: they need not be kept for an hour.
    table.vacuum(timedelta(0))
    table.shorten_log()
    progress("done", 1.0)
    return n_events


def append(table: EventTable, ledger: Ledger, batch: pa.Table, position: Position) -> None:
    """Store a batch and what became of it; a batch stored before changes nothing."""
    hours = np.asarray(batch["received_at"].cast(pa.int64())) // _HOUR_US
    distinct, entry_of, counts = np.unique(hours, return_inverse=True, return_counts=True)
    entries = [
        Entry(table.source.name, _moment(int(hour)), PROTOCOL, received=int(count))
        for hour, count in zip(distinct, counts, strict=True)
    ]
    appended = table.append(batch, position, entries=entries, entry_of=entry_of)
    ledger.add(appended.entries, position.stream, position.offset)


def _quiet(what: str, share: float) -> None:
    """Progress that nobody watches."""


def _moment(hour: int) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def _check_is_free(root: Path) -> None:
    if (root / SETTINGS).exists() or (root.is_dir() and any(root.iterdir())):
        raise Conflict(
            f"{root} is not empty and not a demo lake: name another folder with --lake, or "
            "look at that one with `footfall serve`.",
            parameter="lake",
        )


def _read_note(root: Path) -> _Note | None:
    try:
        return msgspec.json.decode((root / FILE_NAME).read_bytes(), type=_Note)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise Conflict(
            f"{root / FILE_NAME} cannot be read ({error}): remove the folder to make a new demo."
        ) from error


def _write_note(root: Path, note: _Note) -> None:
    form = {**msgspec.structs.asdict(note), "recipe": asdict(note.recipe)}
    write_whole(root / FILE_NAME, msgspec.json.format(msgspec.json.encode(form)))
