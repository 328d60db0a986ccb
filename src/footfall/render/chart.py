"""A result as one Vega-Lite chart, by its shape.

| shape | chart |
| --- | --- |
| time | area and line, the earlier period dashed behind it |
| time and several metrics | a panel each |
| time and a dimension | a line for each of the largest values |
| one dimension | bars, in the order of the rows |
| two dimensions | heat map |
| metrics alone | large numbers |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from footfall.errors import InvalidQuery, MissingComponent
from footfall.render.shapes import Shown, columns_of

if TYPE_CHECKING:
    import altair


def chart(result: Shown) -> altair.TopLevelMixin:
    """The chart of a result, as wide as its place allows.

    Raises `MissingComponent` without Altair, `InvalidQuery` for a result without numbers.
    """
    try:
        import altair as _  # noqa: F401 - the modules below need it
    except ImportError as error:
        raise MissingComponent(
            "Altair is not installed: pip install -c constraints.txt -e '.[charts]' in Footfall's "
            "checkout; to_dicts() and the data frames need nothing more.",
            parameter="charts",
        ) from error
    return themed(_by_shape(result))


def _by_shape(result: Shown) -> Any:
    from footfall.render import chart_bars, chart_time

    metrics, dimensions = columns_of(result, "metric"), columns_of(result, "dimension")
    if not metrics:
        raise InvalidQuery(
            "A chart needs a column of numbers, and this result has none: add a metric or an "
            "aggregate such as count(*)."
        )
    times = columns_of(result, "time") or [c for c in dimensions if c.type in ("time", "date")]
    others = [column for column in dimensions if column not in times]
    if times and not others:
        return chart_time.over_time(result, times[0], metrics)
    if times:
        return chart_time.lines(result, times[0], others, metrics[0])
    if len(others) == 2:
        return chart_bars.heat_map(result, others, metrics[0])
    if others:
        return chart_bars.bars(result, others, metrics[0])
    return chart_bars.totals(result, metrics)


def themed(made: Any) -> Any:
    """The chart in the house style: quiet axes, readable on light and on dark."""
    gray = "#8a8f98"
    return (
        made.configure(background="transparent", font="system-ui, sans-serif")
        .configure_view(stroke=None)
        .configure_axis(
            domain=False,
            ticks=False,
            grid=False,
            labelColor=gray,
            titleColor=gray,
            titleFontWeight="normal",
            labelPadding=6,
        )
        .configure_axisY(grid=True, gridColor=gray, gridOpacity=0.18, tickCount=5)
        .configure_axisX(labelOverlap=True)
        .configure_legend(
            labelColor=gray,
            titleColor=gray,
            titleFontWeight="normal",
            orient="top",
            symbolStrokeWidth=3,
        )
        .configure_header(labelColor=gray, titleColor=gray)
    )
