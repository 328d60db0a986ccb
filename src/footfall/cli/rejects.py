"""`footfall rejects`: what could not be taken in, and what becomes of it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake, say
from footfall.cli.output import Row, count, print_rows, to_json

if TYPE_CHECKING:
    from collections.abc import Generator

    from footfall.intake.ledger import Ledger
    from footfall.intake.reject import Reject
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
ReplayedOption = Annotated[
    Literal["no", "yes", "all"],
    typer.Option("--replayed", help="Those still open, those replayed since, or all."),
]

_IS_REPLAYED: Final = {"no": False, "yes": True, "all": None}
_COLUMNS: Final = ("id", "source", "origin", "line", "code", "reason", "raw", "replayed_at")
_MAX_LETTERS: Final = 100


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
    replayed: ReplayedOption = "no",
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """List rejects with their origins, reasons and beginnings.

    \b
    Examples:
      footfall rejects list --source web
      footfall rejects list --limit 500 --json
      footfall rejects list --replayed all
    """
    with _ledger(ctx, lake, source) as (_, ledger):
        wanted = _IS_REPLAYED[replayed]
        rows = [each.to_dict() for each in ledger.rejects(source, is_replayed=wanted, limit=limit)]
        n_rejects = ledger.n_rejects(source, is_replayed=wanted)
    print_rows(
        rows,
        as_json=as_json,
        as_csv=as_csv,
        shown=lambda row: _shown(row, with_replayed=wanted is not False),
        empty="There are no rejects.",
    )
    if n_rejects > len(rows):
        say(f"{len(rows):,} of {n_rejects:,} are shown; --limit shows more, export writes all.")


@app.command()
def export(
    ctx: typer.Context,
    source: SourceOption = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; else standard output.")
    ] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Only what was rejected, one a line.")] = False,
    replayed: ReplayedOption = "no",
    lake: LakeOption = None,
) -> None:
    """Write all rejects as JSON lines.

    With --raw it is only what was rejected, one a line: a file's line or a request as it
    came; a single event of a tracker's request may stand in Footfall's own form.

    \b
    Examples:
      footfall rejects export --source web > rejects.jsonl
      footfall rejects export --source web --raw --output broken.log
    """
    with _ledger(ctx, lake, source) as (_, ledger):
        found = ledger.rejects(source, is_replayed=_IS_REPLAYED[replayed])
        lines = (_line(each, is_raw=raw) for each in found)
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
    """Read rejects again, and store those that are events by now.

    \b
    Examples:
      footfall source set orders --timestamp "created:%d.%m.%Y %H:%M"
      footfall rejects replay --source orders
    """
    from footfall.capture.replay import replay as replay_rejects

    with _ledger(ctx, lake, source) as (opened, ledger):
        done = replay_rejects(opened, source, ledger)
    if as_json:
        print(to_json(asdict(done)))
        return
    print(
        f"{count(done.read, 'reject')} read: {done.stored:,} stored, "
        f"{count(done.duplicates, 'duplicate')}, {done.rejected:,} rejected still"
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


def _shown(row: Row, *, with_replayed: bool) -> dict[str, Any]:
    """What a person sees of a reject: the beginning of what came, on one line."""
    raw: str = row["raw"]
    cut = raw if len(raw) <= _MAX_LETTERS else f"{raw[: _MAX_LETTERS - 1]}…"
    columns = _COLUMNS if with_replayed else _COLUMNS[:-1]
    return {name: cut if name == "raw" else row[name] for name in columns}


def _line(reject: Reject, *, is_raw: bool) -> bytes:
    import msgspec

    return (reject.raw if is_raw else msgspec.json.encode(reject.to_dict())) + b"\n"
