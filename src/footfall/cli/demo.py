"""`footfall demo`: a lake full of realistic events, served at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import LakeOption, say, wanted_lake

if TYPE_CHECKING:
    from footfall.demo.lake import Demo
    from footfall.demo.recipe import Recipe
    from footfall.server.serve import Serving

app = typer.Typer()


@app.command()
def demo(
    ctx: typer.Context,
    events: Annotated[int, typer.Option("--events", help="About how many events.")] = 500_000,
    days: Annotated[int, typer.Option("--days", help="Over how many days up to now.")] = 90,
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes other events.")] = 7,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Make the lake and stop there.")
    ] = False,
    no_live: Annotated[
        bool, typer.Option("--no-live", help="Let no new events come in while it is served.")
    ] = False,
    port: Annotated[
        int | None, typer.Option("--port", help="Port to serve on; 0 takes any that is free.")
    ] = None,
    lake: LakeOption = None,
) -> None:
    """Make a lake of realistic shop events and serve it.

    The events are those of a shop with a docs site, up to this moment: daily and weekly
    rhythm, campaigns, a purchase funnel, bots, and one afternoon on which the checkout was
    broken. A demo lake that is there already is served as it is. New events go on coming
    while it is served, as many as at that time of any day.

    \b
    Examples:
      footfall demo
      footfall demo --lake /tmp/demo --events 100000
      footfall demo --no-serve && footfall query shop events actors --by country
    """
    from footfall.demo.recipe import Recipe

    root = wanted_lake(ctx, lake)
    made = _make(root, Recipe(n_events=events, n_days=days, seed=seed))
    _describe(root, made)
    if not no_serve:
        _serve(made, port, is_live=not no_live)


def _make(root: Path, recipe: Recipe) -> Demo:
    from footfall.cli.progress import share_progress
    from footfall.demo.lake import make_demo

    with share_progress("Demo lake") as show:
        return make_demo(root, recipe, lambda what, share: show(f"Demo lake: {what}", share))


def _describe(root: Path, made: Demo) -> None:
    recipe = made.recipe
    what = f"{made.n_events:,} events of {recipe.n_days} days up to {recipe.now:%Y-%m-%d %H:%M} UTC"
    if made.is_new:
        say(f"Made a demo lake at {root}: {what}.")
    else:
        say(f"The demo lake at {root} is there already: {what}. Remove the folder to make it anew.")


def _serve(made: Demo, port: int | None, *, is_live: bool) -> None:
    from footfall.cli.living import Living
    from footfall.server.serve import serve

    living = Living(made)

    def announce(serving: Serving) -> None:
        say("Open this link; it logs you in once (Ctrl-C stops the server):")
        # Alone on standard output, so that a program can pick it up.
        print(serving.login_url, flush=True)
        if is_live:
            living.start(serving.local_url)

    try:
        serve(made.lake, port=port, login=True, announce=announce)
    finally:
        living.stop()
