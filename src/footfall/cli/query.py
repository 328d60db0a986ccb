"""`footfall query`: metrics of a source on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.cancelling import cancelled_by_interrupt
from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake, say
from footfall.cli.output import print_rows
from footfall.cli.where import HELP as WHERE_HELP
from footfall.model.query import DEFAULT_TIME_RANGE

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.query.result import Result
    from footfall.query.summary import Summary

app = typer.Typer()


MetricArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="METRIC",
        help="events (default), actors, sessions, bounce_rate, 'sum(f)', 'mean(f)', 'min(f)', "
        "'max(f)', 'median(f)', 'p90(f)', 'p95(f)', 'p99(f)', 'distinct(f)', 'estimate(f)', "
        "'rate(events, actors)'; f is a column, properties.<key>, session.duration or "
        "session.n_events.",
    ),
]
ByOption = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="DIMENSION",
        help="Break down by a column, properties.<key>, hour_of_day or day_of_week; may be "
        "repeated.",
    ),
]
RangeOption = Annotated[
    str,
    typer.Option(
        "--range",
        metavar="TEXT",
        help="today, yesterday, 'last 7 days', 'this month', 'year to date', 2026-11, "
        "2026-11-01..2026-11-08 (both included), all.",
    ),
]
GranularityOption = Annotated[
    str | None,
    typer.Option("--granularity", "-g", help="minute, hour, day, week, month, quarter, year."),
]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", metavar="CONDITION", help=WHERE_HELP)
]
CompareOption = Annotated[
    str | None,
    typer.Option("--compare", help="previous_period, week, month, quarter or year."),
]
OrderOption = Annotated[
    list[str] | None,
    typer.Option("--order", metavar="COLUMN", help="Order by it; -COLUMN for the largest first."),
]
LimitOption = Annotated[
    int | None, typer.Option("--limit", help="Keep so many rows, and one for all others.")
]
TimezoneOption = Annotated[
    str | None, typer.Option("--timezone", help="IANA zone; the source's by default.")
]
SqlOption = Annotated[
    bool, typer.Option("--sql", help="Also show the SQL, as `footfall sql` takes it.")
]


@app.command()
def query(
    ctx: typer.Context,
    source: Annotated[str, typer.Argument(help="Source to ask, as `footfall sources` lists.")],
    metrics: MetricArgument = None,
    by: ByOption = None,
    time_range: RangeOption = DEFAULT_TIME_RANGE,
    granularity: GranularityOption = None,
    where: WhereOption = None,
    compare: CompareOption = None,
    order: OrderOption = None,
    limit: LimitOption = None,
    timezone: TimezoneOption = None,
    show_sql: SqlOption = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """Ask a source for metrics, broken down and compared.

    With --compare each metric has a second column, METRIC.before, for the earlier range.

    \b
    Examples:
      footfall query web
      footfall query web events actors --by country --range "last 7 days"
      footfall query web actors -g day --range 2026-11-01..2026-11-08 --json
      footfall query web "median(session.duration)" --by channel --compare previous_period
      footfall query shop "sum(properties.price)" --by properties.plan --limit 5
      footfall query web --where country=DE --where "path^=/docs/" --by path --limit 10
      footfall query web --where "properties.status>=400" --by hour_of_day --csv
    """
    from footfall.cli.where import parse_where
    from footfall.query.summary import summarize

    opened = open_lake(ctx, lake)
    asked = opened.source(source)
    result = _answer(
        opened,
        {
            "source": asked.name,
            "metrics": metrics or ["events"],
            "dimensions": by or [],
            "time_range": time_range,
            "granularity": granularity,
            "compare": compare,
            "order": order,
            "limit": limit,
            "timezone": timezone,
            "filter": parse_where(where or [], asked.properties),
        },
    )
    if show_sql:
        say(result.sql)
    for note in result.notes:
        say(note)
    names = [column.name for column in result.columns]
    print_rows(result.to_dicts(), names, as_json=as_json, as_csv=as_csv, empty="No rows.")
    if not result.n_rows_read and not as_json:
        _explain_nothing(summarize(opened, source))


def _answer(lake: LakeFolder, form: dict[str, Any]) -> Result:
    """The answer to a query in its JSON form, joined with what it is compared with."""
    from footfall.engines.registry import get_engine
    from footfall.model.query import Query
    from footfall.model.time import utc_now
    from footfall.query.run import run_query

    settings = lake.settings.query
    engine = get_engine(settings.engine, settings)
    wanted = Query.from_dict(form)
    with cancelled_by_interrupt() as cancel:
        return run_query(wanted, lake, engine, now=utc_now(), cancel=cancel).joined()


def _explain_nothing(summary: Summary) -> None:
    """Say where the events are, when none is in the range that was asked for."""
    if summary.first and summary.last:
        say(
            f"There are no events in this range; those of {summary.source.name} lie between "
            f"{summary.first:%Y-%m-%d} and {summary.last:%Y-%m-%d} (--range all)."
        )
    else:
        say(f"Source {summary.source.name} has no events yet.")
