"""`footfall intervals`: what lasted how long."""

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


@app.command()
def intervals(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="Source to ask, as `footfall sources` lists.")],
    name: Annotated[str, typer.Argument(help="Name of the interval, as the source declares it.")],
    time_range: RangeOption = DEFAULT_TIME_RANGE,
    where: WhereOption = None,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--field",
            metavar="FIELD",
            help="Also show this of the event that opens it: a column or properties.<key>; may be "
            "repeated.",
        ),
    ] = None,
    limit: Annotated[int, typer.Option(help="Most intervals to show.")] = PAGE_SIZE,
    timezone: TimezoneOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """List what lasted from one event to another.

    Starts and ends of one actor are paired; durations are in seconds. A start without an end
    has the state no_end, or open where it may still come; an end without a start no_start. An
    interval belongs to the range in which it starts.

    \b
    Examples:
      footfall intervals lab exercise --range all
      footfall intervals lab exercise --where "properties.exercise=dns" --csv
      footfall intervals lab session --field country --range "last 7 days"
    """
    from footfall.cli.where import parse_where
    from footfall.query.listings.listing import Listing

    opened = open_lake(ctx, lake)
    condition = parse_where(where or [], opened.source(source).properties)
    asked = Listing(source, time_range, condition, fields or (), limit=limit, timezone=timezone)
    page = _page(opened, name, asked)
    names = [column.name for column in page.rows.columns]
    rows = page.rows.to_dicts()
    print_rows(rows, names, as_json=as_json, as_csv=as_csv, empty="No intervals.")
    if page.cursor is not None:
        say(f"There are more than {limit}: narrow --range, or raise --limit.")


def _page(lake: LakeFolder, name: str, asked: Listing) -> Page[Result]:
    from footfall.engines.registry import get_engine
    from footfall.model.time import utc_now
    from footfall.query.listings.intervals import list_intervals

    settings = lake.settings.query
    engine = get_engine(settings.engine, settings)
    with cancelled_by_interrupt() as cancel:
        return list_intervals(lake, engine, name, asked, now=utc_now(), cancel=cancel)
