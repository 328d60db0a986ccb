"""What rendering needs of a result: its columns, rows and buckets, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol


class ShownColumn(Protocol):
    """A column of a result; `role` is "time", "dimension" or "metric"."""

    @property
    def name(self) -> str:
        """Name in the rows."""
        ...

    @property
    def role(self) -> str:
        """What it stands for."""
        ...

    @property
    def type(self) -> str:
        """Type of its values."""
        ...

    @property
    def unit(self) -> str | None:
        """What a metric is measured in."""
        ...


class ShownBucket(Protocol):
    """A bucket of time."""

    @property
    def start(self) -> datetime:
        """First instant."""
        ...

    @property
    def is_partial(self) -> bool:
        """Whether the range cuts it, or it still runs."""
        ...


class Shown(Protocol):
    """A result as rendering sees it."""

    @property
    def columns(self) -> Sequence[ShownColumn]:
        """Time, then dimensions, then metrics."""
        ...

    @property
    def buckets(self) -> Sequence[ShownBucket]:
        """The buckets in order; none where the query has no granularity."""
        ...

    @property
    def comparison(self) -> Shown | None:
        """The same query for an earlier time."""
        ...

    def to_dicts(self) -> list[dict[str, Any]]:
        """One dict per row; the row of the others is marked `is_other`."""
        ...


def columns_of(result: Shown, role: str) -> list[ShownColumn]:
    """The columns of one role."""
    return [column for column in result.columns if column.role == role]


def titled(column: ShownColumn) -> str:
    """A column's name for a person: with its unit where the name does not say it.

    `sum(properties.price)` becomes `sum(price)`.
    """
    name = column.name.replace("properties.", "").replace("_", " ")
    unit = column.unit
    if unit in (None, "ratio") or unit == column.name or unit in name:
        return name
    return f"{name} ({unit})"
