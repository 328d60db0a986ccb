"""Sources put together from what a person asks for, and changed by it."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, get_args

from footfall.capture.formats import FILE_FORMATS
from footfall.capture.logfiles import with_rules
from footfall.capture.mapping import (
    Preset,
    check_mapping,
    parse_interval,
    parse_property,
    read_mapping_file,
)
from footfall.capture.presets import PRESETS, preset
from footfall.errors import InvalidMapping, near_names, suggest
from footfall.lake.rules import column_name, parse_rule
from footfall.model.interval import Interval
from footfall.model.source import Addresses, Mapping, Rule, Source

_GENERIC: Final = tuple(name for name in FILE_FORMATS if name not in PRESETS)


@dataclass(frozen=True)
class Changes:
    """What is asked for; None and empty leave things as they are.

    `mapping` is a ready-made one, a format, or the path of a mapping file; `rules` are
    fields by column in their short form; `properties` are `key:type`, `intervals` as
    `parse_interval` reads them: one of a known name takes that one's place.
    """

    mapping: str | None = None
    rules: Dictionary[str, str] = field(default_factory=dict[str, str])
    properties: tuple[str, ...] = ()
    options: Dictionary[str, str] = field(default_factory=dict[str, str])
    timezone: str | None = None
    session_gap: str | None = None
    description: str | None = None
    tracker_ids: tuple[str, ...] = ()
    addresses: str | None = None
    intervals: tuple[str, ...] = ()


def define(name: str, changes: Changes) -> Source:
    """A new source; raises `InvalidMapping` naming what is missing or wrong."""
    return redefine(Source(name), changes)


def redefine(source: Source, changes: Changes) -> Source:
    """The source with the changes made; raises `InvalidMapping`."""
    if changes.mapping is not None:
        chosen = _chosen(changes.mapping, source)
        source = replace(
            source,
            mapping=chosen.mapping,
            properties={**chosen.declare, **source.properties},
            sessions=chosen.sessions,
            intervals=chosen.intervals or source.intervals,
            **chosen.texts,
        )
    source = replace(
        source,
        timezone=changes.timezone or source.timezone,
        session_gap=changes.session_gap or source.session_gap,
        description=source.description if changes.description is None else changes.description,
        tracker_ids=_ids(changes.tracker_ids) if changes.tracker_ids else source.tracker_ids,
        addresses=source.addresses if changes.addresses is None else _policy(changes.addresses),
        intervals=_intervals(source.intervals, changes.intervals),
    )
    return _with_mapping(source, changes).declare(**dict(map(parse_property, changes.properties)))


def _ids(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Each once; the empty one is how a caller says that there are none."""
    return tuple(dict.fromkeys(filter(None, texts)))


def _policy(text: str) -> Addresses:
    for known in get_args(Addresses):
        if text == known:
            return known
    raise InvalidMapping(
        f"addresses {text!r} is not known: what is kept of network addresses is nothing ('drop'), "
        "their network ('truncated') or a keyed hash ('keyed').",
        parameter="addresses",
        suggestions=near_names(text, get_args(Addresses)),
    )


def _intervals(known: tuple[Interval, ...], texts: tuple[str, ...]) -> tuple[Interval, ...]:
    found = {item.name: item for item in known}
    found |= {item.name: item for item in map(parse_interval, texts)}
    return tuple(found.values())


def _chosen(text: str, source: Source) -> Preset:
    if text.endswith(".toml"):
        return read_mapping_file(Path(text))
    if text in _GENERIC:
        # Only the shape of the files changes: what the fields mean stays.
        return Preset(replace(source.mapping, format=text), sessions=source.sessions)
    if text not in PRESETS:
        raise _unknown(text)
    found = preset(text)
    # The canonical JSON needs no rules of its own: its fields are the columns.
    return replace(found, mapping=Mapping(text)) if text == Mapping().format else found


def _unknown(mapping: str) -> InvalidMapping:
    near = near_names(mapping, [*PRESETS, *_GENERIC])
    return InvalidMapping(
        f"There is no mapping {mapping!r}; there are {', '.join(PRESETS)}; {', '.join(_GENERIC)}, "
        "which need rules (--timestamp, --name); and the path of a mapping file (.toml)."
        + suggest(near),
        parameter="mapping",
        suggestions=near,
    )


def _with_mapping(source: Source, changes: Changes) -> Source:
    mapping = with_rules(source).mapping
    if not (changes.rules or changes.options):
        if changes.mapping:
            check_mapping(mapping)
        return source
    rules = {**mapping.fields, **_parsed(changes.rules)}
    options = {**mapping.options, **_options(changes.options)}
    changed = check_mapping(replace(mapping, fields=rules, options=options))
    sessions = "given" if "session" in changes.rules else source.sessions
    return replace(source, mapping=changed, sessions=sessions)


def _parsed(rules: Dictionary[str, str]) -> dict[str, Rule]:
    return {
        column: parse_rule(text, is_time=column == "timestamp")
        for name, text in rules.items()
        for column in [column_name(name)]
    }


def _options(options: Dictionary[str, str]) -> dict[str, object]:
    """Options by their text; those that are lists are parted by commas."""
    lists = ("addresses", "columns", "hosts")
    texts: dict[str, object] = dict(options)
    return {k: str(v).split(",") if k in lists else v for k, v in texts.items()}
