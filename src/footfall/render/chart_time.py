"""Charts over time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import altair as alt

from footfall.render.chart_parts import (
    BLUE,
    EARLIER,
    HEIGHT,
    MAX_SERIES,
    PALETTE,
    WIDTH,
    exact_format,
    label,
    number_format,
)
from footfall.render.shapes import Shown, ShownColumn, titled

_DASH: Final = [4, 4]
_PANEL_HEIGHT: Final = 140
_DAYS: Final = (
    "utcFormat(datum.value, "
    "utchours(datum.value) + utcminutes(datum.value) > 0 ? '%H:%M' : '%b %-d')"
)
_MONTHS: Final = "utcFormat(datum.value, utcmonth(datum.value) > 0 ? '%b' : '%Y')"


def over_time(
    result: Shown, time: ShownColumn, metrics: Sequence[ShownColumn]
) -> alt.TopLevelMixin:
    """A panel for each metric, the earlier period behind it."""
    height = HEIGHT if len(metrics) == 1 else _PANEL_HEIGHT
    panels = [_panel(result, time, metric, height, n) for n, metric in enumerate(metrics)]
    return panels[0] if len(panels) == 1 else alt.vconcat(*panels)


def _panel(result: Shown, time: ShownColumn, metric: ShownColumn, height: int, number: int) -> Any:
    rows = _rows(result, time, metric)
    area = _base(rows, metric).mark_area(color=BLUE, opacity=0.12)
    layers: list[Any] = [area, *_line(rows, metric, f"hover_{number}")]
    if result.comparison is not None:
        earlier = _aligned(rows, _rows(result.comparison, time, metric))
        drawn = _base(earlier, metric).mark_line(color=EARLIER, strokeDash=_DASH, strokeWidth=1.5)
        layers.insert(0, drawn)
    return alt.layer(*layers).properties(width=WIDTH, height=height)


def _line(rows: list[dict[str, Any]], metric: ShownColumn, hovering: str) -> list[alt.Chart]:
    """A full line through whole buckets, a dashed one from and to partial buckets."""
    style: dict[str, Any] = {"color": BLUE, "strokeWidth": 2}
    dots = _base(rows, metric).mark_circle(color=BLUE, size=40, opacity=0)
    hover = alt.selection_point(
        name=hovering, on="pointerover", nearest=True, empty=False, fields=["t"]
    )
    dots = dots.encode(opacity=alt.when(hover).then(alt.value(1)).otherwise(alt.value(0)))
    solid = _base(_runs(rows, is_dashed=False), metric).mark_line(**style)
    dashed = _base(_runs(rows, is_dashed=True), metric).mark_line(strokeDash=_DASH, **style)
    return [solid, dashed, dots.add_params(hover)]


def _runs(rows: list[dict[str, Any]], *, is_dashed: bool) -> list[dict[str, Any]]:
    """The rows with those values left out that the other kind of line draws."""
    kept: list[dict[str, Any]] = []
    for index, row in enumerate(rows):
        near = [rows[i] for i in (index - 1, index + 1) if 0 <= i < len(rows)]
        touches_partial = row["partial"] or any(other["partial"] for other in near)
        is_drawn = touches_partial if is_dashed else not row["partial"]
        kept.append(row if is_drawn else row | {"v": None})
    return kept


def _base(rows: list[dict[str, Any]], metric: ShownColumn) -> alt.Chart:
    return alt.Chart(alt.Data(values=rows)).encode(
        x=_x_axis(rows),
        y=_y_axis(metric),
        tooltip=[
            alt.Tooltip("label:N", title="time"),
            alt.Tooltip("v:Q", title=titled(metric), format=exact_format(metric)),
        ],
    )


def _x_axis(rows: list[dict[str, Any]]) -> alt.X:
    is_by_month = all(str(row["t"])[8:19] == "01T00:00:00" for row in rows)
    axis = alt.Axis(labelExpr=_MONTHS if is_by_month else _DAYS)
    return alt.X("t:T", scale=alt.Scale(type="utc"), title=None, axis=axis)


def _y_axis(metric: ShownColumn) -> alt.Y:
    axis = alt.Axis(format=number_format(metric), title=titled(metric))
    return alt.Y("v:Q", axis=axis, scale=alt.Scale(zero=True))


def lines(
    result: Shown, time: ShownColumn, dimensions: Sequence[ShownColumn], metric: ShownColumn
) -> alt.TopLevelMixin:
    """A line for each of the values that weigh most."""
    rows = _rows(result, time, metric)
    for row, source in zip(rows, result.to_dicts(), strict=True):
        row["d"] = " · ".join(label(source[column.name]) for column in dimensions)
    weights: Counter[str] = Counter()
    for row in rows:
        weights[row["d"]] += abs(row["v"] or 0)
    kept = [name for name, _ in weights.most_common(MAX_SERIES)]
    color = alt.Color(
        "d:N",
        title=" · ".join(titled(column) for column in dimensions),
        scale=alt.Scale(domain=kept, range=list(PALETTE[: len(kept)])),
    )
    drawn = _base([row for row in rows if row["d"] in kept], metric).mark_line(strokeWidth=2)
    return drawn.encode(color=color, detail="d:N").properties(width=WIDTH, height=HEIGHT)


def _rows(result: Shown, time: ShownColumn, metric: ShownColumn) -> list[dict[str, Any]]:
    """Plain rows: `t` for the axis, `label` for people, `v` the value, `partial`."""
    partial = {bucket.start.astimezone(UTC) for bucket in result.buckets if bucket.is_partial}
    shift = _shift([row[time.name] for row in result.to_dicts()])
    return [
        {
            "t": _wall(row[time.name], shift),
            "label": _spoken(row[time.name]),
            "v": row[metric.name],
            "partial": bool(partial) and row[time.name].astimezone(UTC) in partial,
        }
        for row in result.to_dicts()
    ]


def _aligned(rows: list[dict[str, Any]], earlier: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The n-th earlier bucket at the place of the n-th bucket, under its own label."""
    return [before | {"t": row["t"]} for row, before in zip(rows, earlier, strict=False)]


def _shift(times: Sequence[Any]) -> timedelta | None:
    """The offset to draw all times with, where two of them share a place on the clocks.

    The hour that comes twice in autumn would otherwise be drawn over itself.
    """
    found = [time for time in times if isinstance(time, datetime) and time.tzinfo is not None]
    walls = {time.replace(tzinfo=None) for time in found}
    if len(walls) == len({time.astimezone(UTC) for time in found}):
        return None
    return found[0].utcoffset()


def _wall(time: Any, shift: timedelta | None) -> str | None:
    """Where a time stands on the axis: local clocks, written as UTC."""
    if time is None:
        return None
    if isinstance(time, datetime):
        is_shifted = shift is not None and time.tzinfo is not None
        wall = time.astimezone(UTC) + shift if is_shifted and shift is not None else time
        return wall.replace(tzinfo=None).isoformat() + "Z"
    return f"{time.isoformat()}T00:00:00Z" if isinstance(time, date) else str(time)


def _spoken(time: Any) -> str:
    if not isinstance(time, datetime):
        return str(time)
    is_midnight = (time.hour, time.minute, time.second) == (0, 0, 0)
    return time.strftime("%a %Y-%m-%d" if is_midnight else "%a %Y-%m-%d %H:%M")
