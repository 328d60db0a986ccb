"""`footfall doctor`: what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import JsonOption, LakeOption, open_lake, say
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
    strict: Annotated[
        bool, typer.Option("--strict", help="Let mere warnings make the exit code 5, too.")
    ] = False,
    recount: Annotated[
        bool, typer.Option("--recount", help="First bring the ledger in line with the tables.")
    ] = False,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Check the lake and say what to do about each finding.

    Files against the table's log, counts against the ledger (received = stored + duplicates
    + rejected, stored = events in the table), journals, file sizes, the clock. Ends with
    exit code 5 where an error was found, with 0 where there are warnings alone.

    --recount is for a ledger that was lost, and for tables that were put back by hand: what
    a table has more or less than the ledger counts as received and stored now.

    \b
    Examples:
      footfall doctor
      footfall doctor --full
      footfall doctor --strict --json
    """
    from footfall.intake.check import check_lake

    opened = open_lake(ctx, lake)
    if recount:
        _recount(opened)
    with _progress() as progress:
        found = list(check_lake(opened, is_full=full, progress=progress))
    if as_json:
        print(to_json([each.to_dict() for each in found]))
    else:
        _show(opened, found)
        if not full:
            print("The contents of the files were not read; footfall doctor --full reads them.")
    if any(strict or each.finding.severity == "error" for each in found):
        raise typer.Exit(PROBLEMS)


def _recount(lake: LakeFolder) -> None:
    from footfall.intake.ledger import FILE_NAME, Ledger
    from footfall.intake.recount import recount
    from footfall.model.time import utc_now

    with Ledger(lake.root / FILE_NAME) as ledger:
        changed = recount(lake, ledger, now=utc_now())
    for source, n_events in changed.items():
        say(f"The ledger counts {count(abs(n_events), 'event')} {_than(n_events)} for {source}.")
    if not changed:
        say("There was nothing to recount.")


def _than(n_events: int) -> str:
    return "more" if n_events > 0 else "less"


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
