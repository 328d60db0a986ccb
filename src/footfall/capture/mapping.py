"""Mappings as people choose them: ready-made, out of mapping files, and the checks on both."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from footfall.capture.formats import FILE_FORMATS, rules_of
from footfall.capture.numbers import decimal_mark
from footfall.capture.times import time_reader
from footfall.errors import FileMissing, InvalidMapping, did_you_mean
from footfall.lake.definitions import read_values, source_from_values
from footfall.lake.rules import column_name
from footfall.model.interval import Interval
from footfall.model.source import PROPERTY_TYPES, Mapping, PropertyType, Sessions

_INTERVAL: Final = re.compile(
    r"(?P<name>[^:\s]+):(?P<start>.+?)\.\.(?P<end>.+?)"
    r"(?:\s+by\s+(?P<key>\S+(?:\s*,\s*\S+)*))?(?:\s+within\s+(?P<longest>\S+))?"
)
_TEXTS: Final = ("description", "timezone", "session_gap")


@dataclass(frozen=True, slots=True)
class Preset:
    """A mapping with what goes along with it: properties, sessions, intervals, and texts.

    `texts` are description, timezone and session_gap, where the preset sets them.
    """

    mapping: Mapping
    declare: dict[str, PropertyType] = field(default_factory=dict[str, PropertyType])
    sessions: Sessions = "gap"
    summary: str = ""
    texts: dict[str, str] = field(default_factory=dict[str, str])
    intervals: tuple[Interval, ...] = ()


def parse_property(text: str) -> tuple[str, PropertyType]:
    """Key and type out of `key:type`.

    >>> parse_property("price:float")
    ('price', 'float')
    """
    key, separator, kind = text.rpartition(":")
    if not separator or not key or kind not in PROPERTY_TYPES:
        raise InvalidMapping(
            f"Property {text!r} is not understood: write key:type, with a type of "
            f"{', '.join(PROPERTY_TYPES)}, such as 'price:float'."
            + did_you_mean(kind, PROPERTY_TYPES),
            parameter="property",
        )
    return key, cast("PropertyType", kind)


def parse_interval(text: str) -> Interval:
    """The interval of `NAME:START..END`, with `by FIELD,FIELD` and `within DURATION` behind it.

    >>> parse_interval("exercise:ex.start..ex.end by properties.host within 8h").key
    ('properties.host',)
    """
    match = _INTERVAL.fullmatch(text.strip())
    if match is None:
        raise InvalidMapping(
            f"Interval {text!r} is not understood: write NAME:START..END, and behind it by FIELD "
            "and within DURATION if you like, such as 'exercise:exercise.start..exercise.end by "
            "properties.host within 8h'.",
            parameter="interval",
        )
    key = tuple(part.strip() for part in (match["key"] or "").split(",") if part.strip())
    found = Interval(match["name"], match["start"].strip(), match["end"].strip(), key)
    return replace(found, longest=match["longest"]) if match["longest"] else found


def read_mapping_file(path: Path) -> Preset:
    """Preset out of a TOML file, which is written like the definition of a source.

    Raises `FileMissing`, and `InvalidMapping` naming the file and the key.
    """
    try:
        return preset_from_dict(read_values(path))
    except FileNotFoundError as error:
        raise FileMissing(f"Mapping file {path} does not exist.", parameter="mapping") from error
    except InvalidMapping as error:
        # What is said of a file that is no TOML names it already.
        message = error.message if str(path) in error.message else f"{path}: {error.message}"
        raise InvalidMapping(
            message, parameter=error.parameter or "mapping", suggestions=error.suggestions
        ) from error


def preset_from_dict(values: Dictionary[str, Any]) -> Preset:
    """Preset out of a mapping file's keys; raises `InvalidMapping` naming the wrong one."""
    source = source_from_values("mapping", dict(values), file_format="json")
    return Preset(
        check_mapping(source.mapping),
        source.properties,
        source.sessions,
        texts={key: values[key] for key in _TEXTS if key in values},
        intervals=source.intervals,
    )


def check_mapping(mapping: Mapping) -> Mapping:
    """The mapping with aliases resolved; raises `InvalidMapping` if no event could come out."""
    _format(mapping.format)
    decimal_mark(mapping.options)
    fields = {column_name(name): rule for name, rule in mapping.fields.items()}
    time = fields.get("timestamp")
    if time is not None:
        time_reader(time.format, "UTC")
        if time.constant is not None:
            raise InvalidMapping(
                "timestamp cannot be a constant: name the field that holds the time.",
                parameter="timestamp",
            )
    if rules_of(mapping.format) == "needed":
        for name in ("timestamp", "name"):
            if name not in fields:
                raise InvalidMapping(
                    f"The mapping does not say where {name} comes from: give --{name} FIELD"
                    + (" or --name =constant." if name == "name" else "."),
                    parameter=name,
                )
    return Mapping(mapping.format, fields, mapping.properties, mapping.drop, mapping.options)


def _format(name: Any) -> str:
    if name not in FILE_FORMATS:
        raise InvalidMapping(
            f"Format {name!r} is not known; there are {', '.join(FILE_FORMATS)}."
            + did_you_mean(str(name), FILE_FORMATS),
            parameter="format",
        )
    return name
