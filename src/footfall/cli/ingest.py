"""`footfall ingest`: files into a source."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from footfall.cli.common import LakeOption, open_lake, say
from footfall.cli.exits import FAILED, INTERRUPTED, REJECTS
from footfall.cli.output import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footfall.capture.collector import Collector
    from footfall.capture.passage import Counts

app = typer.Typer()

_TURN: Final = 0.0005
"""Seconds that one thread may keep the others waiting."""


@app.command()
def ingest(
    ctx: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILES...", help="Files, patterns, or - for stdin.")
    ],
    source: Annotated[str, typer.Option("--source", "-s", help="Source that the files are of.")],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is written to the files.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first reject, with exit code 4.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    lake: LakeOption = None,
) -> None:
    """Take events in from files or standard input.

    Files packed with gzip, zstd, bzip2 or xz are read as they are. A file that was taken in
    before adds nothing, one that has grown adds what is new. A line that is no event is a
    reject: see footfall rejects. Ctrl-C ends after the piece at hand; nothing is lost.

    \b
    Examples:
      footfall ingest access.log --source web
      footfall ingest "/var/log/nginx/access.log*" --source web
      zcat orders.json.gz | footfall ingest - --source shop
      footfall ingest /var/log/nginx/access.log --source web --follow
    """
    from footfall.capture.collector import Collector
    from footfall.capture.opening import expand
    from footfall.capture.requests import settle_hosts
    from footfall.cli.interrupt import interruptible
    from footfall.cli.progress import byte_progress
    from footfall.intake.ledger import FILE_NAME, Ledger

    opened = open_lake(ctx, lake)
    paths = files if follow else expand(files)
    hosts = settle_hosts(opened, source, paths)
    is_shown = sys.stderr.isatty() and not quiet and not follow
    # Three threads hand on pieces: to wait five milliseconds for a turn, as usual, costs a fifth.
    sys.setswitchinterval(_TURN)
    with (
        Ledger(opened.root / FILE_NAME) as ledger,
        interruptible() as stop,
        byte_progress(_size(paths), is_shown=is_shown) as advance,
    ):
        collector = Collector(
            opened,
            source,
            ledger,
            is_strict=strict,
            is_following=follow,
            on_bytes=advance,
            stop=stop,
        )
        counts = _follow(collector, paths) if follow else collector.ingest(paths)
    _tell(counts, as_json=as_json, source=source)
    if hosts:
        say(
            f"Own host: {', '.join(hosts)}, as most referrers say; clicks within the site are the "
            f"channel internal. Another: footfall source set {source} --option hosts=HOST,HOST"
        )
    if counts.halt is not None:
        raise typer.Exit(REJECTS)
    if counts.problems:
        raise typer.Exit(FAILED)
    if stop.is_set() and not follow:
        raise typer.Exit(INTERRUPTED)


def _follow(collector: Collector, names: Sequence[str]) -> Counts:
    from footfall.capture.follow import Follower

    say("Following; Ctrl-C ends it.")
    Follower(collector, names, tell=lambda problem: say(f"Error: {problem}")).run()
    return collector.counts


def _size(paths: Sequence[str]) -> int | None:
    """Bytes to read, None where that cannot be told."""
    from pathlib import Path

    files = [Path(path) for path in paths]
    if not all(path.is_file() for path in files):
        return None
    return sum(path.stat().st_size for path in files)


def _tell(counts: Counts, *, as_json: bool, source: str) -> None:
    for problem in counts.problems:
        say(f"Error: {problem}")
    if counts.halt is not None:
        halt = counts.halt
        say(f"Stopped at {halt.origin}, line {halt.line}: {halt.reason}")
        say(halt.raw[:200].decode("utf-8", "replace"))
    if as_json:
        print(to_json(counts.to_dict()))
        return
    print(
        f"{counts.files:,} {'file' if counts.files == 1 else 'files'}, "
        f"{counts.received:,} events received: {counts.stored:,} stored, "
        f"{counts.duplicates:,} duplicates, {counts.rejected:,} rejected"
    )
    if counts.files and not counts.received and not counts.problems:
        say("Nothing in there is new: it was taken in before, or holds no record.")
    if counts.rejected and counts.halt is None:
        say(f"See the rejects with: footfall rejects list --source {source}")
    if counts.mismatched:
        say(f"{counts.mismatched:,} values did not fit their declared type; they stay in the JSON.")
