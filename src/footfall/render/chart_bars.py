"""Charts over dimensions, and of totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from footfall.render.chart_parts import (
    BLUE,
    EARLIER,
    HEIGHT,
    MAX_BARS,
    WIDTH,
    exact_format,
    label,
    number_format,
)
from footfall.render.shapes import Shown, ShownColumn, titled

_BAR: Final = 22
_CELL: Final = 24
_LARGE: Final = 28
_MAX_LABEL: Final = 220
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def bars(
    result: Shown, dimensions: Sequence[ShownColumn], metric: ShownColumn
) -> alt.TopLevelMixin:
    """Bars in the order of the rows, the number at their end; the others in gray."""
    rows = [
        {
            "d": " · ".join(label(row[column.name]) for column in dimensions),
            "v": row[metric.name],
            "other": bool(row.get("is_other")),
        }
        for row in result.to_dicts()[:MAX_BARS]
    ]
    title = " · ".join(titled(column) for column in dimensions)
    base = alt.Chart(alt.Data(values=rows)).encode(
        y=alt.Y("d:N", sort=None, title=title, axis=alt.Axis(labelLimit=_MAX_LABEL, grid=False)),
        x=alt.X(
            "v:Q", title=titled(metric), axis=alt.Axis(format=number_format(metric), tickCount=5)
        ),
        tooltip=[
            alt.Tooltip("d:N", title=title),
            alt.Tooltip("v:Q", title=titled(metric), format=exact_format(metric)),
        ],
    )
    color = alt.when("datum.other").then(alt.value(EARLIER)).otherwise(alt.value(BLUE))
    drawn = base.mark_bar(cornerRadiusEnd=2, size=_BAR - 6).encode(color=color)
    numbers = base.mark_text(align="left", dx=5, color=EARLIER).encode(
        text=alt.Text("v:Q", format=exact_format(metric))
    )
    return alt.layer(drawn, numbers).properties(width=WIDTH, height=alt.Step(_BAR))


def heat_map(
    result: Shown, dimensions: Sequence[ShownColumn], metric: ShownColumn
) -> alt.TopLevelMixin:
    """A cell for each pair, the dimension with fewer values downwards."""
    across, down = sorted(dimensions, key=lambda column: -_n_values(result, column))
    rows = [
        {"x": _cell(row, across), "y": _cell(row, down), "v": row[metric.name]}
        for row in result.to_dicts()
    ]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_rect(cornerRadius=2, stroke=None, color=BLUE)
        .encode(
            x=_side(alt.X, "x:N", result, across),
            y=_side(alt.Y, "y:N", result, down),
            # Shades of one color against the ground are right on light and on dark.
            opacity=alt.Opacity(
                "v:Q",
                title=titled(metric),
                scale=alt.Scale(range=[0.08, 1], zero=True),
                legend=alt.Legend(format=number_format(metric), symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("x:N", title=titled(across)),
                alt.Tooltip("y:N", title=titled(down)),
                alt.Tooltip("v:Q", title=titled(metric), format=exact_format(metric)),
            ],
        )
        .properties(width=alt.Step(_CELL), height=alt.Step(_CELL))
    )


def _side(channel: Any, field: str, result: Shown, column: ShownColumn) -> Any:
    axis = alt.Axis(grid=False, labelAngle=0, labelLimit=_MAX_LABEL)
    return channel(field, sort=_order(result, column), title=titled(column), axis=axis)


def totals(result: Shown, metrics: Sequence[ShownColumn]) -> alt.TopLevelMixin:
    """The metrics of the only row as large numbers; several rows are drawn as points."""
    if len(result.to_dicts()) > 1 and len(metrics) > 1:
        return _points(result, metrics[0], metrics[1])
    row = next(iter(result.to_dicts()), {})
    numbers = [_number(row.get(metric.name), metric) for metric in metrics]
    return numbers[0] if len(numbers) == 1 else alt.hconcat(*numbers, spacing=12)


def _number(value: Any, metric: ShownColumn) -> Any:
    base = alt.Chart(alt.Data(values=[{"d": titled(metric), "v": value}]))
    number = base.mark_text(align="left", x=0, y=_LARGE, fontSize=_LARGE, color=BLUE).encode(
        text=alt.Text("v:Q", format=exact_format(metric))
    )
    name = base.mark_text(align="left", x=0, y=_LARGE * 2, fontSize=13, color=EARLIER).encode(
        text="d:N"
    )
    return alt.layer(number, name).properties(width=WIDTH // 4, height=_LARGE * 2 + 10)


def _points(result: Shown, across: ShownColumn, up: ShownColumn) -> alt.Chart:
    rows = [{"x": row[across.name], "y": row[up.name]} for row in result.to_dicts()]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_circle(color=BLUE, opacity=0.6, size=50)
        .encode(
            x=alt.X("x:Q", title=titled(across)),
            y=alt.Y("y:Q", title=titled(up)),
            tooltip=[
                alt.Tooltip("x:Q", title=titled(across), format=exact_format(across)),
                alt.Tooltip("y:Q", title=titled(up), format=exact_format(up)),
            ],
        )
        .properties(width=WIDTH, height=HEIGHT)
    )


def _n_values(result: Shown, column: ShownColumn) -> int:
    return len({row[column.name] for row in result.to_dicts()})


def _cell(row: dict[str, Any], column: ShownColumn) -> str:
    value = row[column.name]
    if column.name == "day_of_week" and isinstance(value, int):
        return _WEEKDAYS[value - 1]
    return label(value)


def _order(result: Shown, column: ShownColumn) -> list[str]:
    """Numbers in their own order, texts in that of the rows."""
    rows = result.to_dicts()
    if column.type in ("int", "float"):
        rows = sorted(
            (row for row in rows if row[column.name] is not None), key=lambda r: r[column.name]
        )
    return list(dict.fromkeys(_cell(row, column) for row in rows))
