"""A lake: one folder with settings, sources, a secret and a table per source."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footfall.errors import (
    Conflict,
    InvalidMapping,
    LakeNotFound,
    UnknownSource,
    near_names,
    suggest,
)
from footfall.lake.definitions import check_source, read_definition, write_definition
from footfall.lake.files import write_whole
from footfall.lake.lock import TableLock, lock_path
from footfall.model.source import Source, check_source_name
from footfall.model.time import Clock, utc_now
from footfall.settings import FILE_NAME, Settings, load_settings

if TYPE_CHECKING:
    from footfall.lake.table import EventTable

SECRET_BYTES: Final = 32

_SETTINGS_TEXT: Final = """\
# Settings of this Footfall lake. What is not set here has its default:
# see the documentation for every key. Sources are defined in the folder `sources`.
"""


class LakeFolder:
    """Handle on a lake; safe to use from several threads and processes."""

    def __init__(self, root: Path, *, clock: Clock = utc_now) -> None:
        self.root = root.resolve()
        self.settings: Settings = load_settings(self.root)
        self.secret: bytes = _read_secret(self.root / "secret.key")
        self._clock = clock
        self._tables: dict[str, tuple[object, EventTable]] = {}
        self._definitions: dict[str, tuple[object, Source]] = {}
        self._guard = threading.RLock()
        # No source has a name that begins with a dot.
        self._defining = TableLock(lock_path(self.root, ".sources"))

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        clock: Clock = utc_now,
        random: Callable[[int], bytes] = secrets.token_bytes,
    ) -> LakeFolder:
        """A new, empty lake in `path`; raises `Conflict` if one is there already."""
        root = Path(path)
        if (root / FILE_NAME).exists():
            raise Conflict(f"A lake is in {root} already: open it, or choose another folder.")
        (root / "sources").mkdir(parents=True, exist_ok=True)
        if not (root / "secret.key").exists():
            write_whole(root / "secret.key", random(SECRET_BYTES), mode=0o600)
        # Last, for it is what makes the folder a lake.
        write_whole(root / FILE_NAME, _SETTINGS_TEXT.encode())
        return cls(root, clock=clock)

    @classmethod
    def open(cls, path: Path | str, *, clock: Clock = utc_now) -> LakeFolder:
        """The lake in `path`; raises `LakeNotFound`."""
        root = Path(path)
        if not (root / FILE_NAME).is_file():
            raise LakeNotFound(
                f"No lake in {root}: there is no {FILE_NAME}. Give the folder of a lake, or make "
                "one with `footfall source add NAME`.",
                parameter="lake",
            )
        return cls(root, clock=clock)

    @classmethod
    def open_or_create(cls, path: Path | str, *, clock: Clock = utc_now) -> LakeFolder:
        """The lake in `path`, made if there is none."""
        is_there = (Path(path) / FILE_NAME).is_file()
        return cls.open(path, clock=clock) if is_there else cls.create(path, clock=clock)

    def sources(self) -> list[Source]:
        """All sources whose definition can be read, by name; see `broken_sources`."""
        return [found for _, found in self._defined() if isinstance(found, Source)]

    def broken_sources(self) -> list[tuple[str, InvalidMapping]]:
        """Names of sources whose definition cannot be read, and what is wrong with each."""
        return [(name, found) for name, found in self._defined() if not isinstance(found, Source)]

    def source(self, name: str) -> Source:
        """The source of that name; raises `UnknownSource` with near names."""
        mark = self._mark(name)
        known = self._definitions.get(name)
        if known is None or known[0] != mark:
            try:
                known = self._definitions[name] = (mark, read_definition(self._definition(name)))
            except FileNotFoundError:
                raise self._unknown(name) from None
        return known[1]

    def check_defined(self, name: str) -> None:
        """Raise `UnknownSource` unless there is a definition of that name, sound or broken."""
        self._mark(name)

    def source_of_tracker(self, tracker_id: str) -> str | None:
        """Name of the source that trackers name by this id, None where there is none."""
        for _, source in self._defined():
            if isinstance(source, Source) and tracker_id in source.tracker_ids:
                return source.name
        return None

    def add_source(self, source: Source) -> None:
        """Define a new source; raises `Conflict` if there is one of that name.

        Of several processes that add the same source at once, one succeeds.
        """
        check_source(source)
        path = self._definition(source.name)
        with self._defining:
            if path.exists():
                raise Conflict(
                    f"There is a source {source.name!r} already: change it with "
                    f"`footfall source set {source.name}`, or choose another name.",
                    parameter="name",
                )
            self._check_tracker_ids(source)
            write_definition(path, source)

    def save_source(self, source: Source) -> None:
        """Define a source, or define it anew.

        Raises `Conflict` when a declared property would change its type, or go, while the
        table has a column for it.
        """
        check_source(source)
        with self._defining:
            self._check_columns(source)
            self._check_tracker_ids(source)
            write_definition(self._definition(source.name), source)

    def change_source(self, name: str, change: Callable[[Source], Source]) -> Source:
        """The source as `change` made it of the one that is defined now.

        Nobody else defines sources meanwhile, so that of changes made at once none is lost.
        Raises `UnknownSource`, and like `save_source`.
        """
        with self._defining:
            changed = change(self.source(name))
            self.save_source(changed)
        return changed

    def remove_source(self, name: str, *, with_data: bool) -> None:
        """Remove a source; its events stay in the folder unless `with_data`.

        Its definition need not be readable. A source of the same name, defined later, finds
        events that stayed. Raises `UnknownSource`.
        """
        self.check_defined(name)
        with self._defining, self._lock(name):
            self._definition(name).unlink(missing_ok=True)
            if with_data:
                for room in ("tables", "seen", "identities"):
                    shutil.rmtree(self.root / room / name, ignore_errors=True)
            with self._guard:
                self._tables.pop(name, None)

    def table(self, name: str) -> EventTable:
        """Table of a source, as the source is defined now; one handle serves all callers."""
        from footfall.lake.table import EventTable

        with self._guard:
            source = self.source(name)
            mark, _ = self._definitions[name]
            known = self._tables.get(name)
            # Written anew, it may stand for another table too: removed, and made again.
            if known is None or known[0] != mark:
                table = EventTable(self.root, source, settings=self.settings, clock=self._clock)
                known = self._tables[name] = (mark, table)
            return known[1]

    def table_mark(self, name: str) -> object:
        """What changes whenever the table of a source does, told by a look at its folder.

        None where there is no table. The table itself need not be opened for it.
        """
        try:
            return (self.root / "tables" / name / "_delta_log").stat().st_mtime_ns
        except OSError:
            return None

    def close(self) -> None:
        """Save what tables know in memory only; the lake stays usable."""
        with self._guard:
            tables = [table for _, table in self._tables.values()]
        for table in tables:
            table.close()

    def _mark(self, name: str) -> object:
        """What changes whenever the definition does; raises `UnknownSource`."""
        try:
            # A name may come from anybody, and must not lead to another file.
            check_source_name(name)
            found = self._definition(name).stat()
        except (InvalidMapping, OSError):
            raise self._unknown(name) from None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _lock(self, name: str) -> TableLock:
        """The lock of a table: that of the handle in use, for it is re-entrant."""
        with self._guard:
            known = self._tables.get(name)
            return known[1].lock if known else TableLock(lock_path(self.root, name))

    def _defined(self) -> Iterator[tuple[str, Source | InvalidMapping]]:
        for name in self._names():
            try:
                check_source_name(name)
                yield name, self.source(name)
            except UnknownSource:
                # It was removed after the folder was listed.
                continue
            except InvalidMapping as error:
                yield name, error

    def _names(self) -> list[str]:
        return sorted(path.stem for path in (self.root / "sources").glob("*.toml"))

    def _definition(self, name: str) -> Path:
        return self.root / "sources" / f"{name}.toml"

    def _unknown(self, name: str) -> UnknownSource:
        names = self._names()
        near = near_names(name, names)
        if near:
            hint = suggest(near)
        elif names:
            hint = f" There are {', '.join(names)}."
        else:
            hint = " It has none yet: add one with `footfall source add NAME`."
        return UnknownSource(
            f"The lake has no source {name!r}.{hint}",
            parameter="source",
            suggestions=near,
        )

    def _check_tracker_ids(self, source: Source) -> None:
        for other in self.sources() if source.tracker_ids else ():
            shared = sorted({*source.tracker_ids} & {*other.tracker_ids})
            if shared and other.name != source.name:
                raise Conflict(
                    f"The tracker id {shared[0]!r} leads to source {other.name!r} already: choose "
                    f"another, or take it away there first with footfall source set {other.name} "
                    f"{_tracker_ids([each for each in other.tracker_ids if each not in shared])}.",
                    parameter="tracker_ids",
                )

    def _check_columns(self, source: Source) -> None:
        try:
            before = self.source(source.name)
        except (UnknownSource, InvalidMapping):
            return
        changed = [k for k, kind in before.properties.items() if source.properties.get(k) != kind]
        if not changed:
            return
        for key in changed:
            if self.table(source.name).has_column(before.property_columns()[key]):
                raise Conflict(
                    f"Property {key!r} of source {source.name!r} is declared as "
                    f"{before.properties[key]} and its column holds events: keep it so. To have "
                    f"them in another type, take them in anew: footfall source remove "
                    f"{source.name} --with-data, then add the source with that type and ingest "
                    "again.",
                    parameter=f"properties.{key}",
                )


def _tracker_ids(ids: list[str]) -> str:
    """The options that leave a source these tracker ids."""
    return " ".join(f"--tracker-id {each}" for each in ids) or "--tracker-id ''"


def _read_secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise LakeNotFound(
            f"{path} is missing or not {SECRET_BYTES} bytes long: restore it from a backup of "
            "this lake; without it hashed addresses and logins no longer match."
        )
    return secret
