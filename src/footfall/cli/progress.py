"""Progress for people: how much, how fast, how long still."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

Show = Callable[[str, float], None]


@contextmanager
def share_progress(what: str) -> Generator[Show]:
    """A function that says what is done and its share (0 to 1), and a bar of it at a terminal."""
    if not sys.stderr.isatty():
        # Even a bar that is gone at the end leaves an empty line in a file or pipe.
        yield lambda _, __: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=1.0)
        yield lambda done, share: bar.update(task, description=done, completed=share)


@contextmanager
def byte_progress(total: int | None, *, is_shown: bool) -> Generator[Callable[[int], None]]:
    """A function that counts bytes, and a bar of them on standard error where it is shown."""
    if not is_shown:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Ingesting", total=total)
        yield lambda n_bytes: progress.advance(task, n_bytes)
