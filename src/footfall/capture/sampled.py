"""What the fields of sampled records hold: kinds of values, how many, how they look."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final, cast

from footfall.capture.records import Row
from footfall.capture.times import time_reader
from footfall.model.source import PropertyType

_DEPTH: Final = 3
_INT: Final = re.compile(r"[+-]?(0|[1-9][0-9]{0,17})")
_FLOAT: Final = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][+-]?[0-9]{1,3})?")
_NUMERIC: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_BOOLS: Final = frozenset({"true", "false"})
# Between these a number is taken for a time; outside, for a count or an amount.
_EARLIEST: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_LATEST: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())
_EPOCHS: Final = (("epoch_s", 1), ("epoch_ms", 10**3), ("epoch_us", 10**6), ("epoch_ns", 10**9))
PATTERNS: Final = (
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%a, %d %b %Y %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S,%f",
    "%d.%m.%Y",
    "%Y/%m/%d",
)


@dataclass(frozen=True)
class Sampled:
    """Values of one field over all sampled records; None where it is missing."""

    path: str
    values: Sequence[Any]

    @cached_property
    def present(self) -> list[Any]:
        """The values that are there."""
        return [value for value in self.values if value not in (None, "")]

    @property
    def fill(self) -> float:
        """Share of records that have the field."""
        return len(self.present) / max(len(self.values), 1)

    @cached_property
    def n_distinct(self) -> int:
        """Number of different values."""
        return len({str(value) for value in self.present})

    @cached_property
    def kind(self) -> PropertyType | None:
        """Type that all values have; None for objects, arrays and mixtures."""
        if not self.present:
            return None
        for kind, test in _KINDS:
            if all(test(value) for value in self.present):
                return "time" if kind == "text" and self.time_format == "iso" else kind
        return None

    @cached_property
    def time_format(self) -> str | None:
        """Format in which nearly all values are times, or None."""
        numbers = [_as_number(value) for value in self.present]
        if self.present and all(number is not None for number in numbers):
            return _epoch(cast("list[float]", numbers))
        texts = [value for value in self.present if isinstance(value, str)]
        if len(texts) < max(len(self.present), 1):
            return None
        return next((form for form in ("iso", *PATTERNS) if _share(texts, form) >= 0.95), None)


def sampled(rows: Sequence[Row]) -> list[Sampled]:
    """Fields of the rows in the order in which they first appear, inner ones by dotted path."""
    paths: dict[str, None] = {}
    flat = [_flatten(row) for row in rows]
    for row in flat:
        paths |= dict.fromkeys(row)
    return [Sampled(path, [row.get(path) for row in flat]) for path in paths]


def _flatten(row: Row, before: str = "", depth: int = 1) -> Row:
    found: Row = {}
    for key, value in row.items():
        path = before + key
        if isinstance(value, dict) and value and depth < _DEPTH:
            found |= _flatten(cast("Row", value), path + ".", depth + 1)
        else:
            found[path] = value
    return found


def _is_int(value: Any) -> bool:
    if isinstance(value, str):
        return _INT.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether it is a number, or the text of one."""
    if isinstance(value, str):
        # 007 is a name, not a number.
        return _FLOAT.fullmatch(value) is not None and not re.match(r"[+-]?0[0-9]", value)
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in _BOOLS)


_KINDS: Final[tuple[tuple[PropertyType, Callable[[Any], bool]], ...]] = (
    ("bool", _is_bool),
    ("int", _is_int),
    ("float", is_number),
    ("text", lambda value: isinstance(value, str)),
)


def _as_number(value: Any) -> float | None:
    if isinstance(value, str):
        return float(value) if _NUMERIC.fullmatch(value) else None
    return float(value) if is_number(value) else None


def _epoch(numbers: list[float]) -> str | None:
    for name, unit in _EPOCHS:
        if all(_EARLIEST * unit <= number < _LATEST * unit for number in numbers):
            return name
    return None


def _share(texts: list[str], form: str) -> float:
    read = time_reader(form, "UTC")
    n_times = 0
    for text in texts:
        try:
            read(text)
            n_times += 1
        except ValueError:
            continue
    return n_times / len(texts) if texts else 0.0
