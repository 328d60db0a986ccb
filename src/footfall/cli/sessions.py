"""`footfall sessions`: who came, for how long, and by which pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.cancelling import cancelled_by_interrupt
from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake, say
from footfall.cli.output import print_rows
from footfall.cli.query import RangeOption, TimezoneOption, WhereOption

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.query.sessions import SessionPage, WantedSessions

app = typer.Typer()

# What fits on a screen; CSV and JSON have every column.
_SHOWN = (
    *("start", "actor_id", "number", "duration", "n_events", "n_pages"),
    *("entry_page", "exit_page", "entry_channel", "country"),
)


@app.command()
def sessions(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="Source to ask, as `footfall sources` lists.")],
    time_range: RangeOption = "last 30 days",
    where: WhereOption = None,
    order: Annotated[
        str, typer.Option("--order", help="-start, the newest first, or start.")
    ] = "-start",
    limit: Annotated[int, typer.Option(min=1, help="Most sessions to show.")] = 100,
    timezone: TimezoneOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """List sessions with their pages, duration and number.

    A session is listed where one of its events lies in the range and passes the conditions,
    and is told whole. The number counts the actor's sessions from the first on; the duration
    is in seconds. With --json or --csv every column is there.

    \b
    Examples:
      footfall sessions web --range "last 7 days"
      footfall sessions web --where path=/checkout --where country=DE
      footfall sessions web --range all --order start --limit 10000 --csv
    """
    from footfall.cli.where import parse_where
    from footfall.query.sessions import WantedSessions

    opened = open_lake(ctx, lake)
    condition = parse_where(where or [], opened.source(source).properties)
    page = _page(
        opened, source, WantedSessions(time_range, condition, order, limit, timezone=timezone)
    )
    names = [column.name for column in page.result.columns]
    columns = names if as_json or as_csv else list(_SHOWN)
    rows = [{name: row[name] for name in columns} for row in page.result.to_dicts()]
    print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty="No sessions.")
    if page.cursor is not None:
        say(f"There are more than {limit}: narrow --range, or raise --limit.")


def _page(lake: LakeFolder, source: str, wanted: WantedSessions) -> SessionPage:
    from footfall.engines.registry import get_engine
    from footfall.model.time import utc_now
    from footfall.query.sessions import list_sessions

    settings = lake.settings.query
    engine = get_engine(settings.engine, settings)
    with cancelled_by_interrupt() as cancel:
        return list_sessions(lake, source, engine, wanted, now=utc_now(), cancel=cancel)
