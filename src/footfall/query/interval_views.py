"""The intervals of sources as tables of free SQL: one view for each that is declared."""

# ruff: noqa: S608 - statements are put together here, from names of our own and quoted ones

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from footfall.engines.columns import shown_name
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.model.field import Field, parse_field
from footfall.model.interval import COMPLETE, NO_END, NO_START, OPEN, Interval
from footfall.model.source import Source
from footfall.model.time import FIRST_INSTANT, LAST_INSTANT, TimeRange, to_epoch_us
from footfall.query.listings.interval_statement import IntervalSelection, intervals_statement
from footfall.query.sql.pasted import pasted_scope

_ALL: Final = TimeRange(FIRST_INSTANT, LAST_INSTANT, "UTC")
_OWN: Final = frozenset({"actor_id", "start", "end", "duration", "state", "start_id", "end_id"})

_dialect = DuckDBDialect()


@dataclass(frozen=True, slots=True)
class IntervalView:
    """An interval of a source as a table."""

    source: Source
    interval: Interval

    def sql(self, now: datetime) -> str:
        """A SELECT over the source by its name; `now` tells which may still end."""
        keys = [parse_field(text, "key") for text in self.interval.key]
        scope = pasted_scope(self.source, _ALL)
        pairs = intervals_statement(self.interval, keys, scope, IntervalSelection(_ALL, ()))
        youngest = to_epoch_us(now) - self.interval.longest_us
        columns = [*_columns(youngest), *_key_columns(keys)]
        return f"SELECT {', '.join(columns)} FROM ({pairs}) AS pairs"


def views_of(sources: Iterable[Source]) -> dict[str, IntervalView]:
    """The views of all sources by their names; of two alike the first."""
    found: dict[str, IntervalView] = {}
    for source in sources:
        for interval in source.intervals:
            found.setdefault(f"{source.name}_{interval.name}", IntervalView(source, interval))
    return found


def _columns(youngest: int) -> list[str]:
    lone = f"CASE WHEN is_last = 1 AND time_us >= {youngest} THEN '{OPEN}' ELSE '{NO_END}' END"
    return [
        "actor AS actor_id",
        'CASE WHEN mark = 1 THEN make_timestamptz(time_us) END AS "start"',
        'make_timestamptz(CASE WHEN mark = 2 THEN time_us ELSE end_us END) AS "end"',
        "CASE WHEN is_pair = 1 THEN (end_us - time_us) / 1000000.0::DOUBLE END AS duration",
        f"CASE WHEN is_pair = 1 THEN '{COMPLETE}' WHEN mark = 2 THEN '{NO_START}' "
        f"ELSE {lone} END AS state",
        "CASE WHEN mark = 1 THEN event END AS start_id",
        "CASE WHEN mark = 2 THEN event ELSE end_event END AS end_id",
    ]


def _key_columns(keys: list[Field]) -> list[str]:
    """The fields of the key by the names that the source's own table has for them."""
    names: dict[str, int] = {}
    for place, field in enumerate(keys):
        name = shown_name(field.key) if field.kind == "property" else field.text
        taken = name.lower() in _OWN or name.lower() in (each.lower() for each in names)
        names[f"key_{name}" if taken else name] = place
    return [f"k{place} AS {_dialect.quote(name)}" for name, place in names.items()]
