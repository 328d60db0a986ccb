"""`footfall sources`: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake
from footfall.cli.output import print_rows, size

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
    found = [summarize(opened, source.name) for source in opened.sources()]
    if as_json:
        print_rows([_without_columns(each) for each in found], as_json=True)
        return
    print_rows(
        [_row(each, is_plain=as_csv) for each in found],
        as_csv=as_csv,
        empty="There are no sources yet: footfall source add NAME makes one.",
    )


def _without_columns(summary: Summary) -> dict[str, object]:
    return {
        key: value for key, value in summary.to_dict().items() if key not in ("columns", "fields")
    }


def _row(summary: Summary, *, is_plain: bool) -> dict[str, object]:
    return {
        "source": summary.source.name,
        "events": summary.n_events,
        "first (UTC)": summary.first,
        "last (UTC)": summary.last,
        "time zone": summary.source.timezone,
        "declared": ", ".join(summary.source.properties) or None,
        "files": summary.n_files,
        "size": summary.n_bytes if is_plain else size(summary.n_bytes),
    }
