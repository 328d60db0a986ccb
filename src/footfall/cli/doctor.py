"""`footfall doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import JsonOption, LakeOption, open_lake
from footfall.cli.exits import PROBLEMS
from footfall.cli.output import count, to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from footfall.intake.check import Found
    from footfall.lake.folder import LakeFolder

app = typer.Typer()


@app.command()
def doctor(
    ctx: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="Read every byte and compare every checksum.")
    ] = False,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Check the lake and say what to do about each finding.

    Files against the table's log, counts against the ledger (received = stored + duplicates
    + rejected, stored = events in the table), journals, file sizes, the clock. Ends with
    exit code 5 where something was found.

    \b
    Examples:
      footfall doctor
      footfall doctor --full
      footfall doctor --json
    """
    from footfall.intake.check import check_lake
    from footfall.intake.ledger import FILE_NAME, Ledger

    opened = open_lake(ctx, lake)
    with Ledger(opened.root / FILE_NAME) as ledger, _progress() as progress:
        found = list(check_lake(opened, ledger, is_full=full, progress=progress))
    if as_json:
        print(to_json([each.to_dict() for each in found]))
    else:
        _show(opened, found)
        if not full:
            print("The contents of the files were not read; footfall doctor --full reads them.")
    if found:
        raise typer.Exit(PROBLEMS)


@contextmanager
def _progress() -> Generator[Callable[[str], None]]:
    from rich.console import Console

    with Console(stderr=True).status("Looking") as status:
        yield lambda what: status.update(f"Looking at the {what}")


def _show(lake: LakeFolder, found: list[Found]) -> None:
    for each in found:
        finding = each.finding
        print(f"{finding.severity.upper()} {each.about}: {finding.message} [{finding.code}]")
        print(f"  {finding.way_out}")
    looked = _looked_at(lake)
    problems = count(len(found), "problem")
    print(f"{problems} found in {looked}." if found else f"All is well: {looked}.")


def _looked_at(lake: LakeFolder) -> str:
    from footfall.errors import LakeError

    sources, n_events, n_files = lake.sources(), 0, 0
    for source in sources:
        try:
            snapshot = lake.table(source.name).snapshot()
        except LakeError:  # what is unreadable was said above
            continue
        n_events, n_files = n_events + snapshot.n_rows, n_files + len(snapshot.files)
    return ", ".join(
        (count(len(sources), "source"), count(n_events, "event"), count(n_files, "file"))
    )
