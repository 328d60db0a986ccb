"""`footfall source`: add, show, change and remove sources, and infer mappings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.cli.common import LakeOption, open_lake, say
from footfall.cli.output import to_json

if TYPE_CHECKING:
    from footfall.capture.definition import Changes
    from footfall.capture.infer import Inferred
    from footfall.lake.folder import LakeFolder
    from footfall.model.source import Source

app = typer.Typer(
    add_completion=False,
    help="""Add, change and remove sources, infer mappings.

    A source has a mapping, which says how a record becomes an event: which field holds the
    time, the name, the actor. Fields inside others are written with dots (user.id); what no
    rule names is kept in properties.
    """,
    no_args_is_help=True,
)

MappingOption = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        "-m",
        help="A ready-made one, such as combined, iis, caddy; json, jsonlines, csv, delimited; "
        "a .toml file.",
    ),
]
TimestampOption = Annotated[
    str | None,
    typer.Option(metavar="FIELD[:FORMAT]", help="Time: iso, epoch_s, _ms, _us, _ns or a pattern."),
]
NameOption = Annotated[
    str | None, typer.Option("--name", metavar="FIELD|=TEXT", help="What happened.")
]
ActorOption = Annotated[str | None, typer.Option("--actor", metavar="FIELD", help="Who did it.")]
SessionOption = Annotated[
    str | None, typer.Option("--session", metavar="FIELD", help="The sender's own session.")
]
FieldOption = Annotated[
    list[str] | None,
    typer.Option("--field", metavar="COLUMN=FIELD", help="Any other column, such as url=page."),
]
PropertyOption = Annotated[
    list[str] | None,
    typer.Option("--property", "-p", metavar="KEY:TYPE", help="Declare a typed property."),
]
OptionOption = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="KEY=VALUE", help="Option of the format: delimiter=;"),
]
ZoneOption = Annotated[
    str | None, typer.Option("--timezone", metavar="ZONE", help="Such as Europe/Berlin.")
]
GapOption = Annotated[
    str | None, typer.Option("--session-gap", metavar="DURATION", help="Such as 30m.")
]
TrackerOption = Annotated[
    list[str] | None,
    typer.Option("--tracker-id", metavar="ID", help="Id by which a tracker names it."),
]
AddressesOption = Annotated[
    str | None,
    typer.Option(
        "--addresses",
        metavar="POLICY",
        help="What is kept of network addresses: drop (nothing), truncated, keyed.",
    ),
]
IntervalOption = Annotated[
    list[str] | None,
    typer.Option(
        "--interval",
        metavar="NAME:START..END",
        help="What lasts from one event to another; also 'NAME:START..END by FIELD within 8h'.",
    ),
]
TextOption = Annotated[str | None, typer.Option("--description", help="A line for people.")]


Act = Callable[[typer.Context, Path | None, str, "Changes"], None]


def _with_changes(act: Act) -> Callable[..., None]:
    """The command that makes `Changes` of its options and has `act` put them to use."""

    def command(
        ctx: typer.Context,
        name: Annotated[str, typer.Argument(help="Its name, which is also its table in SQL.")],
        mapping: MappingOption = None,
        timestamp: TimestampOption = None,
        event_name: NameOption = None,
        actor: ActorOption = None,
        session: SessionOption = None,
        fields: FieldOption = None,
        properties: PropertyOption = None,
        options: OptionOption = None,
        timezone: ZoneOption = None,
        session_gap: GapOption = None,
        tracker_ids: TrackerOption = None,
        addresses: AddressesOption = None,
        intervals: IntervalOption = None,
        description: TextOption = None,
        lake: LakeOption = None,
    ) -> None:
        from footfall.capture.definition import Changes

        changes = Changes(
            mapping,
            _rules(timestamp, event_name, actor, session, fields),
            tuple(properties or ()),
            _pairs(options, "--option"),
            timezone,
            session_gap,
            description,
            tuple(tracker_ids or ()),
            addresses,
            tuple(intervals or ()),
        )
        act(ctx, lake, name, changes)

    command.__doc__ = act.__doc__
    return command


@app.command("add")
@_with_changes
def add(ctx: typer.Context, lake: Path | None, name: str, changes: Changes) -> None:
    """Add a source; the lake is made if there is none.

    Without a mapping the source takes canonical JSON, over HTTP and from files.

    \b
    Examples:
      footfall source add web --mapping combined --timezone Europe/Berlin
      footfall source add web --mapping combined --option hosts=shop.example,www.shop.example
      footfall source add app --property plan:text --property price:float
      footfall source add shop --mapping csv --timestamp created --name event --actor user_id
      footfall source add door --mapping delimited --timestamp "t:%d.%m.%Y %H:%M" --name =opened
      footfall source add erp --mapping erp.toml
    """
    from footfall.capture.definition import define

    if changes.rules and changes.mapping is None:
        # JSON says by itself what its fields are.
        changes = replace(changes, mapping="json")
    _add(open_lake(ctx, lake, create=True), define(name, changes))


@app.command("set")
@_with_changes
def change(ctx: typer.Context, lake: Path | None, name: str, changes: Changes) -> None:
    """Change a source: what is given replaces what was.

    Events that are stored stay as they are. Fields, options, properties and intervals are
    replaced one by one, tracker ids together: name those that stay as well, or '' for none.
    A property declared now is filled for old events, too.

    \b
    Examples:
      footfall source set app --property plan:text
      footfall source set shop --timestamp "created:%d.%m.%Y %H:%M"
      footfall source set web --timezone Europe/Berlin --session-gap 45m
      footfall source set shop --tracker-id shop.example --tracker-id 1
      footfall source set web --addresses keyed
      footfall source set web --interval "exercise:exercise.start..exercise.end"
    """
    from footfall.capture.definition import redefine

    open_lake(ctx, lake).change_source(name, lambda source: redefine(source, changes))
    say(f"Changed source {name}.")


@app.command()
def show(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Source to show.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    lake: LakeOption = None,
) -> None:
    """Show how a source is defined, as the TOML that its file holds.

    \b
    Examples:
      footfall source show web
      footfall source show web --json
    """
    import msgspec

    from footfall.lake.definitions import definition_text

    source = open_lake(ctx, lake).source(name)
    if as_json:
        print(to_json(msgspec.to_builtins(source)))
        return
    print(f"# {name}\n{definition_text(source)}", end="")


@app.command()
def remove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Source to remove.")],
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Remove its events from the disk as well.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    lake: LakeOption = None,
) -> None:
    """Remove a source; its events stay in the folder unless --with-data.

    With them go its counts and rejects, and its write keys are revoked: a source of the same
    name that is added later begins with nothing.

    \b
    Examples:
      footfall source remove web
      footfall source remove trial --with-data --yes
    """
    opened = open_lake(ctx, lake)
    opened.check_defined(name)
    if with_data and not yes:
        typer.confirm(f"Remove {name} and all its events for good?", abort=True, err=True)
    if with_data:
        _revoke_keys(opened, name)
    opened.remove_source(name, with_data=with_data)
    if with_data:
        _forget_counts(opened, name)
    say(f"Removed source {name}{' and its events' if with_data else ''}.")


@app.command()
def infer(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="File to look at; its beginning is enough.")],
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Name of the new source.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Add the source as proposed.")] = False,
    timezone: ZoneOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the proposal as JSON.")] = False,
    lake: LakeOption = None,
) -> None:
    """Propose a mapping from a sample, and show the first events.

    \b
    Examples:
      footfall source infer orders.csv
      footfall source infer events.jsonl.gz --save --as shop --timezone Europe/Berlin
    """
    from footfall.capture.infer import infer_file
    from footfall.cli.proposal import show_proposal, show_ways

    if save and name is None:
        raise typer.BadParameter("--save needs a name for the source", param_hint="--as")
    found = infer_file(file, timezone or "UTC")
    if as_json:
        print(to_json(found.to_dict()))
    else:
        show_proposal(found, file)
    if save and name is not None:
        _save(ctx, lake, found, name, timezone or "UTC")
    elif not as_json:
        show_ways(found, file, timezone)


def _save(ctx: typer.Context, lake: Path | None, found: Inferred, name: str, timezone: str) -> None:
    _add(open_lake(ctx, lake, create=True), found.source(name, timezone))


def _add(lake: LakeFolder, source: Source) -> None:
    lake.add_source(source)
    files = f"footfall ingest FILES --source {source.name}"
    if source.mapping.format == "canonical":
        # Its events are sent by an application, which needs a write key.
        say(f"Added source {source.name}. Next: footfall token create --write {source.name}")
        say(f"or, for events in files: {files}")
    else:
        say(f"Added source {source.name}. Next: {files}")


def _revoke_keys(lake: LakeFolder, name: str) -> None:
    from footfall.workspace.workspace import Workspace

    with Workspace(lake.root) as workspace:
        workspace.keys.revoke_all(name)
        workspace.embeds.revoke_all(name)


def _forget_counts(lake: LakeFolder, name: str) -> None:
    from footfall.intake.ledger import FILE_NAME, Ledger

    with Ledger(lake.root / FILE_NAME) as ledger:
        ledger.forget(name)


def _rules(
    timestamp: str | None,
    event_name: str | None,
    actor: str | None,
    session: str | None,
    fields: list[str] | None,
) -> dict[str, str]:
    given = {"timestamp": timestamp, "name": event_name, "actor": actor, "session": session}
    rules = {column: text for column, text in given.items() if text is not None}
    return rules | _pairs(fields, "--field")


def _pairs(texts: list[str] | None, option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts or ():
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint=option)
        pairs[key] = value
    return pairs
