"""What the statements of all families share."""

from __future__ import annotations

import pytest

from footfall.query.sql.statement import groups_and_totals


@pytest.mark.parametrize("metric", ["sum({p0:Float64})", "countIf(x = '{}')", "any('{0}')"])
def test_braces_of_a_metric_stay_as_they_are(metric: str) -> None:
    # ClickHouse writes its parameters so.
    assert groups_and_totals("g", "t", [], [metric], [metric]) == (
        f"SELECT 1 AS is_total, {metric} AS m0 FROM t"
    )
    assert groups_and_totals("g", "t", ["bucket", "is_other"], [metric], [metric]) == (
        f"SELECT bucket, is_other, 0 AS is_total, {metric} AS m0\n"
        "FROM g GROUP BY bucket, is_other\nUNION ALL\n"
        f"SELECT NULL AS bucket, NULL AS is_other, 1 AS is_total, {metric} AS m0 FROM t"
    )
