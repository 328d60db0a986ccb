"""A table on the terminal, or records one below the other where it is too wide."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from footfall.cli.output import printable, text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NARROWEST: Final = 40
"""Letters of a long cell that shall stand in one line; a table with fewer is hard to read."""

_MAX_LETTERS: Final = 400
"""Letters of a cell on a terminal; all of them are in pipes, JSON and CSV."""


def print_table(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows to standard output as a table.

    On a terminal that is too narrow for it, columns without any value are left out; if that
    does not help, each row becomes a block of lines `column: value`.
    """
    from rich.console import Console

    console = Console(file=sys.stdout)
    cells = {name: _cells([row.get(name) for row in rows]) for name in names}
    numbers = {name for name in names if _is_number(row.get(name) for row in rows)}
    if not console.is_terminal:
        # Piped output must not be cut to a width that nobody looks at.
        table = _table(cells, numbers)
        console.width = max(console.width, _width(console, table))
        console.print(table)
        return
    cells = {name: [_cut(cell) for cell in column] for name, column in cells.items()}
    if not _fits(console, cells):
        filled = {name for name in names if any(row.get(name) not in (None, "") for row in rows)}
        cells = {name: column for name, column in cells.items() if name in filled} or cells
    if _fits(console, cells):
        console.print(_table(cells, numbers))
    else:
        _print_blocks(cells, len(rows))


def _cells(values: Sequence[Any]) -> list[str]:
    """The cells of a column; times are dates where all of them are midnights."""
    times = [value for value in values if isinstance(value, datetime)]
    as_date = all(value.time() == time() for value in times)
    return [text(value, as_date=as_date) for value in values]


def _is_number(values: Any) -> bool:
    return all(isinstance(value, int | float | None) for value in values)


def _cut(cell: str) -> str:
    return cell if len(cell) <= _MAX_LETTERS else f"{cell[: _MAX_LETTERS - 1]}…"


def _fits(console: Console, cells: Mapping[str, Sequence[str]]) -> bool:
    """Whether the table finds room when no cell but a long one is folded."""
    return _width(console, _table(cells, set(), _NARROWEST)) <= console.width


def _width(console: Console, table: Table) -> int:
    from rich.measure import Measurement

    unbounded = console.options.update(width=100_000)
    return Measurement.get(console, unbounded, table).maximum


def _table(
    cells: Mapping[str, Sequence[str]], numbers: set[str], widest: int | None = None
) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in cells:
        justify = "right" if name in numbers else "left"
        title = Text(printable(name))
        table.add_column(title, justify=justify, overflow="fold", max_width=widest)
    for row in zip(*cells.values(), strict=True):
        table.add_row(*map(Text, row))
    return table


def _print_blocks(cells: Mapping[str, Sequence[str]], n_rows: int) -> None:
    for index in range(n_rows):
        lines = [f"{printable(name)}: {column[index]}" for name, column in cells.items()]
        print("\n".join(lines), end="\n\n" if index + 1 < n_rows else "\n")
