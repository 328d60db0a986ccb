"""Where the events of a stream come from: a table of the lake, or a table from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from footfall.engines.columns import paths_of, physical_columns, shown_columns
from footfall.errors import InvalidQuery, near_names, suggest
from footfall.lake.snapshot import Snapshot
from footfall.model.field import Field
from footfall.model.query import Query
from footfall.model.source import Source
from footfall.model.time import EPOCH, MICROSECOND, TimeRange
from footfall.query.listings.records import records
from footfall.query.sql.check import check_query
from footfall.query.sql.conditions import Conditions, Parameters
from footfall.query.sql.fields import Expression, ExpressionType, Fields
from footfall.query.sql.local_time import LocalTime
from footfall.query.sql.scope import TIMESTAMP, Scope

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.engines.base import Engine, Relation
    from footfall.lake.table import EventTable
    from footfall.model.filter import Filter

ROW: Final = "row number"
_ELSEWHERE: Final = Source("elsewhere")


@dataclass(frozen=True)
class Opened:
    """What one statement needs: the relation `events`, a first condition, and the fields.

    `order` sorts rows, `identity` tells them apart, `shown` are the columns of the answer.
    """

    relation: Relation
    where: str
    fields: Fields
    parameters: Parameters
    conditions: Conditions
    order: str
    identity: str
    shown: list[str]

    def reading(self) -> Relation:
        """The relation for a statement, once it is written: with what its conditions read."""
        if not isinstance(self.relation, Snapshot):
            return self.relation
        columns = (column.name for column in physical_columns(self.relation.source))
        return self.relation.narrowed({*columns, *self.fields.named})


class Origin(Protocol):
    """Where the events of a stream come from."""

    @property
    def engine(self) -> Engine:
        """What runs the statements."""
        ...

    @property
    def label(self) -> str:
        """What a person calls it."""
        ...

    def open(self) -> Opened:
        """The events as they are now."""
        ...

    def check(self, item: Filter) -> None:
        """Raise `InvalidQuery` if the filter does not fit the events."""
        ...

    def records(self, table: pa.Table) -> Iterator[dict[str, Any]]:
        """Rows of physical columns as dictionaries."""
        ...

    @property
    def record_columns(self) -> str:
        """Select list that `records` needs."""
        ...


@dataclass(frozen=True)
class LakeOrigin:
    """Events of one source, within a time range or all of them."""

    table: EventTable
    time_range: TimeRange | None
    engine: Engine

    @property
    def label(self) -> str:
        """The source's name, and the range."""
        name = self.table.source.name
        if self.time_range is None:
            return name
        return (
            f"{name} from {self.time_range.start.isoformat()} to {self.time_range.end.isoformat()}"
        )

    def open(self) -> Opened:
        """The newest version of the table."""
        snapshot = self.table.snapshot(self.time_range)
        scope = Scope.of(snapshot, self.engine.dialect, self.time_range or _bounds(snapshot))
        return Opened(
            relation=snapshot,
            where=scope.within() if self.time_range else "true",
            fields=scope.fields,
            parameters=scope.parameters,
            conditions=scope.conditions,
            order=f'{TIMESTAMP}, "event_id"',
            identity='"event_id"',
            shown=shown_columns(snapshot, self.engine.dialect),
        )

    def check(self, item: Filter) -> None:
        """Raise `InvalidQuery` unless the source can answer the filter."""
        source = self.table.source
        check_query(Query(source.name, filter=item), source, source.timezone)

    def records(self, table: pa.Table) -> Iterator[dict[str, Any]]:
        """Events in the shape in which they are sent."""
        return records(table, self.table.source)

    @property
    def record_columns(self) -> str:
        """All physical columns."""
        columns = physical_columns(self.table.source)
        return ", ".join(self.engine.dialect.quote(column.name) for column in columns)


@dataclass(frozen=True)
class TableOrigin:
    """Rows of an Arrow table with columns of any name; their order is kept."""

    table: pa.Table
    engine: Engine

    @property
    def label(self) -> str:
        """How many columns it has."""
        return f"a table of {self.table.num_columns} columns"

    def open(self) -> Opened:
        """The table, its rows numbered."""
        import pyarrow as pa

        dialect = self.engine.dialect
        local = LocalTime(dialect, dialect.epoch_us(TIMESTAMP), "UTC", 0, 1)
        fields = TableFields(dialect, _ELSEWHERE, frozenset(), local, _types(self.table.schema))
        parameters = Parameters(fields)
        numbers = pa.array(range(self.table.num_rows), pa.int64())
        return Opened(
            relation=self.table.append_column(ROW, numbers),
            where="true",
            fields=fields,
            parameters=parameters,
            conditions=Conditions(fields, parameters, "UTC"),
            order=dialect.quote(ROW),
            identity=dialect.cast(dialect.quote(ROW), "text"),
            shown=[dialect.quote(name) for name in self.table.column_names],
        )

    def check(self, item: Filter) -> None:
        """Raise `InvalidQuery` for a field that is no column."""
        self.open().conditions.sql(item)

    def records(self, table: pa.Table) -> Iterator[dict[str, Any]]:
        """Rows as they are."""
        for batch in table.to_batches(max_chunksize=10_000):
            yield from batch.to_pylist()

    @property
    def record_columns(self) -> str:
        """The table's own columns."""
        return ", ".join(self.engine.dialect.quote(name) for name in self.table.column_names)


@dataclass(frozen=True)
class TableFields(Fields):
    """Fields over a table from elsewhere: `properties.<key>` is the column `<key>`."""

    columns: Mapping[str, ExpressionType]

    def expression(self, field: Field) -> Expression:
        """The column of the field's name, else a value inside a `properties` column."""
        for name in (field.text, field.key):
            if name in self.columns:
                return self._column(name)
        if field.kind == "property" and self.columns.get("properties") == "text":
            paths = paths_of(field.key)
            texts = [self.dialect.json_text('"properties"', path) for path in paths]
            return Expression(f"coalesce({', '.join(texts)}, NULL)", "json")
        if field.kind == "local" and self.columns.get("timestamp") == "time":
            return super().expression(field)
        raise unknown_column(field.key, self.columns)

    def _column(self, name: str) -> Expression:
        quoted, kind = self.dialect.quote(name), self.columns[name]
        if kind == "json":
            # A type that filters do not know is compared as the text that it shows.
            return Expression(self.dialect.cast(quoted, "text"), "text")
        return Expression(quoted, kind)


def _bounds(snapshot: Snapshot) -> TimeRange:
    """The span of the files, for which the zone's offsets are needed."""
    start = min((file.min_timestamp for file in snapshot.files), default=EPOCH)
    end = max((file.max_timestamp for file in snapshot.files), default=EPOCH) + MICROSECOND
    return TimeRange(start, end, snapshot.source.timezone)


def unknown_column(name: str, columns: Mapping[str, ExpressionType]) -> InvalidQuery:
    """What to say of a name that the table does not have."""
    near = near_names(name, columns)
    return InvalidQuery(
        f"There is no column {name!r}; there are {', '.join(columns)}." + suggest(near),
        parameter=name,
        suggestions=near,
    )


def _types(schema: pa.Schema) -> dict[str, ExpressionType]:
    return {item.name: _type(item.type) for item in schema}


def _type(kind: pa.DataType) -> ExpressionType:
    """The type by which values compare; `json` stands for those that only show as text."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _type(kind.value_type)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return "text"
    if pa.types.is_boolean(kind):
        return "bool"
    if pa.types.is_integer(kind):
        return "int"
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "float"
    return "time" if pa.types.is_timestamp(kind) else "json"
