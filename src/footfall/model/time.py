"""Everything about time that other rooms use, under one name."""

from __future__ import annotations

from footfall.amounts import format_duration, parse_duration
from footfall.model.buckets import (
    GRANULARITIES,
    STEP_US,
    Bucket,
    Granularity,
    buckets,
    check_granularity,
)
from footfall.model.epoch import (
    DAY_US,
    EPOCH,
    HOUR_US,
    LEAST_MILLISECONDS,
    MICROSECOND,
    SECOND_US,
    epoch_to_us,
    from_epoch_us,
    read_iso,
    to_epoch_us,
    to_us,
    us_per_unit,
)
from footfall.model.instants import (
    FIRST_INSTANT,
    LAST_INSTANT,
    Clock,
    TimeRange,
    parse_instant,
    utc_now,
)
from footfall.model.periods import (
    COMPARISON_KINDS,
    ComparisonKind,
    check_comparison,
    comparison_range,
    parse_time_range,
)
from footfall.model.zones import OffsetSpan, offset_spans, zone

__all__ = [
    "COMPARISON_KINDS",
    "DAY_US",
    "EPOCH",
    "FIRST_INSTANT",
    "GRANULARITIES",
    "HOUR_US",
    "LAST_INSTANT",
    "LEAST_MILLISECONDS",
    "MICROSECOND",
    "SECOND_US",
    "STEP_US",
    "Bucket",
    "Clock",
    "ComparisonKind",
    "Granularity",
    "OffsetSpan",
    "TimeRange",
    "buckets",
    "check_comparison",
    "check_granularity",
    "comparison_range",
    "epoch_to_us",
    "format_duration",
    "from_epoch_us",
    "offset_spans",
    "parse_duration",
    "parse_instant",
    "parse_time_range",
    "read_iso",
    "to_epoch_us",
    "to_us",
    "us_per_unit",
    "utc_now",
    "zone",
]
