"""`footfall compact`: files put in order now instead of bit by bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.common import JsonOption, LakeOption, open_lake
from footfall.cli.output import Row, count, print_rows, size

if TYPE_CHECKING:
    from pathlib import Path

    from footfall.lake.table import EventTable

app = typer.Typer()


@app.command()
def compact(
    ctx: typer.Context,
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE", help="Sources; all by default.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Cluster days that are not over yet, too.")
    ] = False,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Merge small files, cluster closed days, remove old versions.

    A running server does the same bit by bit; this does all of it now. Readers and writers
    go on meanwhile, and Ctrl-C leaves everything as good as it was.

    \b
    Examples:
      footfall compact
      footfall compact web --force
    """
    opened = open_lake(ctx, lake)
    names = sources or [source.name for source in opened.sources()]
    rows = [_compact(opened.root, opened.table(name), is_forced=force) for name in names]
    print_rows(rows, as_json=as_json, shown=_shown, empty="There are no sources yet.")


def _compact(root: Path, table: EventTable, *, is_forced: bool) -> dict[str, Any]:
    from footfall.cli.progress import share_progress
    from footfall.intake.ledger import FILE_NAME, Ledger
    from footfall.intake.mend import mend

    name = table.source.name
    with share_progress(name) as show:
        done = table.compact(
            is_forced=is_forced, progress=lambda n_done, n_jobs: show(name, n_done / n_jobs)
        )
        n_removed = table.vacuum()
        # The log holds what an interrupted writer did not come to count.
        with Ledger(root / FILE_NAME) as ledger:
            mend(ledger, table)
        table.shorten_log()
    now = table.snapshot()
    n_files = len(now.files)
    return {
        "source": table.source.name,
        "n_jobs": done.n_jobs,
        "is_busy": done.is_busy,
        "n_damaged": done.n_damaged,
        "n_files_before": n_files - done.n_files_after + done.n_files_before,
        "n_files_after": n_files,
        "n_events": now.n_rows,
        "n_bytes_before": now.n_bytes - done.n_bytes_after + done.n_bytes_before,
        "n_bytes_after": now.n_bytes,
        "n_removed": n_removed,
    }


def _shown(row: Row) -> dict[str, Any]:
    return {
        "source": row["source"],
        "files before": row["n_files_before"],
        "files after": row["n_files_after"],
        "events": row["n_events"],
        "size before": size(row["n_bytes_before"]),
        "size after": size(row["n_bytes_after"]),
        "removed": row["n_removed"],
        "note": _note(row),
    }


def _note(row: Row) -> str | None:
    if row["is_busy"]:
        return "another process compacts it now"
    if row["n_damaged"]:
        files = count(row["n_damaged"], "damaged file")
        return f"{files} left as found: see footfall doctor --full"
    return None if row["n_jobs"] else "nothing to do"
