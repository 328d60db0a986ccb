"""Tables of results, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

Cell = str | int | float | None


@dataclass(slots=True)
class Report:
    """One table of results with what must be known to read it."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list[Sequence[Cell]])
    notes: list[str] = field(default_factory=list[str])

    def add(self, *cells: Cell) -> None:
        """One more row."""
        if len(cells) != len(self.columns):
            raise ValueError(f"{self.title}: {len(cells)} cells for {len(self.columns)} columns")
        self.rows.append(cells)

    def to_text(self) -> str:
        """The table with aligned columns."""
        rows = [list(self.columns), *([show(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[at]) for row in rows) for at in range(len(self.columns))]
        lines = ["  ".join(_align(cells, widths)).rstrip() for cells in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([f"== {self.title}", "", *lines, "", *self.notes, ""])

    def to_markdown(self) -> str:
        """The table as a section of a Markdown page."""
        head = [f"| {' | '.join(self.columns)} |", f"|{' --- |' * len(self.columns)}"]
        body = [f"| {' | '.join(show(cell) for cell in row)} |" for row in self.rows]
        notes = [line for note in self.notes for line in ("", note)]
        return "\n".join([f"## {self.title}", "", *head, *body, *notes, ""])


def _align(cells: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]


def show(cell: Cell) -> str:
    """A cell as text: whole numbers grouped, others with three significant digits.

    >>> show(1234567), show(0.01234), show(12.345), show(None)
    ('1,234,567', '0.0123', '12.3', '-')
    """
    if cell is None:
        return "-"
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    return f"{cell:#.3g}".rstrip(".")


def ratio(ours: float, theirs: float | None) -> str:
    """How many times theirs ours is.

    >>> ratio(30, 20), ratio(30, None)
    ('1.50x', '-')
    """
    return "-" if not theirs else f"{ours / theirs:.2f}x"


def tenths(values: Sequence[float]) -> list[float]:
    """Median of each tenth of a run, in order.

    >>> tenths([float(n) for n in range(20)])[:2]
    [0.5, 2.5]
    """
    bounds = [round(place * len(values) / 10) for place in range(11)]
    parts = [values[bounds[at] : bounds[at + 1]] for at in range(10)]
    return [median(part) for part in parts if part]
