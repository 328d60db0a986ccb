"""`footfall token`: what programs and browsers prove themselves with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from footfall.cli.common import CsvOption, JsonOption, LakeOption, open_lake, say
from footfall.cli.output import Row, print_rows, to_json
from footfall.workspace.secrets import EMBED, N_KIND, WRITE_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from footfall.lake.folder import LakeFolder
    from footfall.workspace.credentials import Credential, Issued
    from footfall.workspace.workspace import Workspace

app = typer.Typer(
    help="""Create and revoke API tokens, write keys, embed secrets.

    Tokens ask questions; write keys send events of one source; with embed secrets other
    applications show one source in their own pages. Each is shown once, when it is made.
    """,
    no_args_is_help=True,
)


LabelArgument = Annotated[str, typer.Argument(help="What it is for, to know it again later.")]
RightOption = Annotated[
    list[str] | None,
    typer.Option(
        "--right",
        metavar="read|write|admin",
        help="read asks questions, write keeps sources and replays rejects, admin does both "
        "and handles tokens and keys; may be repeated. Default: read.",
    ),
]
WriteOption = Annotated[
    str | None,
    typer.Option("--write", metavar="SOURCE", help="Make a write key for this source."),
]
EmbedOption = Annotated[
    str | None,
    typer.Option(
        "--embed",
        metavar="SOURCE",
        help="Make a secret with which another application embeds this source's Overview.",
    ),
]

_COLUMNS: Final = (
    *("prefix", "label", "rights", "source", "created_at", "last_used_at", "revoked_at"),
)


@app.command()
def create(
    ctx: typer.Context,
    label: LabelArgument = "",
    right: RightOption = None,
    write: WriteOption = None,
    embed: EmbedOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    lake: LakeOption = None,
) -> None:
    """Make a token, write key or embed secret and print it.

    \b
    Examples:
      footfall token create notebook
      footfall token create deploy --right admin
      footfall token create "web backend" --write web
      KEY=$(footfall token create --write web)
      footfall token create intranet --embed web
    """
    if [write is not None, embed is not None, bool(right)].count(True) > 1:
        raise typer.BadParameter(
            "--right, --write and --embed make different things: give one of them",
            param_hint="--right",
        )
    issued = _make(open_lake(ctx, lake), label, right or ["read"], write, embed)
    if as_json:
        print(to_json({"secret": issued.secret, **issued.info.to_dict()}))
        return
    print(issued.secret)
    say("Keep it now: it is not shown again.")


@app.command("list")
def list_all(
    ctx: typer.Context,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    lake: LakeOption = None,
) -> None:
    """List tokens, write keys and embed secrets by their first letters.

    \b
    Examples:
      footfall token list
      footfall token list --json
    """
    with _workspace(open_lake(ctx, lake).root) as workspace:
        kinds = (workspace.tokens, workspace.keys, workspace.embeds)
        rows = [each.to_dict() for kind in kinds for each in kind.list()]
    print_rows(
        rows,
        _COLUMNS,
        as_json=as_json,
        as_csv=as_csv,
        shown=_shown,
        empty="There are no tokens yet: footfall token create LABEL makes one.",
    )


@app.command()
def revoke(
    ctx: typer.Context,
    prefix: Annotated[
        str, typer.Argument(help="First letters, as `footfall token list` shows, or all.")
    ],
    lake: LakeOption = None,
) -> None:
    """Make a token, write key or embed secret worthless from now on.

    \b
    Examples:
      footfall token revoke fft_k3J9xQ2a
      footfall token revoke ffw_Zp0sV7bn
      footfall token revoke ffe_8hQz3LwK
    """
    with _workspace(open_lake(ctx, lake).root) as workspace:
        kinds = {WRITE_KEY: workspace.keys, EMBED: workspace.embeds}
        revoked = kinds.get(prefix[:N_KIND], workspace.tokens).revoke(prefix)
    say(f"Revoked {revoked.prefix} {revoked.label}".rstrip())


@app.command()
def login(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Option(
            "--url", help="Address of the server; else where one serves the lake, or is set to."
        ),
    ] = "",
    lake: LakeOption = None,
) -> None:
    """Print a link that logs one browser in, once, within 15 minutes.

    \b
    Examples:
      footfall token login
      footfall token login --url http://127.0.0.1:9000
    """
    from footfall.server.hosts import base_url
    from footfall.server.presence import running_servers

    opened = open_lake(ctx, lake)
    running = running_servers(opened.root)
    if not url and not running:
        say("No server of this lake runs here: start it with footfall serve, then open the link.")
    with _workspace(opened.root) as workspace:
        secret = workspace.logins.create()
    base = url or next(iter(running), base_url(opened.settings.server))
    print(f"{base.rstrip('/')}/login?key={secret}")


def _make(
    lake: LakeFolder, label: str, rights: list[str], write: str | None, embed: str | None
) -> Issued[Credential]:
    with _workspace(lake.root) as workspace:
        if write is not None:
            return workspace.keys.create(lake.source(write).name, label)
        if embed is not None:
            return workspace.embeds.create(lake.source(embed).name, label, lake.secret)
        return workspace.tokens.create(label, rights)


def _shown(row: Row) -> dict[str, Any]:
    verb = {EMBED: "embed", WRITE_KEY: "send"}.get(row["prefix"][:N_KIND])
    return {
        "prefix": row["prefix"],
        "label": row["label"],
        "may": f"{verb} {row['source']}" if verb else ", ".join(row["rights"]),
        "created": row["created_at"],
        "last used": row["last_used_at"],
        "revoked": row["revoked_at"],
    }


def _workspace(root: Path) -> Workspace:
    from footfall.workspace.workspace import Workspace

    return Workspace(root)
