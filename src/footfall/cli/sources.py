"""`footfall sources`: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake
from footfall.cli.output import Row, print_rows, size

if TYPE_CHECKING:
    from footfall.query.summary import Summary

app = typer.Typer()


@app.command()
def sources(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="Show the columns of this source.")
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """List the sources with their events and columns.

    \b
    Examples:
      footfall sources
      footfall sources web
      footfall sources --json
    """
    from footfall.query.summary import columns_of, summarize

    opened = open_lake(ctx, lake)
    if name is not None:
        print_rows(columns_of(opened.source(name)), as_json=as_json, as_csv=as_csv)
        return
    rows = [_without_columns(summarize(opened, source.name)) for source in opened.sources()]
    print_rows(
        rows,
        as_json=as_json,
        as_csv=as_csv,
        shown=_shown,
        empty="There are no sources yet: footfall source add NAME makes one.",
    )


def _without_columns(summary: Summary) -> dict[str, Any]:
    return {
        key: value for key, value in summary.to_dict().items() if key not in ("columns", "fields")
    }


def _shown(row: Row) -> dict[str, Any]:
    return {
        "source": row["name"],
        "events": row["n_events"],
        "first (UTC)": row["first"],
        "last (UTC)": row["last"],
        "time zone": row["timezone"],
        "declared": ", ".join(row["properties"]) or None,
        "files": row["n_files"],
        "size": size(row["n_bytes"]),
    }
