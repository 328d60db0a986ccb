"""`footfall sessions`: who came, for how long, and by which pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.cancelling import cancelled_by_interrupt
from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake, say
from footfall.cli.output import print_rows
from footfall.cli.query import RangeOption, TimezoneOption, WhereOption
from footfall.model.query import DEFAULT_TIME_RANGE, PAGE_SIZE

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.query.listings.listing import Listing, Page
    from footfall.query.result import Result

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
    time_range: RangeOption = DEFAULT_TIME_RANGE,
    where: WhereOption = None,
    order: Annotated[
        str, typer.Option("--order", help="-start, the newest first, or start.")
    ] = "-start",
    limit: Annotated[int, typer.Option(help="Most sessions to show.")] = PAGE_SIZE,
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
    from footfall.query.listings.listing import Listing

    opened = open_lake(ctx, lake)
    condition = parse_where(where or [], opened.source(source).properties)
    asked = Listing(source, time_range, condition, order=order, limit=limit, timezone=timezone)
    page = _page(opened, asked)
    names = [column.name for column in page.rows.columns]
    columns = names if as_json or as_csv else list(_SHOWN)
    rows = [{name: row[name] for name in columns} for row in page.rows.to_dicts()]
    print_rows(rows, columns, as_json=as_json, as_csv=as_csv, empty="No sessions.")
    if page.cursor is not None:
        say(f"There are more than {limit}: narrow --range, or raise --limit.")


def _page(lake: LakeFolder, asked: Listing) -> Page[Result]:
    from footfall.engines.registry import get_engine
    from footfall.model.time import utc_now
    from footfall.query.listings.sessions import list_sessions

    settings = lake.settings.query
    engine = get_engine(settings.engine, settings)
    with cancelled_by_interrupt() as cancel:
        return list_sessions(lake, engine, asked, now=utc_now(), cancel=cancel)
