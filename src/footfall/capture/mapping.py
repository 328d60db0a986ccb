"""Mappings as people write them: short forms, mapping files, and the checks on both."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from footfall.capture.times import FORMATS, time_reader
from footfall.errors import FileMissing, InvalidMapping, did_you_mean
from footfall.model.event import COLUMN_NAMES
from footfall.model.source import PROPERTY_TYPES, Field, Mapping, PropertyType, Sessions

FORMAT_NAMES: Final = ("combined", "common", "json", "jsonlines", "csv", "delimited")

ALIASES: Final = {"actor": "distinct_id", "session": "session_id", "time": "timestamp"}

# Footfall writes these itself; a record that has them keeps them as properties.
_OWN: Final = frozenset({"received_at", "properties"})
_MAPPED: Final = sorted((COLUMN_NAMES - _OWN) | set(ALIASES))
_TOP: Final = ("description", "timezone", "session_gap", "sessions", "properties", "mapping")
_KEYS: Final = ("format", "fields", "properties", "drop", "options")
_TEXTS: Final = ("description", "timezone", "session_gap")
_RULE: Final = ("path", "paths", "constant", "format", "hashed")


@dataclass(frozen=True, slots=True)
class Preset:
    """A mapping with what goes along with it: declared properties, sessions, and texts.

    `texts` are description, timezone and session_gap, where the preset sets them.
    """

    mapping: Mapping
    declare: dict[str, PropertyType] = field(default_factory=dict[str, PropertyType])
    sessions: Sessions = "gap"
    summary: str = ""
    texts: dict[str, str] = field(default_factory=dict[str, str])


def parse_field(text: str, *, is_time: bool = False) -> Field:
    """Rule out of its short form: `path`, `path,other`, `=constant`, and for times `path:format`.

    >>> parse_field("ts:epoch_ms", is_time=True)
    Field(paths=('ts',), constant=None, format='epoch_ms', hashed=False)
    """
    if text.startswith("="):
        return Field(constant=text[1:])
    paths, time_format = _split_time(text) if is_time else (text, None)
    names = tuple(name.strip() for name in paths.split(",") if name.strip())
    if not names:
        raise InvalidMapping(
            f"Field {text!r} names nothing: write a field of the record, such as 'user.id', "
            "or '=value' for the same value in every event."
        )
    return Field(paths=names, format=time_format)


def _split_time(text: str) -> tuple[str, str | None]:
    path, separator, time_format = text.partition(":")
    if separator and (time_format in FORMATS or "%" in time_format):
        return path, time_format
    if separator:
        time_reader(time_format, "UTC")
    return text, None


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


def read_mapping_file(path: Path) -> Preset:
    """Preset out of a TOML file, which is written like the definition of a source.

    Rules of `[mapping.fields]` may have their short form. Raises `FileMissing`, and
    `InvalidMapping` naming the key.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise FileMissing(f"Mapping file {path} does not exist.", parameter="mapping") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMapping(f"{path} is not valid TOML: {error}.", parameter="mapping") from error
    return preset_from_dict(values)


def preset_from_dict(values: Dictionary[str, Any]) -> Preset:
    """Preset out of a mapping file's keys; raises `InvalidMapping` naming the wrong one."""
    _only(values, _TOP, "The mapping file")
    sessions = values.get("sessions", "gap")
    if sessions not in ("gap", "given"):
        raise InvalidMapping(
            f"sessions is {sessions!r}; allowed are 'gap' and 'given'.", parameter="sessions"
        )
    return Preset(
        _mapping(_table(values, "mapping")),
        dict(parse_property(f"{k}:{v}") for k, v in _table(values, "properties").items()),
        sessions,
        texts={key: str(values[key]) for key in _TEXTS if key in values},
    )


def _mapping(values: dict[str, Any]) -> Mapping:
    _only(values, _KEYS, "mapping")
    return check_mapping(
        Mapping(
            format=_format(values.get("format", "json")),
            fields=dict(_field(name, rule) for name, rule in _table(values, "fields").items()),
            properties={k: str(v) for k, v in _table(values, "properties").items()},
            drop=tuple(str(path) for path in values.get("drop", ())),
            options=dict(_table(values, "options")),
        )
    )


def check_mapping(mapping: Mapping) -> Mapping:
    """The mapping with aliases resolved; raises `InvalidMapping` if no event could come out."""
    _format(mapping.format)
    fields = {column_name(name): rule for name, rule in mapping.fields.items()}
    time = fields.get("timestamp")
    if time is not None:
        time_reader(time.format, "UTC")
        if time.constant is not None:
            raise InvalidMapping(
                "timestamp cannot be a constant: name the field that holds the time.",
                parameter="timestamp",
            )
    if mapping.format not in ("combined", "common"):
        for name in ("timestamp", "name"):
            if name not in fields:
                raise InvalidMapping(
                    f"The mapping does not say where {name} comes from: give --{name} FIELD"
                    + (" or --name =constant." if name == "name" else "."),
                    parameter=name,
                )
    return Mapping(mapping.format, fields, mapping.properties, mapping.drop, mapping.options)


def column_name(name: str) -> str:
    """Canonical column meant by a name or alias; raises `InvalidMapping` with near names."""
    column = ALIASES.get(name, name)
    if column not in COLUMN_NAMES or column in _OWN:
        raise InvalidMapping(
            f"There is no column {name!r} to fill; what is no column of its own is kept in "
            f"properties without being named." + did_you_mean(name, _MAPPED),
            parameter=f"fields.{name}",
        )
    return column


def _field(name: str, rule: Any) -> tuple[str, Field]:
    column = column_name(name)
    if isinstance(rule, str):
        return column, parse_field(rule, is_time=column == "timestamp")
    if not isinstance(rule, dict):
        raise InvalidMapping(
            f"fields.{name} is {rule!r}; write a path, or a table of {', '.join(_RULE)}.",
            parameter=f"fields.{name}",
        )
    rule = cast("dict[str, Any]", rule)
    _only(rule, _RULE, f"fields.{name}")
    paths = rule.get("paths", [rule["path"]] if "path" in rule else [])
    constant = rule.get("constant")
    return column, Field(
        paths=tuple(str(path) for path in paths),
        constant=None if constant is None else str(constant),
        format=rule.get("format"),
        hashed=bool(rule.get("hashed", False)),
    )


def _format(name: Any) -> str:
    if name not in FORMAT_NAMES:
        raise InvalidMapping(
            f"Format {name!r} is not known; there are {', '.join(FORMAT_NAMES)}."
            + did_you_mean(str(name), FORMAT_NAMES),
            parameter="format",
        )
    return name


def _table(values: Dictionary[str, Any], key: str) -> dict[str, Any]:
    table = values.get(key, {})
    if not isinstance(table, dict):
        raise InvalidMapping(f"{key} is {table!r}; it must be a table.", parameter=key)
    return cast("dict[str, Any]", table)


def _only(values: Dictionary[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in values:
        if key not in known:
            raise InvalidMapping(
                f"{where} has no key {key!r}; there are {', '.join(known)}."
                + did_you_mean(key, known),
                parameter=f"{where}.{key}",
            )
