"""The library: `footfall.open(path)` gives a lake to ask, to read and to add to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from footfall.errors import InvalidQuery
from footfall.model.query import DEFAULT_TIME_RANGE, Query
from footfall.model.time import TimeRange, utc_now

if TYPE_CHECKING:
    from footfall.engines.base import CancelToken, Engine, Limits
    from footfall.engines.duckdb import DuckDBEngine
    from footfall.intake.check import Found
    from footfall.intake.intake import Intake
    from footfall.intake.request import Receipt
    from footfall.lake.folder import LakeFolder
    from footfall.lake.identities import Identities
    from footfall.model.filter import Filter
    from footfall.model.source import Source
    from footfall.query.result import Result
    from footfall.query.stream import EventStream


def open(path: Path | str, *, clock: Callable[[], datetime] = utc_now) -> Lake:  # noqa: A001
    """The lake in the folder `path`; raises `LakeNotFound`.

    It may be open elsewhere as well: a server, other notebooks, the command line.
    """
    from footfall.lake.folder import LakeFolder

    return Lake(LakeFolder.open(path, clock=clock), clock=clock)


class Lake:
    """An open lake. Use it as a context manager, or `close` it."""

    def __init__(self, folder: LakeFolder, *, clock: Callable[[], datetime] = utc_now) -> None:
        self.folder = folder
        self._clock = clock
        self._intake: Intake | None = None

    def sources(self) -> list[Source]:
        """The sources, by name."""
        return self.folder.sources()

    def query(
        self,
        query: Query | Mapping[str, Any] | str | None = None,
        *,
        cancel: CancelToken | None = None,
        **parts: Any,
    ) -> Result:
        """The answer to a query, given whole, in its JSON form, or by source and parts.

        `lake.query("web", metrics=["actors"], granularity="day")`. Raises
        `UnknownSource`, `InvalidQuery` naming the part that is wrong, `LimitExceeded` beyond
        the limits of the lake's settings, and `Cancelled`.
        """
        from footfall.query.run import run_query

        return run_query(
            _query(query, parts),
            self.folder,
            self._engine,
            now=self._clock(),
            limits=self._limits,
            cancel=cancel,
        )

    def sql(
        self,
        text: str,
        *,
        limits: Limits | None = None,
        cancel: CancelToken | None = None,
        **parameters: Any,
    ) -> Result:
        """The answer to one SELECT over the sources; keywords stand for `$name` in it.

        `lake.sql("SELECT count(*) AS n FROM web WHERE country = $country", country="DE")`.
        Raises `InvalidSQL`, `LimitExceeded` beyond the limits of the lake's settings, and
        `Cancelled`.
        """
        from footfall.query.free_sql import run_sql

        return run_sql(
            text, self.folder, self._duckdb, parameters=parameters, limits=limits, cancel=cancel
        )

    def events(
        self,
        source: str,
        time_range: TimeRange | str | Mapping[str, Any] = DEFAULT_TIME_RANGE,
        filter: Filter | Mapping[str, Any] | None = None,  # noqa: A002 - its name everywhere
    ) -> EventStream:
        """The events of a source as a stream, those of the last 30 days unless told otherwise.

        `time_range` is that of a query: a text such as "last 7 days", "all", a `TimeRange`, or
        `{"start": …, "end": …}`, read in the source's zone; the events' own times are UTC.
        Raises `UnknownSource`, and `InvalidQuery` naming the part that is wrong.
        """
        from footfall.query.listings.listing import definite_range
        from footfall.query.origins import LakeOrigin
        from footfall.query.stream import EventStream

        table = self.folder.table(source)
        span = definite_range(time_range, table.source.timezone, self._clock())
        stream = EventStream(LakeOrigin(table, span, self._duckdb))
        return stream if filter is None else stream.filter(filter)

    def identities(self, source: str) -> Identities:
        """Which ids of a source are one actor: `show`, `merge` and `split` them.

        `lake.identities("web").merge("old@example.com", "new@example.com")` holds for every
        query from then on, old events included, until `revoke("old@example.com")`.
        """
        return self.folder.table(source).identities

    def intervals(
        self,
        source: str,
        name: str,
        time_range: TimeRange | str | Mapping[str, Any] = DEFAULT_TIME_RANGE,
        filter: Filter | Mapping[str, Any] | None = None,  # noqa: A002 - its name everywhere
        fields: Sequence[str] = (),
        *,
        limit: int | None = None,
        timezone: str | None = None,
        cancel: CancelToken | None = None,
    ) -> Result:
        """The intervals of that name, as the source declares it, that open in a time range.

        One row each, by the time at which it opens: start and end in `timezone` (the source's
        unless given), duration in seconds, and state: "complete", "open" while it runs, or
        "no_end" and "no_start" where a partner is missing. `filter` is about the event that
        opens it, of which the `fields` are shown as well. Without `limit` all of them come.
        Raises `UnknownSource`, `InvalidQuery` naming the part that is wrong, `LimitExceeded`
        beyond the limits of the lake's settings, and `Cancelled`.
        """
        from footfall.query.listings.intervals import list_intervals
        from footfall.query.listings.listing import Listing

        asked = Listing(source, time_range, filter, fields, limit=limit, timezone=timezone)
        return list_intervals(
            self.folder,
            self._engine,
            name,
            asked,
            now=self._clock(),
            limits=self._limits,
            cancel=cancel,
        ).rows

    def sessions(
        self,
        source: str,
        time_range: TimeRange | str | Mapping[str, Any] = DEFAULT_TIME_RANGE,
        filter: Filter | Mapping[str, Any] | None = None,  # noqa: A002 - its name everywhere
        *,
        order: str = "-start",
        limit: int | None = None,
        timezone: str | None = None,
        cancel: CancelToken | None = None,
    ) -> Result:
        """The sessions that have an event in a time range which passes the filter.

        One row each, newest first unless `order` is "start": start and end in `timezone` (the
        source's unless given), duration in seconds, number of events and pages, entry and exit
        page, how the actor came, and the number of the session among the actor's. Each is
        whole, also beyond the range. Without `limit` all of them come. Raises `UnknownSource`,
        `InvalidQuery` naming the part that is wrong, `LimitExceeded` beyond the limits of the
        lake's settings, and `Cancelled`.
        """
        from footfall.query.listings.listing import Listing
        from footfall.query.listings.sessions import list_sessions

        asked = Listing(source, time_range, filter, order=order, limit=limit, timezone=timezone)
        return list_sessions(
            self.folder,
            self._engine,
            asked,
            now=self._clock(),
            limits=self._limits,
            cancel=cancel,
        ).rows

    def append(self, source: str, events: Iterable[Mapping[str, Any]]) -> Receipt:
        """Add events; when this returns they are on disk, and the next query sees them.

        An event has at least a `name`, and whatever of `timestamp`, `distinct_id`,
        `event_id`, `url`, `properties` and the other columns is known. One whose `event_id`
        was there in the last days is counted, not stored again. The receipt tells how many
        were stored, how many were duplicates, and which were rejected and why. Raises
        `UnknownSource`, and `StorageFull` or `JournalError` where the disk fails; the events
        before are kept then.
        """
        if self._intake is None:
            from footfall.intake.intake import Intake

            self._intake = Intake.open(self.folder, self._clock)
        return self._intake.append(source, events)

    def check(self, *, is_full: bool = False) -> list[Found]:
        """What is wrong with the lake and what to do about each finding, as `footfall doctor`.

        `is_full` reads every byte and compares every checksum.
        """
        from footfall.intake.check import check_lake

        return list(check_lake(self.folder, is_full=is_full))

    def close(self) -> None:
        """Let go of the engines and the journal; the lake may be used again after it."""
        for name in ("_engine", "_duckdb"):
            engine = self.__dict__.pop(name, None)
            if engine is not None:
                engine.close()
        if self._intake is not None:
            self._intake.close()
            self._intake = None
        self.folder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        names = ", ".join(source.name for source in self.sources())
        return f"<Lake in {self.folder.root}: {names or 'no sources yet'}>"

    @cached_property
    def _engine(self) -> Engine:
        """The engine of the lake's settings, which answers queries."""
        from footfall.engines.registry import get_engine

        settings = self.folder.settings.query
        return (
            self._duckdb if settings.engine == "duckdb" else get_engine(settings.engine, settings)
        )

    @cached_property
    def _duckdb(self) -> DuckDBEngine:
        """Streams and SQL run on DuckDB always; a stream may have any number of events."""
        from footfall.engines.registry import get_duckdb

        return get_duckdb(replace(self.folder.settings.query, max_rows=0, timeout="0s"))

    @property
    def _limits(self) -> Limits:
        from footfall.engines.base import Limits

        return Limits.from_settings(self.folder.settings.query)


def _query(query: Query | Mapping[str, Any] | str | None, parts: Mapping[str, Any]) -> Query:
    if query is None:
        return Query.from_dict(parts)
    if isinstance(query, str) and "source" not in parts:
        return Query.from_dict({"source": query, **parts})
    if parts or isinstance(query, str):
        raise InvalidQuery(
            f"Give either a query or its parts, not both: {', '.join(parts)} came besides.",
            parameter=next(iter(parts)),
        )
    return query if isinstance(query, Query) else Query.from_dict(query)
