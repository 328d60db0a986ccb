"""`footfall rejects`: what could not be taken in, and what becomes of it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake, say
from footfall.cli.output import print_rows, to_json

if TYPE_CHECKING:
    from collections.abc import Generator

    from footfall.intake.ledger import Ledger, Reject
    from footfall.lake.folder import LakeFolder

app = typer.Typer(
    add_completion=False,
    help="""List, export and replay what could not be taken in.

    A reject is a line or event that could not be understood; it is kept with its reason.
    Mend the mapping with footfall source set, then replay.
    """,
    invoke_without_command=True,
)

SourceOption = Annotated[
    str | None, typer.Option("--source", "-s", help="Rejects of this source only.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Those that were replayed as well.")]

_COLUMNS = ("id", "source", "origin", "line", "code", "reason", "raw")


@app.callback()
def rejects(ctx: typer.Context, source: SourceOption = None, lake: LakeOption = None) -> None:
    """List the rejects where no command is given."""
    if ctx.invoked_subcommand is None:
        list_all(ctx, source=source, lake=lake)


@app.command("list")
def list_all(
    ctx: typer.Context,
    source: SourceOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Show at most this many.")] = 50,
    replayed: AllOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """List rejects: where each came from, why it was rejected, and how it begins.

    \b
    Examples:
      footfall rejects list --source web
      footfall rejects list --limit 500 --json
    """
    with _ledger(ctx, lake, source) as (_, ledger):
        wanted = None if replayed else False
        found = list(ledger.rejects(source, is_replayed=wanted, limit=limit))
        n_rejects = ledger.n_rejects(source, is_replayed=wanted)
    rows = [_row(item, most=None if as_json or as_csv else 100) for item in found]
    print_rows(rows, _COLUMNS, as_json=as_json, as_csv=as_csv, empty="There are no rejects.")
    if n_rejects > len(found):
        say(f"{len(found):,} of {n_rejects:,} are shown; --limit shows more, export writes all.")


@app.command()
def export(
    ctx: typer.Context,
    source: SourceOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Only the lines as they came.")] = False,
    replayed: AllOption = False,
    lake: LakeOption = None,
) -> None:
    """Write all rejects as JSON lines, or as the lines that they were.

    \b
    Examples:
      footfall rejects export --source web > rejects.jsonl
      footfall rejects export --source web --raw --output broken.log
    """
    with _ledger(ctx, lake, source) as (_, ledger):
        found = ledger.rejects(source, is_replayed=None if replayed else False)
        lines = (_line(item, is_raw=raw) for item in found)
        if output is None:
            sys.stdout.buffer.writelines(lines)
            sys.stdout.buffer.flush()
        else:
            with output.open("wb") as file:
                file.writelines(lines)


@app.command()
def replay(
    ctx: typer.Context,
    source: Annotated[str, typer.Option("--source", "-s", help="Source whose rejects to read.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
    lake: LakeOption = None,
) -> None:
    """Read rejects again by the mapping as it is now, and store those that are events.

    \b
    Examples:
      footfall source set orders --timestamp "created:%d.%m.%Y %H:%M"
      footfall rejects replay --source orders
    """
    from footfall.capture.replay import replay as replay_rejects

    with _ledger(ctx, lake, source) as (opened, ledger):
        done = replay_rejects(opened, source, ledger)
    if as_json:
        counts = {"read": done.read, "stored": done.stored}
        print(to_json(counts | {"duplicates": done.duplicates, "rejected": done.rejected}))
        return
    print(
        f"{done.read:,} rejects read: {done.stored:,} stored, {done.duplicates:,} duplicates, "
        f"{done.rejected:,} are rejects still"
    )


@contextmanager
def _ledger(
    ctx: typer.Context, lake: Path | None, source: str | None
) -> Generator[tuple[LakeFolder, Ledger]]:
    from footfall.intake.ledger import FILE_NAME, Ledger

    opened = open_lake(ctx, lake)
    if source is not None:
        opened.source(source)
    with Ledger(opened.root / FILE_NAME) as ledger:
        yield opened, ledger


def _row(item: Reject, *, most: int | None) -> dict[str, Any]:
    raw = item.raw.decode("utf-8", "replace")
    return {
        "id": item.id,
        "source": item.source,
        "origin": item.origin,
        "line": item.line,
        "code": item.code,
        "reason": item.reason,
        "raw": raw if most is None or len(raw) <= most else raw[: most - 1] + "…",
    }


def _line(item: Reject, *, is_raw: bool) -> bytes:
    if is_raw:
        return item.raw + b"\n"
    import json

    row = _row(item, most=None) | {
        "is_cut": item.is_cut,
        "received_at": item.received_at.isoformat(),
        "replayed_at": item.replayed_at.isoformat() if item.replayed_at else None,
    }
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"
