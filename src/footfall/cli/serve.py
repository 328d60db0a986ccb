"""`footfall serve`: pages, API and intake of a lake."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import LakeOption, open_lake, say

if TYPE_CHECKING:
    from footfall.server.serve import Serving

app = typer.Typer()


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on; 127.0.0.1 (this machine alone) by default."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
    login: Annotated[
        bool, typer.Option("--login", help="Print a new login link, even if a browser has one.")
    ] = False,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the pages in a browser of this machine.")
    ] = False,
    lake: LakeOption = None,
) -> None:
    """Serve pages and API, and take events in.

    The first time, a link is printed that logs one browser in. Stop with Ctrl-C: what was
    acknowledged is on disk by then.

    \b
    Examples:
      footfall serve
      footfall serve --open
      footfall serve --login --port 9000
      footfall serve --host 0.0.0.0
    """
    from footfall.server.serve import serve as run

    opened = open_lake(ctx, lake, create=True)

    def announce(serving: Serving) -> None:
        show(serving, str(opened.root), open_browser=open_browser)

    run(opened, host=host, port=port, login=login, announce=announce)
    say("Stopped; everything taken in is on disk.")


def show(serving: Serving, lake: str, *, open_browser: bool = False) -> None:
    """Print where the server is, and open it in a browser where that is wanted."""
    print(f"Footfall serves {lake}", flush=True)
    print(f"  {serving.url}", flush=True)
    if serving.local_url != serving.url:
        print(f"  {serving.local_url} on this machine, for your proxy", flush=True)
    if serving.login_url:
        print(f"Log in (once, within 15 minutes): {serving.login_url}", flush=True)
    else:
        print(f"Log in: footfall token login --lake {shlex.quote(lake)}", flush=True)
    if not serving.is_loopback:
        say(
            "This listens to the network without encryption: put a proxy with TLS before it "
            "and set public_url in [server] of footfall.toml."
        )
    if open_browser:
        import webbrowser

        webbrowser.open(serving.login_url or serving.url)
