"""Events as a stream: an immutable handle that is narrowed step by step, then read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Final, cast

from footfall.engines.base import retry_stale
from footfall.errors import InvalidEvents, InvalidQuery
from footfall.model.event import COLUMN_NAMES
from footfall.model.field import PROPERTY_PREFIX, parse_field
from footfall.model.filter import And, Condition, Filter, Value, filter_from_dict
from footfall.query.origins import Opened, Origin, TableOrigin
from footfall.render.frames import to_pandas, to_polars
from footfall.render.html import MAX_ROWS, html_table

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow as pa

    from footfall.engines.base import Engine

# Texts are drawn by the first 64 bits of their MD5, the same on every machine.
_HASH_RANGE: Final = 2**64

Step = Callable[[Opened, str], str]


@dataclass(frozen=True)
class EventStream:
    """Events of any schema, from the lake or elsewhere; nothing is read before it is asked for.

    Every verb gives a new stream, and verbs apply in the order in which they are called.
    Events of a lake come in the order of time (then `event_id`), rows of a table in theirs.

    >>> EventStream.from_dicts([{"name": "a"}, {"name": "b"}]).filter(name="b").to_dicts()
    [{'name': 'b'}]
    """

    _origin: Origin
    _steps: tuple[Step, ...] = ()
    _names: tuple[str, ...] = ()
    _told: tuple[str, ...] = ()

    @classmethod
    def from_arrow(cls, table: pa.Table, *, engine: Engine | None = None) -> EventStream:
        """A stream over the rows of an Arrow table."""
        return cls(TableOrigin(table, engine or _shared_engine()))

    @classmethod
    def from_polars(cls, frame: polars.DataFrame) -> EventStream:
        """A stream over the rows of a Polars frame."""
        return cls.from_arrow(frame.to_arrow())

    @classmethod
    def from_pandas(cls, frame: pandas.DataFrame) -> EventStream:
        """A stream over the rows of a pandas frame, without its index."""
        import pyarrow as pa

        return cls.from_arrow(pa.Table.from_pandas(frame, preserve_index=False))

    @classmethod
    def from_dicts(cls, rows: Iterable[Mapping[str, Any]]) -> EventStream:
        """A stream over dictionaries; a key that one lacks is null there."""
        return cls.from_arrow(_table_of([dict(row) for row in rows]))

    def filter(
        self, condition: Filter | Mapping[str, Any] | None = None, **equal: Value | list[Any]
    ) -> EventStream:
        """Events that pass the filter, given as a value, in its JSON form, or as keywords.

        `stream.filter(country=["DE", "FR"], plan="pro")` keeps events whose country is one of
        two and whose property `plan` is "pro". Raises `InvalidQuery` naming what is wrong.
        """
        item = _all_of(condition, equal)
        self._origin.check(item)

        def step(opened: Opened, sql: str) -> str:
            where = opened.conditions.sql(item)
            return f"SELECT * FROM ({sql}) AS e WHERE {where}"  # noqa: S608 - values are bound

        return self._then(step, "filtered")

    def limit(self, n: int) -> EventStream:
        """The first `n` events."""
        _check(_is_whole(n) and n >= 0, "limit", n, "a whole number, 0 or more")

        def step(opened: Opened, sql: str) -> str:
            order = opened.order
            return f"SELECT * FROM ({sql}) AS e ORDER BY {order} LIMIT {int(n)}"  # noqa: S608 - a number

        return self._then(step, f"first {n:,}")

    def sample(self, size: float, *, seed: int = 0) -> EventStream:
        """A random part: `size` events if it is a whole number, else that fraction of them.

        The same seed draws the same events, on every machine.
        """
        if _is_whole(size):
            _check(size >= 0, "size", size, "a whole number, 0 or more, or a fraction")
            return self._then(_drawing(int(size), seed), f"{size:,} drawn")
        is_fraction = isinstance(size, Real) and 0 <= size <= 1
        _check(is_fraction, "size", size, "a fraction from 0.0 to 1.0, or a whole number")
        return self._then(_thinning(size, seed), f"{size:.4g} of them drawn")

    def columns(self, *names: str) -> EventStream:
        """Only these columns; `properties.<key>` takes one value out of the properties."""
        _check(bool(names), "columns", names, "at least one name")
        self._select(self._origin.open(), names)
        return replace(self, _names=names)

    def to_arrow(self) -> pa.Table:
        """All events as an Arrow table; declared properties have a column of their own key."""
        return self._run(lambda opened: self._select(opened, self._names))

    def to_polars(self) -> polars.DataFrame:
        """All events as a Polars frame."""
        return to_polars(self.to_arrow())

    def to_pandas(self) -> pandas.DataFrame:
        """All events as a pandas frame."""
        return to_pandas(self.to_arrow())

    def to_dicts(self) -> list[dict[str, Any]]:
        """All events as dictionaries, each with its properties as one dictionary."""
        return list(self)

    def count(self) -> int:
        """Number of events."""
        return self._run(lambda _: "count(*) AS n", is_ordered=False)["n"][0].as_py()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self._names:
            for batch in self.to_arrow().to_batches(max_chunksize=10_000):
                yield from batch.to_pylist()
            return
        yield from self._origin.records(self._run(lambda _: self._origin.record_columns))

    def __len__(self) -> int:
        return self.count()

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        steps = "".join(f", {text}" for text in self._told)
        return f"<EventStream of {self._origin.label}{steps}>"

    def _repr_html_(self) -> str:
        table = self.limit(MAX_ROWS).to_arrow()
        filled = [name for name in table.column_names if table[name].null_count < table.num_rows]
        return html_table(filled or table.column_names, table.to_pylist(), repr(self)[1:-1])

    def _then(self, step: Step, told: str) -> EventStream:
        return replace(self, _steps=(*self._steps, step), _told=(*self._told, told))

    def _select(self, opened: Opened, names: Iterable[str]) -> str:
        quote = opened.fields.dialect.quote
        chosen = [
            f"{opened.fields.expression(parse_field(_prefixed(name), 'columns')).sql} "
            f"AS {quote(name)}"
            if name != "properties"
            else quote(name)
            for name in names
        ]
        return ", ".join(chosen or opened.shown)

    def _run(self, select: Callable[[Opened], str], *, is_ordered: bool = True) -> pa.Table:
        return retry_stale(lambda: self._attempt(select, is_ordered))

    def _attempt(self, select: Callable[[Opened], str], is_ordered: bool) -> pa.Table:
        opened = self._origin.open()
        sql = f"SELECT * FROM events WHERE {opened.where}"  # noqa: S608 - values are bound
        for step in self._steps:
            sql = step(opened, sql)
        sql = f"SELECT {select(opened)} FROM ({sql}) AS e"  # noqa: S608 - values are bound
        if is_ordered:
            sql += f" ORDER BY {opened.order}"
        relations = {"events": opened.reading()}
        return self._origin.engine.run(sql, relations, opened.parameters.values).table


def _table_of(rows: list[dict[str, Any]]) -> pa.Table:
    import msgspec
    import pyarrow as pa

    for row in rows:
        if isinstance(row.get("properties"), dict):
            row["properties"] = msgspec.json.encode(row["properties"]).decode()
    columns: dict[str, pa.Array] = {}
    for name in dict.fromkeys(name for row in rows for name in row):
        try:
            columns[name] = pa.array([row.get(name) for row in rows])
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise InvalidEvents(
                f"Values of {name!r} have more than one type ({error}): give all of them one, "
                "or put them into 'properties'.",
                parameter=name,
            ) from error
    return pa.table(columns)


def _drawing(n: int, seed: int) -> Step:
    def step(opened: Opened, sql: str) -> str:
        order = f"{_drawn(opened, seed)}, {opened.order}"
        return f"SELECT * FROM ({sql}) AS e ORDER BY {order} LIMIT {n}"  # noqa: S608 - a number

    return step


def _thinning(fraction: float, seed: int) -> Step:
    def step(opened: Opened, sql: str) -> str:
        below = f"{_drawn(opened, seed)} < {int(fraction * _HASH_RANGE)}"
        return f"SELECT * FROM ({sql}) AS e WHERE {below}"  # noqa: S608 - numbers

    return step


def _drawn(opened: Opened, seed: int) -> str:
    return f"md5_number_lower(concat({opened.identity}, ' ', '{int(seed)}'))"


def _all_of(condition: object, equal: Mapping[str, Any]) -> Filter:
    parts: list[Filter] = []
    if isinstance(condition, Mapping):
        parts.append(filter_from_dict(cast("Mapping[str, Any]", condition)))
    elif condition is not None:
        parts.append(cast("Filter", condition))
    for name, value in equal.items():
        is_list = isinstance(value, list | tuple | set)
        values = tuple(cast("Iterable[Any]", value)) if is_list else value
        parts.append(Condition(_prefixed(name), "in" if is_list else "is", values))
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _prefixed(name: str) -> str:
    """A name that is no canonical column means a property."""
    is_known = name in COLUMN_NAMES or name.startswith(PROPERTY_PREFIX)
    return name if is_known else PROPERTY_PREFIX + name


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and value is not True and value is not False


def _check(is_right: bool, parameter: str, value: object, wanted: str) -> None:
    if not is_right:
        raise InvalidQuery(f"{parameter} must be {wanted}, not {value!r}.", parameter=parameter)


_engines: list[Engine] = []


def _shared_engine() -> Engine:
    """One DuckDB for all tables from elsewhere."""
    from footfall.engines.registry import get_engine

    if not _engines:
        _engines.append(get_engine("duckdb"))
    return _engines[0]
