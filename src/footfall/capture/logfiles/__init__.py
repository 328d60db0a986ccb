"""Shapes of log files, one file each; the table of `formats` finds them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from footfall.capture.formats import FILE_FORMATS, rules_of
from footfall.capture.presets import PRESETS
from footfall.capture.records import BOM
from footfall.errors import InvalidMapping
from footfall.model.source import Mapping, Source

if TYPE_CHECKING:
    from footfall.capture.records import Format
    from footfall.intake.places import Places


def open_format(source: Source, secret: bytes, head: bytes, places: Places | None = None) -> Format:
    """The format of one file of the source, which begins with `head`.

    JSON is read by lines where its first line is a whole value, else by brackets. A source
    whose mapping names a ready-made one and has no rules of its own gets that one's. `places`
    tell where addresses are.
    """
    from footfall.capture.whereabouts import Whereabouts

    source = with_rules(source)
    name = source.mapping.format
    found = FILE_FORMATS.get("jsonlines" if name == "json" and is_by_lines(head) else name)
    if found is None:
        raise InvalidMapping(
            f"Source {source.name!r} has the format {name!r}, which no file has: set another "
            f"with footfall source set {source.name} --mapping NAME.",
            parameter="mapping",
        )
    return found.open(source, secret, head, Whereabouts(source, secret, places))


def with_rules(source: Source) -> Source:
    """The source with the rules of the ready-made mapping that it names, if it has none.

    Rules for a server's log stand beside those that are ready-made.
    """
    mapping = source.mapping
    if mapping.format not in PRESETS:
        return source
    ready = PRESETS[mapping.format].mapping
    if rules_of(mapping.format) == "beside":
        return replace(source, mapping=_merged_rules(ready, mapping))
    if mapping.fields:
        return source
    return replace(source, mapping=replace(ready, options={**ready.options, **mapping.options}))


def _merged_rules(ready: Mapping, own: Mapping) -> Mapping:
    return Mapping(
        own.format,
        {**ready.fields, **own.fields},
        {**ready.properties, **own.properties},
        own.drop or ready.drop,
        {**ready.options, **own.options},
    )


def is_by_lines(head: bytes) -> bool:
    """Whether JSON that begins with `head` has a value a line."""
    start = head.removeprefix(BOM).lstrip()
    if not start.startswith(b"{"):
        return False
    line, separator, _ = start.partition(b"\n")
    if not separator:
        return True
    try:
        json.loads(line)
    except ValueError:
        # A line that is cut off is no reason to read the file by brackets.
        return not line.rstrip().endswith((b"{", b",", b"["))
    return True
