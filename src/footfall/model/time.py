"""Everything about time that other rooms use, under one name."""

from __future__ import annotations

from footfall.model.buckets import (
    GRANULARITIES,
    Bucket,
    Granularity,
    buckets,
    check_granularity,
)
from footfall.model.instants import (
    EPOCH,
    TimeRange,
    format_duration,
    from_epoch_us,
    parse_duration,
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
from footfall.model.zones import Segment, offset_segments, zone

__all__ = [
    "COMPARISON_KINDS",
    "EPOCH",
    "GRANULARITIES",
    "Bucket",
    "ComparisonKind",
    "Granularity",
    "Segment",
    "TimeRange",
    "buckets",
    "check_comparison",
    "check_granularity",
    "comparison_range",
    "format_duration",
    "from_epoch_us",
    "offset_segments",
    "parse_duration",
    "parse_time_range",
    "to_epoch_us",
    "utc_now",
    "zone",
]
