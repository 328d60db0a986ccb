"""Sessions of a source as rows: when, how long, which pages, and how their actor came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from footfall.engines.base import retry_stale
from footfall.model.time import (
    FIRST_INSTANT,
    LAST_INSTANT,
    MICROSECOND,
    TimeRange,
    from_epoch_us,
)
from footfall.query.listings.listing import Listing, Page, Selection, prepare
from footfall.query.listings.session_statements import (
    OPENING,
    described_statement,
    found_statement,
    numbers_statement,
)
from footfall.query.result import Result, ResultColumn, ResultType
from footfall.query.sql.scope import Scope
from footfall.query.sql.session_steps import MARGIN, SessionKind

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.engines.base import CancelToken, Engine, Limits
    from footfall.lake.folder import LakeFolder
    from footfall.lake.snapshot import Snapshot

ORDERS: Final = ("-start", "start")

_AT_ONCE: Final = 20_000

_TYPES: Final[dict[str, tuple[ResultType, str | None]]] = {
    "session_id": ("text", None),
    "actor_id": ("text", None),
    "number": ("int", None),
    "start": ("time", None),
    "end": ("time", None),
    "duration": ("float", "seconds"),
    "n_events": ("int", "events"),
    "n_pages": ("int", None),
    "is_bounce": ("bool", None),
    "entry_page": ("text", None),
    "exit_page": ("text", None),
    **{f"entry_{name}": ("text", None) for name in OPENING[:7]},
    **dict.fromkeys(OPENING[7:], ("text", None)),
}
_MEASURES: Final = frozenset({"duration", "n_events", "n_pages"})

SESSION_COLUMNS: Final = tuple(
    ResultColumn(name, "metric" if name in _MEASURES else "dimension", kind, unit)
    for name, (kind, unit) in _TYPES.items()
)
"""The columns of a list of sessions."""


def list_sessions(
    lake: LakeFolder,
    engine: Engine,
    asked: Listing,
    *,
    now: datetime,
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
) -> Page[Result]:
    """The sessions that reach into the range, each whole: as many as the metric `sessions` says.

    They have an event in the range that passes the filter, and come by the time of their first
    event, the newest first unless the order is "start". Columns are those of
    `SESSION_COLUMNS`: times are in the query's zone, `duration` in seconds, `number` counts the
    actor's sessions from the beginning of the log, `n_pages` different paths. Raises
    `InvalidQuery` naming the part that is wrong, `UnknownSource`, and what engines raise:
    `LimitExceeded`, `Cancelled`, `EngineError`.
    """
    wanted = prepare(asked, lake, orders=ORDERS, now=now)
    listing = _SessionListing(wanted, engine, limits, cancel)
    return retry_stale(lambda: listing.page(lake.table(asked.source).snapshot()))


class _SessionListing:
    """One page, from one version of the table."""

    def __init__(
        self,
        asked: Selection,
        engine: Engine,
        limits: Limits | None,
        cancel: CancelToken | None,
    ) -> None:
        self.kind = SessionKind.of(asked.source)
        self.asked = asked
        self.engine = engine
        self.limits = limits
        self.cancel = cancel
        self.sql: list[str] = []
        self.n_rows_read = 0
        self.milliseconds = 0.0

    def page(self, snapshot: Snapshot) -> Page[Result]:
        """The page of a whole snapshot."""
        import pyarrow as pa

        found = self._found(snapshot)
        rows = self.asked.shown(found)
        parts = [self._described(snapshot, part) for part in _portions(rows)]
        table = pa.concat_tables(parts) if parts else _empty(self.asked.time_range.timezone)
        return Page(
            rows=self._result(table),
            cursor=self.asked.cursor(found, _place),
            n_rows_read=self.n_rows_read,
            milliseconds=self.milliseconds,
        )

    def _found(self, snapshot: Snapshot) -> pa.Table:
        """Which sessions; around the range, events are read only as far as sessions last."""
        near = self.asked.time_range.widened(MARGIN)
        if self.kind.is_given or near.end >= LAST_INSTANT or near.start <= FIRST_INSTANT:
            return self._find(snapshot, FIRST_INSTANT, LAST_INSTANT)
        if self.asked.n_wanted is not None and self.asked.n_wanted <= _AT_ONCE:
            rows = self._find(snapshot, near.start, near.end)
            is_cut = any(
                first - self.kind.gap_us < near.start_us for first in _numbers(rows["begins"])
            )
            if not (is_cut or self._is_cut(rows, near)):
                return self._numbered(snapshot, rows)
        rows = self._find(snapshot, FIRST_INSTANT, near.end)
        if not self._is_cut(rows, near):
            return rows
        return self._find(snapshot, FIRST_INSTANT, LAST_INSTANT)

    def _is_cut(self, rows: pa.Table, near: TimeRange) -> bool:
        """Whether one of the sessions may go on behind what was read."""
        return any(last + self.kind.gap_us >= near.end_us for last in _numbers(rows["ends"]))

    def _find(self, snapshot: Snapshot, start: datetime, end: datetime) -> pa.Table:
        read = TimeRange(start, end, self.asked.time_range.timezone)
        is_whole = start == FIRST_INSTANT and end == LAST_INSTANT
        parts = {
            "hits": snapshot.prune(self.asked.time_range),
            "events": snapshot if is_whole else snapshot.prune(read),
        }
        hits = Scope.of(parts["hits"], self.engine.dialect, self.asked.time_range)
        log = Scope.of(parts["events"], self.engine.dialect, read)
        sql = found_statement(self.kind, self.asked, hits, log)
        relations = {"hits": hits.reading(), "events": log.reading()}
        return self._run(sql, relations, hits.values)

    def _numbered(self, snapshot: Snapshot, rows: pa.Table) -> pa.Table:
        """The same rows with the numbers that sessions have in the whole log."""
        if not rows.num_rows:
            return rows
        read = TimeRange(FIRST_INSTANT, self.asked.time_range.end + MARGIN, "UTC")
        part = snapshot.prune(read)
        scope = Scope.of(part, self.engine.dialect, read)
        pairs = _pairs(rows)
        sql = numbers_statement(self.kind, pairs, scope)
        answer = self._run(sql, {"events": scope.reading()}, scope.values)
        place = rows.column_names.index("number")
        return rows.set_column(place, "number", _in_order(answer, pairs)["number"])

    def _described(self, snapshot: Snapshot, rows: pa.Table) -> pa.Table:
        """Rows of the list, out of what was found of some sessions."""
        pairs = _pairs(rows)
        first, last = min(rows["begins"].to_pylist()), max(rows["ends"].to_pylist())
        span = TimeRange(from_epoch_us(first), from_epoch_us(last) + MICROSECOND, "UTC")
        part = snapshot.prune(span)
        scope = Scope.of(part, self.engine.dialect, span)
        sql = described_statement(self.kind, pairs, scope)
        answer = self._run(sql, {"events": scope.reading()}, scope.values)
        return _listed(rows, _in_order(answer, pairs), self.kind, self.asked.time_range.timezone)

    def _run(self, sql: str, relations: dict[str, Snapshot], values: dict[str, Any]) -> pa.Table:
        answer = self.engine.run(sql, relations, values, limits=self.limits, cancel=self.cancel)
        self.sql.append(sql)
        self.n_rows_read += answer.n_rows_read
        self.milliseconds += answer.milliseconds
        return answer.table

    def _result(self, table: pa.Table) -> Result:
        return Result(
            columns=SESSION_COLUMNS,
            table=table,
            sql=";\n\n".join(self.sql),
            engine=self.engine.name,
            milliseconds=self.milliseconds,
            n_rows_read=self.n_rows_read,
            time_range=self.asked.time_range,
        )


def _place(session: Mapping[str, Any]) -> tuple[int, str]:
    return int(session["begins"]), session["key"]


def _portions(rows: pa.Table) -> Iterator[pa.Table]:
    """Sessions that follow each other, few enough to be named in a statement."""
    for start in range(0, rows.num_rows, _AT_ONCE):
        yield rows.slice(start, _AT_ONCE)


def _pairs(rows: pa.Table) -> list[tuple[str, int]]:
    """Key and start of each session."""
    return list(zip(rows["key"].to_pylist(), _numbers(rows["begins"]), strict=True))


def _numbers(values: Any) -> list[int]:
    return values.to_pylist()


def _in_order(answer: pa.Table, pairs: list[tuple[str, int]]) -> pa.Table:
    """The rows of an answer in the order of the sessions."""
    import pyarrow as pa

    keys = zip(answer["key"].to_pylist(), answer["begins"].to_pylist(), strict=True)
    places = {key: place for place, key in enumerate(keys)}
    return answer.take(pa.array([places[pair] for pair in pairs], pa.int64()))


def _listed(rows: pa.Table, told: pa.Table, kind: SessionKind, timezone: str) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    first, last = (rows[name].cast(pa.int64()) for name in ("begins", "ends"))
    n_events, actors = rows["n_events"].cast(pa.int64()), rows["actor"].cast(pa.string())
    ids = rows["key"].cast(pa.string()) if kind.is_given else _derived(actors, told["first_event"])
    opening = [told[f"c{place}"].cast(pa.string()) for place in range(len(OPENING))]
    columns = [
        *(ids, actors, rows["number"].cast(pa.int64())),
        *(moments.cast(pa.timestamp("us", timezone)) for moments in (first, last)),
        pc.divide(pc.subtract(last, first).cast(pa.float64()), 1e6),
        *(n_events, told["n_pages"].cast(pa.int64()), pc.equal(n_events, 1)),
        *(told[name].cast(pa.string()) for name in ("entry_page", "exit_page")),
        *opening,
    ]
    return pa.table(dict(zip(_TYPES, columns, strict=True)))


def _empty(timezone: str) -> pa.Table:
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "int": pa.int64(),
        "float": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us", timezone),
    }
    return pa.table({name: pa.array([], kinds[kind]) for name, (kind, _) in _TYPES.items()})


def _derived(actors: Any, first_ids: Any) -> pa.Array:
    """Ids of sessions, which stay the same whenever they are asked for."""
    import pyarrow as pa

    pairs = zip(actors.to_pylist(), first_ids.to_pylist(), strict=True)
    return pa.array([session_id_of(actor, first) for actor, first in pairs], pa.string())


def session_id_of(actor_id: str, first_event_id: str) -> str:
    """The id of an actor's session that begins with an event.

    >>> session_id_of("anna", "e1")
    's_93edb2b24722a88ac1ab'
    """
    text = f"{len(actor_id)}:{actor_id}{first_event_id}"
    return "s_" + blake2b(text.encode(), digest_size=10).hexdigest()
