"""Takes people out of a table: their events, and what was decided about their ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from footfall.lake.delete import Deleted, delete
from footfall.lake.files import remove_quietly, write_whole
from footfall.lake.rewrite import read_columns
from footfall.lake.snapshot import LINK_COLUMN, DataFile
from footfall.model.source import Source

if TYPE_CHECKING:
    from footfall.lake.identities import Identities
    from footfall.lake.table import EventTable

_ID_COLUMNS: Final = ("actor_id", LINK_COLUMN, "distinct_id")


class _Person(msgspec.Struct):
    """The ids of one actor, and those of them in events that are taken out."""

    ids: set[str]
    hit: set[str]


_decode = msgspec.json.Decoder(list[_Person]).decode


def erase(table: EventTable, condition: pc.Expression) -> Deleted:
    """Take out all events for which `condition` holds, and decisions about who has none left.

    Whom it concerns is noted first: killed on the way, it is done when it is asked for again.
    """
    with table.lock:
        table.log.refresh()
        noted = table.identities.folder / "erasing.json"
        people = [*_noted(noted), *_concerned(table, condition)]
        if people:
            write_whole(noted, msgspec.json.encode(people), mode=0o600)
        deleted = delete(table, condition)
        table.identities.forget(_gone(people, table.log.files, table.source))
        remove_quietly(noted)
    return deleted


def _noted(path: Path) -> list[_Person]:
    """Whom an erasure concerned that did not come to its end."""
    try:
        return _decode(path.read_bytes())
    except FileNotFoundError:
        return []


def _concerned(table: EventTable, condition: pc.Expression) -> list[_Person]:
    """People whom decisions name and who have such events."""
    people = _decided(table.identities)
    wanted = set[str]().union(*people)
    hit = _ids_of_events(table.log.files, table.source, wanted, condition)
    return [_Person(ids, ids & hit) for ids in people if ids & hit]


def _decided(identities: Identities) -> list[set[str]]:
    """The ids of every actor whom decisions name."""
    named = {each for item in identities.decisions() for each in item.ids}
    if not named:
        return []
    actors = identities.actors()
    people = {actors.get(each, each): {actors.get(each, each)} for each in named}
    for each in [*named, *actors]:
        actor = actors.get(each, each)
        if actor in people:
            people[actor].add(each)
    return list(people.values())


def _gone(people: Sequence[_Person], files: Iterable[DataFile], source: Source) -> set[str]:
    """Ids whose last events were taken out; all of a person where none of any id is left."""
    left = _ids_of_events(files, source, set[str]().union(*(each.ids for each in people)))
    return set[str]().union(*(each.hit - left if each.ids & left else each.ids for each in people))


def _ids_of_events(
    files: Iterable[DataFile],
    source: Source,
    wanted: set[str],
    condition: pc.Expression | None = None,
) -> set[str]:
    """Those of the wanted ids that events have for which the condition holds.

    Files are read until all are found.
    """
    missing = set(wanted)
    for file in files:
        if not missing:
            break
        values = pa.array(sorted(missing), pa.string())
        is_wanted = reduce(
            lambda one, other: one | other,
            (pc.coalesce(pc.field(name).isin(values), pc.scalar(False)) for name in _ID_COLUMNS),
        )
        both = is_wanted if condition is None else is_wanted & condition
        found = read_columns(file, source, _ID_COLUMNS, both)
        missing -= {each for column in found.columns for each in column.to_pylist()}
    return wanted - missing
