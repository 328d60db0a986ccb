"""`footfall identity`: which ids are one actor, and what a person decides about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import JsonOption, LakeOption, open_lake, say
from footfall.cli.output import text, to_json

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.lake.identities import Identities, Identity

app = typer.Typer(
    add_completion=False,
    help="""Show, join and part the ids of one actor.

    Events join ids by themselves: one with an anonymous_id says that it is the same actor as
    its distinct_id. Every query goes by it, for old events as well.
    """,
    no_args_is_help=True,
)

SourceArgument = Annotated[str, typer.Argument(help="Name of the source.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A distinct_id or actor_id.")]


@app.command()
def show(
    ctx: typer.Context,
    source: SourceArgument,
    each: IdArgument,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Show the actor of an id, all its ids, and why they are one.

    \b
    Examples:
      footfall identity show web 7f3a-laptop
      footfall identity show web anna@example.com --json
    """
    opened = open_lake(ctx, lake)
    found = opened.table(source).identities.show(each)
    _print(found, as_json=as_json)
    if found.ids == (each,) and not _is_seen(opened, source, each):
        say(f"No event of {source} has the id {each!r}: check how it is written.")


@app.command()
def merge(
    ctx: typer.Context,
    source: SourceArgument,
    each: IdArgument,
    into: Annotated[str, typer.Argument(metavar="INTO", help="Id whose actor it becomes.")],
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Let an id be the same actor as another, in all queries from now on.

    \b
    Examples:
      footfall identity merge web old@example.com new@example.com
    """
    _print(_identities(ctx, lake, source).merge(each, into, "command line"), as_json=as_json)


@app.command()
def split(
    ctx: typer.Context,
    source: SourceArgument,
    each: IdArgument,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Let an id stand for itself again, whatever was said of it.

    \b
    Examples:
      footfall identity split web 7f3a-laptop
    """
    _print(_identities(ctx, lake, source).split(each, "command line"), as_json=as_json)


@app.command()
def undo(
    ctx: typer.Context,
    source: SourceArgument,
    each: IdArgument,
    as_json: JsonOption = False,
    lake: LakeOption = None,
) -> None:
    """Take back what was decided about an id with merge and split.

    \b
    Examples:
      footfall identity undo web 7f3a-laptop
    """
    found = _identities(ctx, lake, source)
    if not found.revoke(each):
        say(f"Nothing was decided about {each!r}: there was nothing to take back.")
    _print(found.show(each), as_json=as_json)


def _identities(ctx: typer.Context, lake: Path | None, source: str) -> Identities:
    return open_lake(ctx, lake).table(source).identities


def _is_seen(lake: LakeFolder, source: str, each: str) -> bool:
    """Whether any event is of that id."""
    from footfall.engines.registry import get_engine
    from footfall.model.time import utc_now
    from footfall.query.listings.events import list_events
    from footfall.query.listings.listing import Listing

    conditions = [
        {"field": field, "operator": "is", "value": each}
        for field in ("distinct_id", "actor_id", "anonymous_id")
    ]
    engine = get_engine("duckdb")
    try:
        asked = Listing(source, "all", {"or": conditions}, limit=1)
        page = list_events(lake, engine, asked, now=utc_now())
    finally:
        engine.close()
    return bool(page.rows)


def _print(found: Identity, *, as_json: bool) -> None:
    if as_json:
        print(to_json(found.to_dict()))
        return
    print(f"actor  {found.actor_id}")
    print(f"ids    {', '.join(found.ids)}")
    for link in found.links:
        verb = "alias of" if link.is_explicit else "identified as"
        print(f"       {_at(link.timestamp)}  {link.anonymous_id} {verb} {link.distinct_id}")
    for each in found.decisions:
        what = f"merged into {each.into}" if each.into else "split"
        print(f"       {_at(each.decided_at)}  {each.id} {what} by {each.by or 'somebody'}")


def _at(epoch_us: int) -> str:
    from footfall.model.time import from_epoch_us

    return text(from_epoch_us(epoch_us))
