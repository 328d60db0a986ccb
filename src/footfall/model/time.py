"""Everything about time that other rooms use, under one name."""

from __future__ import annotations

from footfall.model.buckets import (
    GRANULARITIES,
    STEP_US,
    Bucket,
    Granularity,
    buckets,
    check_granularity,
)
from footfall.model.instants import (
    EPOCH,
    Clock,
    TimeRange,
    format_duration,
    from_epoch_us,
    parse_duration,
    parse_instant,
    to_epoch_us,
    utc_now,
)
from footfall.model.periods import (
    COMPARISON_KINDS,
    ComparisonKind,
    check_comparison,
    comparison_range,
    parse_time_range,
)
from footfall.model.zones import DAY_US, HOUR_US, OffsetSpan, offset_spans, zone

__all__ = [
    "COMPARISON_KINDS",
    "DAY_US",
    "EPOCH",
    "GRANULARITIES",
    "HOUR_US",
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
    "format_duration",
    "from_epoch_us",
    "offset_spans",
    "parse_duration",
    "parse_instant",
    "parse_time_range",
    "to_epoch_us",
    "utc_now",
    "zone",
]
