"""Single events, page by page, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from footfall.engines.base import EngineResult, retry_stale
from footfall.engines.columns import physical_columns
from footfall.errors import InvalidQuery, near_names
from footfall.model.field import parse_field
from footfall.model.time import to_epoch_us
from footfall.query.listings.cursor import Cursor
from footfall.query.listings.listing import Listing, Page, Selection, prepare
from footfall.query.listings.portions import portions
from footfall.query.listings.records import look_up, records
from footfall.query.sql.scope import TIMESTAMP, Scope

if TYPE_CHECKING:
    from footfall.engines.base import CancelToken, Engine, Limits
    from footfall.lake.folder import LakeFolder
    from footfall.lake.snapshot import Snapshot
    from footfall.model.source import Source

ORDERS: Final = ("-timestamp", "timestamp")


def list_events(
    lake: LakeFolder,
    engine: Engine,
    asked: Listing,
    *,
    now: datetime,
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
) -> Page[list[dict[str, Any]]]:
    """Events that pass the filter, newest first unless the order is "timestamp".

    Fields are columns or `properties.<key>`; none means every column and `properties` as
    one dictionary. Events of the same time are ordered by `event_id`. A page stays where it
    is while events are added. Raises `InvalidQuery` naming the part that is wrong,
    `UnknownSource`, and what engines raise: `LimitExceeded`, `Cancelled`, `EngineError`.
    """
    wanted = prepare(asked, lake, orders=ORDERS, now=now)
    _check_fields(wanted.fields, wanted.source)
    listing = _EventListing(wanted, engine, limits, cancel)
    return retry_stale(lambda: listing.page(lake))


@dataclass(frozen=True, slots=True)
class _EventListing:
    """One page, from one version of the table."""

    asked: Selection
    engine: Engine
    limits: Limits | None
    cancel: CancelToken | None

    def page(self, lake: LakeFolder) -> Page[list[dict[str, Any]]]:
        """The page of the newest version."""
        answer = self._ask(lake.table(self.asked.source.name).snapshot(self.asked.time_range))
        shown = records(self.asked.shown(answer.table), self.asked.source)
        return Page(
            rows=[_chosen(event, self.asked.fields) for event in shown],
            cursor=self.asked.cursor(answer.table, _place),
            n_rows_read=answer.n_rows_read,
            milliseconds=answer.milliseconds,
        )

    def _ask(self, snapshot: Snapshot) -> EngineResult:
        scope = Scope.of(snapshot, self.engine.dialect, self.asked.time_range)
        sql = self._sql(scope)
        found: list[EngineResult] = []
        wanted = self.asked.n_wanted
        for part in self._parts(snapshot, found):
            text = sql if wanted is None else f"{sql} LIMIT {wanted - _n_rows(found)}"
            relations = {"events": part.narrowed(scope.fields.named)}
            found.append(
                self.engine.run(
                    text, relations, scope.values, limits=self.limits, cancel=self.cancel
                )
            )
            if wanted is not None and _n_rows(found) >= wanted:
                break
        return _together(found)

    def _parts(self, snapshot: Snapshot, found: Sequence[EngineResult]) -> Iterable[Snapshot]:
        """What to read one after the other until there is enough; for all events, all at once."""
        if self.asked.n_wanted is None:
            return (snapshot,)
        return portions(
            snapshot,
            self.asked.n_wanted,
            lambda: _n_rows(found),
            is_newest_first=self.asked.is_newest_first,
            after=self.asked.after.epoch_us if self.asked.after else None,
        )

    def _sql(self, scope: Scope) -> str:
        where = scope.where(self.asked.filter)
        if self.asked.after is not None:
            where += f" AND {self._behind(scope, self.asked.after)}"
        columns = ", ".join(scope.column(name) for name in self._columns())
        word = "DESC" if self.asked.is_newest_first else "ASC"
        return (
            f"SELECT {columns} FROM events WHERE {where} "  # noqa: S608 - values are bound
            f'ORDER BY {TIMESTAMP} {word}, "event_id" {word}'
        )

    def _behind(self, scope: Scope, after: Cursor) -> str:
        """Events behind the cursor; the first condition alone lets files be skipped."""
        sign = "<" if self.asked.is_newest_first else ">"
        time = scope.dialect.time_at(after.epoch_us)
        event_id = scope.parameters.bind(after.key, "text")
        return (
            f"{TIMESTAMP} {sign}= {time} "
            f'AND ({TIMESTAMP} {sign} {time} OR "event_id" {sign} {event_id})'
        )

    def _columns(self) -> list[str]:
        """Physical columns to read: those of the fields, and what cursors are made of."""
        source, fields = self.asked.source, self.asked.fields
        physical = [column.name for column in physical_columns(source)]
        if not fields:
            return physical
        wanted = {"timestamp", "event_id", *fields}
        if any(field.startswith("properties") for field in fields):
            wanted |= {"properties", *source.property_columns().values()}
        return [name for name in physical if name in wanted]


def _n_rows(answers: Iterable[EngineResult]) -> int:
    return sum(answer.table.num_rows for answer in answers)


def _place(event: Mapping[str, Any]) -> tuple[int, str]:
    return to_epoch_us(event["timestamp"]), event["event_id"]


def _together(answers: Sequence[EngineResult]) -> EngineResult:
    """The answers to one statement over portions, as one."""
    import pyarrow as pa

    return EngineResult(
        pa.concat_tables([answer.table for answer in answers]),
        sum(answer.n_rows_read for answer in answers),
        sum(answer.milliseconds for answer in answers),
    )


def _chosen(event: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    if not fields:
        return event
    return {field: _value(event, field) for field in fields}


def _value(event: dict[str, Any], field: str) -> Any:
    if field in event:
        return event[field]
    return look_up(event.get("properties", {}), field.removeprefix("properties."))


def _check_fields(fields: Sequence[str], source: Source) -> None:
    for index, text in enumerate(fields):
        parameter = f"fields[{index}]"
        field = parse_field(text, parameter) if text != "properties" else None
        if field is not None and field.kind not in ("column", "property"):
            known = [column.name for column in physical_columns(source)]
            raise InvalidQuery(
                f"{parameter}: {text!r} is computed and not kept with an event; choose columns "
                "such as 'country', or 'properties.<key>'.",
                parameter=parameter,
                suggestions=near_names(text, known),
            )
