"""Options that commands share, and how they find the lake."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footfall.errors import LakeNotFound
from footfall.settings import FILE_NAME

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

LakeOption = Annotated[
    Path | None,
    typer.Option(
        "--lake",
        metavar="PATH",
        help="Lake folder; else FOOTFALL_LAKE, the nearest footfall.toml, ./footfall.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print rows as a JSON list of objects.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print rows as CSV.")]


def find_lake(
    given: Path | None,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Path:
    """Path of the lake that is meant; nothing need exist there.

    In order: `given`, `FOOTFALL_LAKE`, the nearest `footfall.toml` in `folder` or above
    (the current one unless given), `footfall` within it.
    """
    environment = os.environ if environment is None else environment
    folder = Path.cwd() if folder is None else folder
    if given is not None:
        return given
    if environment.get("FOOTFALL_LAKE"):
        return Path(environment["FOOTFALL_LAKE"])
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return candidate
    return folder / "footfall"


def wanted_lake(ctx: typer.Context, given: Path | None) -> Path:
    """Path of the lake that is meant; the command's own `--lake` wins over one before it."""
    before = ctx.find_root().obj
    return find_lake(given or (before if isinstance(before, Path) else None))


def open_lake(ctx: typer.Context, given: Path | None, *, create: bool = False) -> LakeFolder:
    """The lake that is meant; made, and said so, where `create` and it is missing.

    `given` is the command's own `--lake`. Raises `LakeNotFound` with the way out.
    """
    from footfall.lake.folder import LakeFolder

    path = wanted_lake(ctx, given)
    if create and not (path / FILE_NAME).is_file():
        lake = LakeFolder.create(path)
        say(f"Made a new lake at {path}")
        return lake
    if not (path / FILE_NAME).is_file():
        raise LakeNotFound(
            f"No lake in {path}: there is no {FILE_NAME}. Give the lake's folder with --lake "
            "or FOOTFALL_LAKE, or make one with `footfall source add NAME`.",
            parameter="lake",
        )
    return LakeFolder.open(path)


def say(text: str) -> None:
    """Tell a person something on standard error, so that standard output stays data."""
    print(text, file=sys.stderr)
