"""Local buckets, hours and weekdays as integer arithmetic in SQL.

The zone's UTC offsets within the range become constants, a CASE where there are several; so
every engine computes the same keys as `footfall.model.buckets`, with no zone data of its own.
"""

from __future__ import annotations

from typing import Final

from footfall.engines.dialect import Dialect
from footfall.model.time import (
    DAY_US,
    HOUR_US,
    STEP_US,
    Granularity,
    OffsetSpan,
    offset_spans,
)

# Added so that no number before 1970 is negative, and taken off again: divisions of negative
# numbers round differently from engine to engine. A whole number of weeks.
_BIAS_DAYS: Final = 36_526
_BIAS_US: Final = _BIAS_DAYS * DAY_US


class LocalTime:
    """Expressions over an epoch expression `epoch_us`, right for `[start_us, end_us)`."""

    def __init__(
        self, dialect: Dialect, epoch_us: str, timezone: str, start_us: int, end_us: int
    ) -> None:
        self.dialect = dialect
        self.epoch_us = epoch_us
        # From a day before, so that the first span begins where its offset really begins.
        self.spans = offset_spans(timezone, start_us - DAY_US, end_us)
        self.bias_us = _BIAS_US if start_us < 2 * DAY_US else 0

    def key(self, granularity: Granularity) -> str:
        """The key of the bucket that an event lies in."""
        step = STEP_US.get(granularity)
        if step is not None:
            return self._instant_key(step)
        if granularity == "day":
            return self._unbiased(self._day(), self.bias_us // DAY_US)
        if granularity == "week":
            week = self.dialect.floor_div(f"({self._day()} + 3)", 7)
            return self._unbiased(week, self.bias_us // DAY_US // 7)
        day = self._unbiased(self._day(), self.bias_us // DAY_US)
        if granularity == "month":
            return self.dialect.month_index(day)
        if granularity == "quarter":
            return self.dialect.quarter_index(day)
        return self.dialect.year(day)

    def hour_of_day(self) -> str:
        """0 to 23 on the zone's clocks."""
        return self.dialect.floor_div(self.dialect.modulo(self._local(), DAY_US), HOUR_US)

    def day_of_week(self) -> str:
        """1 (Monday) to 7."""
        return f"({self.dialect.modulo(f'({self._day()} + 3)', 7)} + 1)"

    def _instant_key(self, step: int) -> str:
        shift = self._shift()
        floor = f"{self.dialect.floor_div(f'({self.epoch_us} + {shift})', step)} * {step}"
        key = f"({floor} - {shift})"
        if not any(_cuts(span, step) for span in self.spans[1:]):
            return key
        return f"greatest({key}, {self._choose([s.start_epoch_us for s in self.spans])})"

    def _day(self) -> str:
        """Local day number, still biased: the latest date that has been reached."""
        day = self.dialect.floor_div(self._local(), DAY_US)
        reached = self._reached()
        if all(date is None for date in reached):
            return day
        bias = self.bias_us // DAY_US
        floors = [0 if date is None else date + bias for date in reached]
        return f"greatest({day}, {self._choose(floors)})"

    def _reached(self) -> list[int | None]:
        """For each span the date reached before it, where clocks went back behind that."""
        found: list[int | None] = []
        latest: int | None = None
        for span in self.spans:
            first = (span.start_epoch_us + span.offset_us) // DAY_US
            found.append(latest if latest is not None and latest > first else None)
            last = (span.end_epoch_us - 1 + span.offset_us) // DAY_US
            latest = last if latest is None else max(latest, last)
        return found

    def _local(self) -> str:
        return f"({self.epoch_us} + {self._shift()})"

    def _shift(self) -> str:
        return self._choose([span.offset_us + self.bias_us for span in self.spans])

    def _choose(self, values: list[int]) -> str:
        """The value that belongs to the span of an event."""
        if len(set(values)) == 1:
            return _number(values[0])
        branches = [
            f"WHEN {self.epoch_us} < {span.end_epoch_us} THEN {value}"
            for span, value in zip(self.spans[:-1], values[:-1], strict=True)
        ]
        return f"CASE {' '.join(branches)} ELSE {values[-1]} END"

    def _unbiased(self, expression: str, bias: int) -> str:
        return f"({expression} - {bias})" if bias else expression


def _cuts(span: OffsetSpan, step: int) -> bool:
    """Whether a span starts within a bucket, by its own clock."""
    return (span.start_epoch_us + span.offset_us) % step != 0


def _number(value: int) -> str:
    return f"({value})" if value < 0 else str(value)
