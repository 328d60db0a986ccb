"""What can be said of a source without reading its events."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from footfall.engines.columns import written_name
from footfall.model.event import COLUMNS
from footfall.model.field import parse_field
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.model.time import zone

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.lake.snapshot import Snapshot


ALL: Final = "all"
"""Time range of a query that asks for every event."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A source and the size of its table; `first` and `last` are times of events, UTC."""

    source: Source
    version: int
    n_events: int
    n_files: int
    n_bytes: int
    first: datetime | None
    last: datetime | None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        source = self.source
        return {
            "name": source.name,
            "description": source.description,
            "timezone": source.timezone,
            "session_gap": source.session_gap,
            "tracker_ids": list(source.tracker_ids),
            "addresses": source.addresses,
            "sessions": source.sessions,
            "mapping": {key: value for key, value in asdict(source.mapping).items() if value},
            "properties": dict(source.properties),
            "intervals": [asdict(item) for item in source.intervals],
            "columns": columns_of(source),
            "fields": computed_fields(),
            "version": self.version,
            "n_events": self.n_events,
            "n_files": self.n_files,
            "n_bytes": self.n_bytes,
            "first": self.first,
            "last": self.last,
        }


def summarize(lake: LakeFolder, name: str) -> Summary:
    """The summary of one source, from its newest version; raises `UnknownSource`."""
    snapshot: Snapshot = lake.table(name).snapshot()
    files = snapshot.files
    return Summary(
        source=snapshot.source,
        version=snapshot.version,
        n_events=snapshot.n_rows,
        n_files=len(files),
        n_bytes=snapshot.n_bytes,
        first=min((file.min_timestamp for file in files), default=None),
        last=max((file.max_timestamp for file in files), default=None),
    )


def with_definite_range(query: Query, lake: LakeFolder) -> Query:
    """The query, with "all" as its time made the days from the first event to the last."""
    if query.time_range != ALL:
        return query
    found = summarize(lake, query.source)
    timezone = query.timezone or found.source.timezone
    return replace(query, time_range=_days(found, timezone))


def _days(summary: Summary, timezone: str) -> str:
    if summary.first is None or summary.last is None:
        return "today"
    days = (moment.astimezone(zone(timezone)).date() for moment in (summary.first, summary.last))
    return "..".join(day.isoformat() for day in days)


def columns_of(source: Source) -> list[dict[str, str]]:
    """What a query may name: canonical columns, then declared properties.

    `sql` is the name in statements of people, quoted where it must be.
    """
    canonical = [
        {"name": column.name, "type": column.type, "doc": column.doc, "sql": column.name}
        for column in COLUMNS
        if column.name != "properties"
    ]
    declared = [
        {
            "name": f"properties.{key}",
            "type": kind,
            "doc": "declared property",
            "sql": written_name(key),
        }
        for key, kind in source.properties.items()
    ]
    return [*canonical, *declared]


def computed_fields() -> list[dict[str, str | None]]:
    """What a query may name besides columns, as it is computed: local times and sessions."""
    return [
        {"name": name, "type": parse_field(name, "field").type, "doc": doc}
        for name, doc in _COMPUTED.items()
    ]


_COMPUTED: Final[dict[str, str]] = {
    "hour_of_day": "0 to 23 on the clocks of the query's zone",
    "day_of_week": "1 (Monday) to 7, in the query's zone",
    "session.duration": "seconds of the session, to be measured",
    "session.n_events": "events of the session, to be measured",
    "session.entry_page": "first path of the session, to break sessions down by",
    "session.exit_page": "last path of the session, to break sessions down by",
    "session.number": "which session of its actor it is, to break sessions down by",
}
