"""The same question about an earlier time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from footfall.model.time import ComparisonKind, TimeRange, buckets, comparison_range
from footfall.query.sql.plan import Group, Plan


def comparison_plan(
    plan: Plan, kind: ComparisonKind, now: datetime, groups: tuple[Group, ...]
) -> Plan:
    """The plan for the earlier range; its n-th bucket belongs to the n-th of `plan`.

    Without buckets, a range that is still running is compared with as much of the earlier
    one as has passed of it, so that like stands beside like; with buckets the earlier range
    is whole, for each stands beside its own. With a limit it shows the same groups, so that
    each can be compared with itself.
    """
    granularity = plan.query.granularity
    earlier = comparison_range(plan.time_range, kind, None if granularity else now)
    found = buckets(earlier, granularity, now) if granularity else []
    kept = groups if plan.has_limit and groups else None
    query = replace(plan.query, time_range=earlier, compare=None)
    return replace(plan, query=query, time_range=earlier, buckets=tuple(found), kept=kept)


def covering(a: TimeRange, b: TimeRange) -> TimeRange:
    """The shortest range that holds both."""
    return TimeRange(min(a.start, b.start), max(a.end, b.end), a.timezone)
