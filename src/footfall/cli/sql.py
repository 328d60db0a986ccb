"""`footfall sql`: one SELECT over the sources."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from footfall.cli.cancelling import cancelled_by_interrupt
from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake

app = typer.Typer()


@app.command()
def sql(
    ctx: typer.Context,
    statement: Annotated[str, typer.Argument(help="The SELECT; - reads it from standard input.")],
    rows: Annotated[
        int | None,
        typer.Option("--rows", min=1, help="Most rows, beyond which it fails; else as set."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """Run a read-only SELECT over the sources.

    A source is a table of its own name: the canonical columns, its declared properties
    under their own keys, and everything else as JSON text in the column properties.

    \b
    Examples:
      footfall sql "select path, count(*) as n from web group by path order by n desc limit 10"
      footfall sql "select count(distinct actor_id) from web where country = 'DE'" --json
      footfall sql "select properties->>'plan' as plan, avg(price) from shop group by plan"
      footfall sql - --csv < report.sql
    """
    from dataclasses import replace

    from footfall.cli.output import print_rows
    from footfall.engines.base import Limits
    from footfall.engines.registry import get_duckdb
    from footfall.query.free_sql import run_sql

    opened = open_lake(ctx, lake)
    settings = opened.settings.query
    limits = Limits.from_settings(settings)
    text = sys.stdin.read() if statement == "-" else statement
    with cancelled_by_interrupt() as cancel:
        result = run_sql(
            text,
            opened,
            get_duckdb(settings),
            limits=replace(limits, rows=rows or limits.rows),
            cancel=cancel,
        )
    print_rows(
        result.to_dicts(),
        [column.name for column in result.columns],
        as_json=as_json,
        as_csv=as_csv,
        empty="No rows.",
    )
