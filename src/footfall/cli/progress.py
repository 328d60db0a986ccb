"""Progress for people: how much, how fast, how long still."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager


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
