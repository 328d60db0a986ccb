"""Definitions of sources as TOML files, one each, that people may edit.

Mapping files are written likewise, and read by the same function.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, get_args

import msgspec

from footfall.errors import InvalidInput, InvalidMapping, did_you_mean
from footfall.lake.files import write_whole
from footfall.lake.rules import read_rule
from footfall.lake.toml import to_toml
from footfall.model.event import COLUMN_NAMES
from footfall.model.interval import Interval
from footfall.model.source import PROPERTY_TYPES, Addresses, Mapping, Rule, Sessions, Source
from footfall.model.time import parse_duration

LONGEST_ID = 256


def read_definition(path: Path) -> Source:
    """The source defined in `path`, named like the file.

    Raises `InvalidMapping` naming the file and the key that is wrong.
    """
    values = read_values(path)
    try:
        return source_from_values(path.stem, values)
    except InvalidMapping as error:
        raise InvalidMapping(
            f"{path}: {error.message}", parameter=error.parameter, suggestions=error.suggestions
        ) from error


def read_values(path: Path) -> dict[str, Any]:
    """What a definition or mapping file says, unchecked.

    Raises `InvalidMapping` if it is not TOML or cannot be read, and `FileNotFoundError`.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMapping(f"{path} is not valid TOML: {error}.") from error
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InvalidMapping(f"{path} cannot be read: {error.strerror}.") from error


def source_from_values(
    name: str, values: dict[str, Any], *, file_format: str = Mapping().format
) -> Source:
    """The source that a definition or mapping file describes, by its keys.

    A rule of `mapping.fields` may be a table or have its short form, and its column may go
    by an alias, as on the command line. `file_format` stands where the mapping names none.
    Raises `InvalidMapping` naming the key that is wrong.
    """
    _check_keys(values)
    _check_choices(values)
    rules = _rules(values)
    mapping = values.get("mapping", {})
    if isinstance(mapping, dict):
        plain = {key: value for key, value in mapping.items() if key != "fields"}
        values = {**values, "mapping": {"format": file_format, **plain}}
    try:
        source = msgspec.convert({**values, "name": name}, Source)
    except msgspec.ValidationError as error:
        raise InvalidMapping(f"{_place(str(error))}. Mend it there.") from error
    source = replace(source, mapping=replace(source.mapping, fields=rules))
    check_source(source)
    return source


def write_definition(path: Path, source: Source) -> None:
    """Write the source so that `read_definition` gives it back; what is default is left out."""
    write_whole(path, definition_text(source).encode())


def definition_text(source: Source) -> str:
    """The TOML text of a source, without its name."""
    values = asdict(source)
    del values["name"]
    values["mapping"]["fields"] = {
        name: _without_defaults(rule, Rule()) for name, rule in values["mapping"]["fields"].items()
    }
    mapping = _without_defaults(values.pop("mapping"), Mapping())
    values["intervals"] = [
        _without_defaults(item, Interval("", "", "")) for item in values["intervals"]
    ]
    for name in ("properties", "tracker_ids", "intervals"):
        if not values[name]:
            del values[name]
    if values["addresses"] == Source(source.name).addresses:
        del values["addresses"]
    return to_toml(values | ({"mapping": mapping} if mapping else {}))


def check_source(source: Source) -> None:
    """Raise `InvalidMapping` for what the source's own types cannot rule out."""
    try:
        parse_duration(source.session_gap)
    except InvalidInput as error:
        raise InvalidMapping(
            f"session_gap {source.session_gap!r} is not a duration: write such as '30m' or '1h'.",
            parameter="session_gap",
        ) from error
    for name in source.mapping.fields:
        _check_known(f"mapping.fields.{name}", name, COLUMN_NAMES)
    for key in source.properties:
        if not key:
            raise InvalidMapping("A declared property has an empty key.", parameter="properties")
    for each in source.tracker_ids:
        if not each.strip() or len(each) > LONGEST_ID:
            raise InvalidMapping(
                f"tracker_ids has {each!r}: an id has 1 to {LONGEST_ID} characters.",
                parameter="tracker_ids",
            )


def _check_keys(values: dict[str, Any]) -> None:
    _check_all("", values, _names(Source) - {"name"})
    mapping = values.get("mapping", {})
    if isinstance(mapping, dict):
        _check_all("mapping.", mapping, _names(Mapping))
    intervals = values.get("intervals", [])
    for place, item in enumerate(intervals if isinstance(intervals, list) else []):
        if isinstance(item, dict):
            _check_all(f"intervals[{place}].", item, _names(Interval))


def _check_choices(values: dict[str, Any]) -> None:
    """What can only be one of a few words is told with them."""
    choices = {
        "sessions": (values.get("sessions", "gap"), get_args(Sessions)),
        "addresses": (values.get("addresses", "drop"), get_args(Addresses)),
    }
    properties = values.get("properties", {})
    if isinstance(properties, dict):
        for key, kind in properties.items():
            choices[f"properties.{key}"] = (kind, PROPERTY_TYPES)
    for parameter, (value, allowed) in choices.items():
        if value not in allowed:
            raise InvalidMapping(
                f"{parameter} is {value!r}; allowed are {', '.join(allowed)}."
                + did_you_mean(str(value), allowed),
                parameter=parameter,
            )


def _rules(values: dict[str, Any]) -> dict[str, Rule]:
    mapping = values.get("mapping", {})
    if not isinstance(mapping, dict):
        return {}
    rules = mapping.get("fields", {})
    if not isinstance(rules, dict):
        raise InvalidMapping(
            f"mapping.fields is {rules!r}; it must be a table.", parameter="mapping.fields"
        )
    found: dict[str, Rule] = {}
    for name, rule in rules.items():
        column, field = read_rule(name, rule)
        if column in found:
            raise InvalidMapping(
                f"mapping.fields has two rules for {column}: keep one of them.",
                parameter=f"mapping.fields.{name}",
            )
        found[column] = field
    return found


def _check_all(prefix: str, values: dict[str, Any], known: set[str]) -> None:
    for key in values:
        _check_known(prefix + key, key, known)


def _check_known(parameter: str, key: str, known: Iterable[str]) -> None:
    if key not in known:
        raise InvalidMapping(
            f"{parameter} is not known; there are {', '.join(sorted(known))}."
            + did_you_mean(key, known),
            parameter=parameter,
        )


def _names(kind: type[Any]) -> set[str]:
    return {item.name for item in fields(kind)}


def _place(message: str) -> str:
    """msgspec says where as `$.a.b`; people read `a.b`."""
    return message.replace("`$.", "`")


def _without_defaults(values: dict[str, Any], default: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value != getattr(default, key)}
