"""The `footfall` command: knows every subcommand's line of help, loads only the one called.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 lake, source or file not found,
4 rejects with --strict, 5 doctor found problems, 130 interrupted.

A command module has an `app: typer.Typer` with one command, or several for a group.
"""

from __future__ import annotations

import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple, cast

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from footfall import __version__
from footfall.cli.common import LakeOption
from footfall.cli.exits import exit_code, show_error
from footfall.errors import FootfallError, did_you_mean

if TYPE_CHECKING:
    from typer._click import Command, Context


class CommandEntry(NamedTuple):
    """Where a command lives, and the line that `footfall --help` shows for it."""

    module: str
    summary: str


COMMANDS: dict[str, CommandEntry] = {
    "demo": CommandEntry("demo", "Make a lake of realistic shop events and serve it."),
    "serve": CommandEntry("serve", "Serve pages and API, and take events in."),
    "ingest": CommandEntry("ingest", "Take events in from files or standard input."),
    "query": CommandEntry("query", "Ask a source for metrics, broken down and compared."),
    "sessions": CommandEntry("sessions", "List sessions with their pages, duration and number."),
    "intervals": CommandEntry("intervals", "List what lasted from one event to another."),
    "sql": CommandEntry("sql", "Run a read-only SELECT over the sources."),
    "sources": CommandEntry("sources", "List the sources with their events and columns."),
    "source": CommandEntry("source", "Add, change and remove sources, infer mappings."),
    "identity": CommandEntry("identity", "Show, join and part the ids of one actor."),
    "rejects": CommandEntry("rejects", "List, export and replay what could not be taken in."),
    "compact": CommandEntry(
        "compact", "Merge small files, cluster closed days, remove old versions."
    ),
    "doctor": CommandEntry("doctor", "Check the lake and say what to do about each finding."),
    "token": CommandEntry("token", "Create and revoke API tokens, write keys, embed secrets."),
}


# Every module's app would offer to install completion, for a command that does not exist.
_COMPLETION: Final = frozenset({"install_completion", "show_completion"})


class CommandLine(TyperGroup):
    """The group of all commands, which imports a command's module when it is called."""

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002 - as Click calls it
        """Names in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002 - as Click calls it
        """A stand-in that carries the summary; the real command is loaded on resolve."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        return TyperCommand(cmd_name, help=entry.summary, rich_markup_mode=None)

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, Command | None, list[str]]:
        """The real command for the first argument; a usage error with near names otherwise."""
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            hint = did_you_mean(name, COMMANDS) or f" There are {', '.join(COMMANDS)}."
            ctx.fail(f"No such command {name!r}.{hint}")
        return name, load_command(name) if name in COMMANDS else None, args[1:]

    def invoke(self, ctx: Context) -> Any:
        """Run the command; an error of ours becomes its message and exit code."""
        try:
            return super().invoke(ctx)
        except FootfallError as error:
            show_error(error)
            raise typer.Exit(exit_code(error)) from error


def load_command(name: str) -> Command:
    """The real command of that name, imported now."""
    module = import_module(f"footfall.cli.{COMMANDS[name].module}")
    command = typer.main.get_command(cast("typer.Typer", module.app))
    command.name = name
    command.params = [item for item in command.params if item.name not in _COMPLETION]
    _make_plain(command)
    return command


def _make_plain(command: Command) -> None:
    # Plain help keeps examples as they are written and needs no import of rich.
    if isinstance(command, TyperCommand | TyperGroup):
        command.rich_markup_mode = None
    if isinstance(command, TyperGroup):
        for child in command.commands.values():
            _make_plain(child)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"footfall {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="footfall",
    cls=CommandLine,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def root(
    ctx: typer.Context,
    lake: LakeOption = None,
    version: Annotated[  # noqa: ARG001 - its callback acts
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Activity analytics that stays in your house: events in, answers out.

    \b
    Look around:     footfall demo
    Your own log:    footfall source add web --mapping combined
                     footfall ingest access.log --source web
    Ask:             footfall query web events actors --by country --range "last 7 days"
                     footfall sql "select path, count(*) from web group by path"
    Serve:           footfall serve

    \b
    The lake is --lake PATH, else FOOTFALL_LAKE, else the folder of the nearest
    footfall.toml, else ./footfall.
    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 lake, source or file not found,
    4 rejects with --strict, 5 doctor found problems, 130 interrupted.
    """
    ctx.obj = lake
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main() -> None:
    """Run the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a character shows a placeholder rather than fail.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    typer.main.get_command(app)(prog_name="footfall")


if __name__ == "__main__":
    main()
