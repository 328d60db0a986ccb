"""What the statements of all families share."""

from __future__ import annotations

import pytest

from footfall.query.sql.statement import groups_and_totals


@pytest.mark.parametrize("metric", ["sum({p0:Float64})", "countIf(x = '{}')", "any('{0}')"])
def test_braces_of_a_metric_stay_as_they_are(metric: str) -> None:
    # ClickHouse writes its parameters so.
    assert groups_and_totals("g", "t", [], [metric], [metric]) == (
        f"SELECT 1 AS lvl, {metric} AS m0 FROM t"
    )
    assert groups_and_totals("g", "t", ["k", "o"], [metric], [metric]) == (
        f"SELECT k, o, 0 AS lvl, {metric} AS m0\nFROM g GROUP BY k, o\nUNION ALL\n"
        f"SELECT NULL AS k, NULL AS o, 1 AS lvl, {metric} AS m0 FROM t"
    )
