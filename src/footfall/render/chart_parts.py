"""Colors, formats and rows that all charts share."""

from __future__ import annotations

from typing import Any, Final

from footfall.render.shapes import ShownColumn

# Told apart in every common color blindness, on white and on black (after Okabe and Ito).
BLUE: Final = "#3b82c4"
EARLIER: Final = "#8a8f98"
PALETTE: Final = (BLUE, "#e08a1e", "#2a9d7f", "#c2559d", "#7a6fd0", "#b8952b", "#4fb0d9", "#d1574f")

WIDTH: Final = 640
HEIGHT: Final = 260
MAX_SERIES: Final = len(PALETTE)
MAX_BARS: Final = 30

NOT_SET: Final = "(not set)"


def label(value: Any) -> str:
    """A dimension's value as a category."""
    if value is None:
        return NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def number_format(column: ShownColumn) -> str:
    """D3 format of a metric on an axis."""
    return ".0%" if column.unit == "ratio" else "~s"


def exact_format(column: ShownColumn) -> str:
    """D3 format of a metric in a tooltip."""
    if column.unit == "ratio":
        return ".2%"
    return ",d" if column.type == "int" else ",.4~f"
